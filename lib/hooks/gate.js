// @ts-check
// Decides which of many events are looked at. Everything that costs more than a few nanoseconds passes a gate.
'use strict'

const { nowMs } = require('../base/clock.js')

const DISTANCE_MAX = 1 << 20
/** Later than in the first minutes samples of a second are saved up; where nobody waits for an answer, of this part of it. */
const CALM_S = 0.2

let state = (process.pid * 2654435761) | 1

/** From 0 up to 1, by Marsaglia's xorshift: the program's own sequence of Math.random() stays what it is without us. */
function random() {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

/**
 * An allowance of samples, each of which costs 20 to 80 µs in a program that does something else in between. Every gate
 * has one of its own, so that what is rare is not starved by what is frequent.
 */
class Budget {
  /** @param {number} perSecond refilled at this rate @param {number} burst at the most, and at first */
  constructor(perSecond, burst) {
    this.perSecond = perSecond
    this.burst = burst
    this.tokens = burst
    this.lastMs = nowMs()
    this.exact = false
    /** Saved at the most: the reserve, or less where nobody is in a hurry. */
    this.most = burst
    /** Share of `perSecond` that the purse allows now. */
    this.pace = 1
  }

  /** Whether a sample may be taken now. */
  take() {
    if (this.exact) return true
    if (this.tokens < 1) this.refill()
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }

  /** @param {boolean} isEarly whether the reserve may be used @param {boolean} isAwaited whether anybody wants an answer */
  save(isEarly, isAwaited) {
    const saved = isAwaited ? this.perSecond : this.perSecond * CALM_S
    this.most = isEarly && isAwaited ? this.burst : Math.max(1, Math.min(this.burst, saved))
    this.tokens = Math.min(this.tokens, this.most)
  }

  refill() {
    const now = nowMs()
    this.tokens = Math.min(this.most, this.tokens + ((now - this.lastMs) * this.perSecond * this.pace) / 1000)
    this.lastMs = now
  }
}

/** Of the time in which the thread is busy this share may go into samples, and of all time this one. */
const SHARE = 0.001
const SHARE_IDLE = 0.0001
/** Saved at the most, in milliseconds: a full purse lets samples come at the rates of their gates. */
const SAVED_MAX_MS = 5
/** What is dear now is paid off for so long at the most, in milliseconds of samples. */
const OWED_MAX_MS = 10
/** Share of the rates that is left when the purse is empty: what is rare is still seen. */
const PACE_MIN = 0.005

/** What samples may cost in time, whatever one of them costs here: the emptier, the slower budgets are refilled. */
class Purse {
  constructor() {
    this.savedMs = SAVED_MAX_MS
    this.spentMs = 0
    this.busyMs = 0
  }

  /** @param {number} elapsedMs @param {number} busyMs the thread was busy so far @returns {number} the pace of budgets from now on */
  settle(elapsedMs, busyMs) {
    const earnedMs = Math.max(0, busyMs - this.busyMs) * SHARE + elapsedMs * SHARE_IDLE
    this.savedMs = Math.max(-OWED_MAX_MS, Math.min(SAVED_MAX_MS, this.savedMs + earnedMs - this.spentMs))
    this.busyMs = busyMs
    this.spentMs = 0
    return Math.max(PACE_MIN, this.savedMs / SAVED_MAX_MS)
  }
}

/**
 * Lets about one event in `every` through; `every` follows the rate of events, so that rare ones are all seen.
 * The hot path is `if (--gate.left > 0) return` and nothing else.
 */
class Gate {
  /** @param {Budget} budget */
  constructor(budget) {
    this.budget = budget
    this.left = 1
    this.drawn = 1
    this.every = 1
    this.everyMin = 1
    this.pending = 0
    this.lastMs = 0
    /** Events that came so far, but for those since the last look. */
    this.events = 0
    this.atTick = 0
  }

  /** Called when `left` ran out: how many events this one stands for, or 0 when it is not to be looked at. */
  open() {
    const passed = this.drawn - this.left
    this.events += passed
    this.pending += passed
    let weight = 0
    if (this.budget.take()) {
      weight = this.pending
      this.pending = 0
      this.adapt()
    } else {
      this.every = Math.min(this.every * 2, DISTANCE_MAX)
    }
    this.draw()
    return weight
  }

  /** Events so far, those on the way to the next look included. */
  count() {
    return this.left === Infinity ? this.events : this.events + this.drawn - this.left
  }

  /** Some time has passed: where events have become rare, nearer looks are set. @param {number} elapsedMs */
  tick(elapsedMs) {
    const now = this.count()
    const perSecond = ((now - this.atTick) * 1000) / Math.max(1, elapsedMs)
    this.atTick = now
    const wanted = Math.max(this.everyMin, Math.ceil(perSecond / (this.budget.perSecond * this.budget.pace)))
    if (this.every <= wanted || this.left === Infinity) return
    this.every = wanted
    if (this.left <= wanted) return
    const passed = this.drawn - this.left
    this.events += passed
    this.pending += passed
    this.draw()
  }

  /** From now on all events are too many by half: a full table asked for it. */
  widen() {
    this.everyMin = Math.min(this.everyMin * 2, DISTANCE_MAX)
    this.every = Math.max(this.every, this.everyMin)
  }

  close() {
    this.events = this.count()
    this.drawn = 0
    this.left = Infinity
  }

  reopen() {
    this.every = this.everyMin = 1
    this.pending = 0
    this.drawn = this.left = 1
  }

  adapt() {
    if (this.budget.exact) {
      this.every = 1
      return
    }
    const now = nowMs()
    const since = now - this.lastMs
    this.lastMs = now
    if (this.budget.tokens > this.budget.most / 2) return
    if (since < 5) this.every = Math.min(this.every * 2, DISTANCE_MAX)
    else if (since > 50) this.every = Math.max(this.everyMin, this.every >> 1)
  }

  draw() {
    // A random distance with mean `every`: a loop with a fixed pattern must not always show the same face.
    this.drawn = this.every <= 1 ? 1 : 1 + Math.floor(random() * (2 * this.every - 1))
    this.left = this.drawn
  }
}

/** Looks that are cheap, but not free: all of them up to this many between two ticks, one in LOOK_EVERY after that. */
const LOOKS_MAX = 2048
const LOOK_EVERY = 64

/** A gate for looks of some 20 ns: needs no budget, and is set back by every tick. */
class LookGate {
  constructor() {
    this.left = 1
    this.drawn = 1
    this.looks = 0
    this.events = 0
    this.closed = false
  }

  /** Called when `left` ran out: how many events this look stands for. */
  open() {
    const passed = this.drawn - this.left
    this.events += passed
    this.looks++
    this.drawn = this.looks < LOOKS_MAX ? 1 : 1 + Math.floor(random() * (2 * LOOK_EVERY - 1))
    this.left = this.closed ? Infinity : this.drawn
    return passed
  }

  count() {
    return this.left === Infinity ? this.events : this.events + this.drawn - this.left
  }

  /** A tick has passed: rare events are looked at one by one again. */
  tick() {
    if (this.looks < LOOKS_MAX) this.looks = 0
    else this.looks = LOOKS_MAX - 256
  }

  /** The next event is looked at: somebody new wants each. */
  nearer() {
    if (this.closed) return
    this.events = this.count()
    this.looks = 0
    this.drawn = this.left = 1
  }

  close() {
    this.events = this.count()
    this.closed = true
    this.drawn = 0
    this.left = Infinity
  }

  reopen() {
    this.closed = false
    this.looks = 0
    this.drawn = this.left = 1
  }
}

/** @typedef {InstanceType<typeof Gate>} GateLike */
/** @typedef {InstanceType<typeof Budget>} BudgetLike */

module.exports = { Gate, LookGate, Budget, Purse }

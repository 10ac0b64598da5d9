// @ts-check
// How much time may be spent on repeating tests: a share of the time that the suite has run without it, in all its processes.
// Knows time alone.
'use strict'

const { nowMs } = require('../base/clock.js')

/** The suite takes at most so many times as long. */
const BUDGET_DEFAULT = 2.5
/** A suite may spend so much at once, in milliseconds: its first tests have taken no time yet, and its runner has. */
const CREDIT_MS = 1500
/** Suspicions are settled even where that is more than the budget allows: so long in all, in milliseconds. */
const SETTLING_MS = 10_000

class Budget {
  /**
   * @param {number} times the suite may take this many times as long
   * @param {import('./ledger.js').LedgerLike} [ledger] where other processes tell
   * @param {() => number} [now]
   */
  constructor(times, ledger, now = nowMs) {
    this.times = times
    this.ledger = ledger
    this.now = now
    /** Spent on repeating, in milliseconds. */
    this.spentMs = 0
    /** Of it, on settling suspicions: a leak is worth it, and the others are screened all the same. */
    this.settledMs = 0
    /** When what is being spent began, of the clock. @type {number | undefined} */
    this.spendingMs = undefined
    /** @type {number | undefined} */
    this.settlingSinceMs = undefined
    /** Not to be exceeded, of the clock: whoever runs this process ends it then. */
    this.endMs = Infinity
    /** What other processes had told when they were last asked. @type {import('./ledger.js').Sums} */
    this.others = { ownMs: 0, screenedMs: 0, settledMs: 0 }
  }

  /** @returns {import('./ledger.js').Sums} of this process, with what is being spent just now */
  sums() {
    const now = this.now()
    const spentMs = this.spentMs + (now - (this.spendingMs ?? now))
    const settledMs = this.settledMs + (now - (this.settlingSinceMs ?? now))
    return { ownMs: now - spentMs, screenedMs: spentMs - settledMs, settledMs }
  }

  /** What may still be spent on screening, by what tests have taken so far. @param {number} [share] of what was earned */
  leftMs(share = 1) {
    const { ownMs, screenedMs } = this.sums()
    const earnedMs = (ownMs + this.others.ownMs) * (this.times - 1) + CREDIT_MS
    const leftMs = earnedMs - screenedMs - this.others.screenedMs
    return Math.min(leftMs, earnedMs * share, this.endMs - this.now())
  }

  /** What may still be spent on suspicions. */
  settlingMs() {
    const settledMs = this.sums().settledMs + this.others.settledMs
    return Math.min(Math.max(this.leftMs(), SETTLING_MS) - settledMs, this.endMs - this.now())
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async spend(work) {
    if (this.ledger) this.others = this.ledger.others()
    const startMs = this.now()
    this.spendingMs = startMs
    try {
      return await work()
    } finally {
      this.spentMs += this.now() - startMs
      this.spendingMs = undefined
      this.ledger?.tell(this.sums())
    }
  }

  /** @template T @param {() => Promise<T>} work within spend() @returns {Promise<T>} */
  async settle(work) {
    const startMs = this.now()
    this.settlingSinceMs = startMs
    try {
      return await work()
    } finally {
      this.settledMs += this.now() - startMs
      this.settlingSinceMs = undefined
    }
  }
}

/** @typedef {InstanceType<typeof Budget>} BudgetLike */

module.exports = { BUDGET_DEFAULT, Budget, CREDIT_MS, SETTLING_MS }

// @ts-check
// Three heaps of this process, compared: what an operation leaves that is called in between, or what a program gains as time
// goes. What its code bounds, what is under way, and what may be filling is a sign and no accusation. Knows no guard.
'use strict'

const { setTimeout: pause } = require('node:timers/promises')
const { whileAlive } = require('../base/alive.js')
const { collectNow, nowMs, turn } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { LeakguardError, aborted, given, invalidArg } = require('../base/errors.js')
const { isOn, readOptions } = require('../base/options.js')
const { withAdded } = require('../findings/added.js')
const { grown, worded } = require('../findings/findings.js')
const { HeapGraph, captureHeap, gainsOf } = require('../heap/heap.js')
const { Additions } = require('../hooks/additions.js')
const { LeakReport } = require('../report/leak-report.js')
const { examined, undecided } = require('../report/lines.js')
const { rankOf, verdictOf } = require('../report/verdict.js')
const { Bounds } = require('./bounds.js')

const RULES = Object.freeze({
  everyMs: { type: /** @type {const} */ ('number'), min: 10, max: 86_400_000, default: 10_000 },
  mode: { type: /** @type {const} */ ('enum'), values: ['auto', 'fork', 'inline'], default: 'auto' },
  force: { type: /** @type {const} */ ('boolean'), default: false },
  signal: { type: /** @type {const} */ ('signal'), default: undefined },
  onProgress: { type: /** @type {const} */ ('function'), default: undefined }
})
/** What is loaded, compiled and filled once. */
const WARM_UP_CALLS = 20
/** An operation is called so many times between the first two heaps, in as many milliseconds; twice as often before the last. */
const CALLS_MIN = 30
const CALLS_MAX = 2000
const CALLS_MS = 1000
/** What takes so much longer than it did at first is called less often. */
const LATE = 4
/** Between turns of the event loop, in milliseconds; and collections, each with a turn, before a heap: finalizers run then. */
const TURN_MS = 8
const COLLECTIONS = 3
/** Less tells nothing, in entries and bytes. */
const ENTRIES_MIN = 20
const GAINED_MIN_BYTES = 4096
/** Calls that add to containers, which are looked at before the last heap. */
const ADDITIONS_MAX = 1_000_000
/** And for so long, where it is time that passes, in milliseconds. */
const ADDITIONS_MS = 10_000
/** Tables of this size are filled by many programs. */
const LITTLE_COUNT = 600
/** What a leak gains of all that the heap did, and last of what the calls before would have given. */
const SHARE_MIN = 0.1
const RATE_KEPT = 0.6

/** @typedef {import('../findings/facts').Facts} Facts */
/** @typedef {import('../../native.js').NativeGains} Gains */
/** @typedef {import('../..').CaptureDetails} Capture */
/** @typedef {import('../report/leak-report.js').LeakReportLike} Report */
/**
 * Requests that have come; milliseconds before each heap, where nobody waits for the answer; what ends it early, with what is
 * known; and who hears what is known after each heap but the last.
 * @typedef {{ requests?: () => number, gapsMs?: number[], until?: AbortSignal, onHeap?: (known: Report) => void }} Circumstances
 */

/** One at a time: two would see each other's calls. */
let isFinding = false
/** What is called in between: here it is held by no function that waits, as what is under way is. @type {{ op: (() => unknown) | undefined }} */
const held = { op: undefined }

/** @param {string} where @param {(() => unknown) | undefined} op @param {unknown} options @param {Circumstances} [circumstances] */
async function find(where, op, options, { requests = () => 0, gapsMs, until, onHeap } = {}) {
  const read = readOptions(where, RULES, options)
  if (isOn('LEAKGUARD_DISABLE')) {
    const open = [undecided('disabled', 'LEAKGUARD_DISABLE is set: nothing was compared')]
    return new LeakReport({ verdict: 'undecided', findings: [], undecided: open })
  }
  // What waits for hours in the background is in nobody's way.
  if (gapsMs) return new Comparison({ ...read, until, onHeap }, requests, gapsMs, false).report()
  if (isFinding)
    throw new LeakguardError('ERR_LEAKGUARD_BUSY', `${where}: another comparison is under way: await it first`)
  isFinding = true
  held.op = op
  try {
    return await new Comparison(read, requests, [0, read.everyMs, read.everyMs], true).report()
  } finally {
    isFinding = false
    held.op = undefined
  }
}

class Comparison {
  /** @param {Record<string, any>} options @param {() => number} requests @param {number[]} gapsMs @param {boolean} isAwaited by the program, which stays alive for it */
  constructor(options, requests, gapsMs, isAwaited) {
    this.options = options
    this.requests = requests
    this.gapsMs = gapsMs
    this.isAwaited = isAwaited
    this.isCalled = isAwaited && held.op !== undefined
    this.calls = 0
    this.callMs = 0
    /** Calls up to each heap. @type {number[]} */
    this.marks = []
    /** @type {Capture[]} */
    this.captures = []
    /** What taking a heap and comparing it took the last time, in milliseconds. @type {number | undefined} */
    this.heapMs = undefined
    /** What it has to end for. @type {AbortSignal | undefined} */
    this.ends = endOf([options.signal, options.until])
    /** What adds to containers before the last heap. */
    this.additions = new Additions({ sizeMin: ENTRIES_MIN, callsMax: ADDITIONS_MAX })
    /** Rejects the call that is waited for. @type {((reason: unknown) => void) | undefined} */
    this.giveUp = undefined
  }

  async report() {
    const { signal } = this.options
    const abort = () => this.giveUp?.(aborted(signal))
    signal?.addEventListener('abort', abort)
    try {
      return await this.compare()
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** @param {string} phase @param {number} at */
  tell(phase, at) {
    const { gapsMs, heapMs, isCalled } = this
    const isTaken = Math.round(at) !== at
    const waitsMs = gapsMs.slice(isTaken ? Math.ceil(at) : at).reduce((sum, ms) => sum + ms, 0)
    const heapsMs = Math.ceil(gapsMs.length - at) * Number(heapMs)
    const leftMs = isCalled ? undefined : waitsMs + (heapMs === undefined ? 0 : heapsMs)
    const heap = Math.min(gapsMs.length, Math.floor(at) + 1)
    this.options.onProgress?.({ phase, fraction: at / gapsMs.length, heap, heaps: gapsMs.length, leftMs })
  }

  async compare() {
    const { gapsMs, isCalled, captures } = this
    const course = new (addon().HeapCourse)(nowMs() / 1000)
    /** @type {Gains | undefined} */
    let gains
    /** @type {import('../..').ReportOwner[] | undefined} */
    let owners
    for (const [at, gapMs] of gapsMs.entries()) {
      const isLast = at === gapsMs.length - 1
      this.tell(isCalled ? 'calls' : 'wait', at)
      if (!isCalled && isLast && gapMs > ADDITIONS_MS) await this.wait(gapMs - ADDITIONS_MS)
      if (isLast && !this.isEnded()) this.additions.start()
      try {
        if (isCalled) await this.callAll(at)
        else await this.wait(isLast ? Math.min(gapMs, ADDITIONS_MS) : gapMs)
      } finally {
        if (isLast) this.additions.stop()
      }
      if (this.isEnded()) break
      this.marks.push(this.calls)
      this.tell('capture', at + 0.5)
      const requests = this.requests()
      const startMs = nowMs()
      const graph = await this.capture(isLast)
      if (!graph) break
      try {
        captures.push(/** @type {Capture} */ (graph.capture))
        gains = await gainsOf(course, graph, nowMs() / 1000, requests)
        if (isLast) owners = await HeapGraph.ownersOf(graph)
      } finally {
        graph.dispose()
      }
      this.heapMs = nowMs() - startMs
      if (!isLast) this.options.onHeap?.(this.reportOf(gains))
    }
    this.tell('done', gapsMs.length)
    return this.reportOf(gains, owners)
  }

  /** What the heaps so far show; all of them, or fewer. @param {Gains | undefined} gains @param {import('../..').ReportOwner[]} [owners] */
  reportOf(gains, owners) {
    const { captures, gapsMs } = this
    const isWhole = captures.length === gapsMs.length
    const found = gains && captures.length > 1 ? this.findingsOf(gains) : []
    // Two heaps show what grew, not whether it goes on.
    const findings = isWhole
      ? found
      : found.map((finding) => ({ ...finding, confidence: /** @type {const} */ ('possible') }))
    const open = []
    if (!isWhole) open.push(undecided('time', `${captures.length} of ${gapsMs.length} heaps are compared`))
    else if (verdictOf(findings, []) === 'undecided')
      open.push(undecided('may-end', 'what gained may come to an end: compare again after more work'))
    const seen = captures.length > 0 ? [examined('heap', said(captures))] : []
    return new LeakReport({ verdict: verdictOf(findings, open), findings, undecided: open, examined: seen }, () => ({
      owners
    }))
  }

  /** Whether it ends early, with what is known. */
  isEnded() {
    return this.options.until?.aborted === true
  }

  /** @param {boolean} eager @returns {Promise<Awaited<ReturnType<typeof captureHeap>> | undefined>} nothing once it is to end */
  async capture(eager) {
    const { mode, force } = this.options
    const take = (/** @type {AbortSignal | undefined} */ by) =>
      captureHeap({ mode, force, signal: by, redact: false, eager })
    try {
      if (this.isAwaited) return await take(this.ends)
      return await whileAlive((isOver) => take(endOf([isOver, this.ends])))
    } catch (error) {
      if (!this.isEnded()) throw error
    }
  }

  /** @param {number} ms */
  async wait(ms) {
    try {
      await pause(ms, undefined, { signal: this.ends, ref: this.isAwaited })
    } catch {
      if (!this.isEnded()) throw aborted(this.options.signal)
    }
  }

  /** The calls before a heap, after which the program comes to rest. @param {number} at which heap */
  async callAll(at) {
    const startMs = nowMs()
    if (at === 0) {
      await this.callUpTo(WARM_UP_CALLS, Infinity)
      this.callMs = (nowMs() - startMs) / WARM_UP_CALLS
    } else {
      const fitting = CALLS_MS / Math.max(this.callMs, 1e-3)
      const calls = Math.round(Math.min(CALLS_MAX, Math.max(CALLS_MIN, fitting))) * at
      await this.callUpTo(calls, startMs + Math.max(CALLS_MS, this.callMs * calls) * LATE)
    }
    for (let i = 0; i < COLLECTIONS; i++) {
      await turn()
      collectNow()
    }
    await turn()
  }

  /** @param {number} count @param {number} untilMs */
  async callUpTo(count, untilMs) {
    const { signal } = this.options
    let turnedMs = nowMs()
    for (let i = 0; i < count; i++) {
      if (signal?.aborted) throw aborted(signal)
      const result = /** @type {any} */ (held.op?.())
      this.calls++
      if (typeof result?.then === 'function') await this.settled(result)
      const now = nowMs()
      if (now > untilMs) return
      if (now - turnedMs < TURN_MS) continue
      await turn()
      turnedMs = nowMs()
    }
  }

  /** One that hangs must not outlast its caller's patience. @param {PromiseLike<unknown>} result */
  settled(result) {
    if (!this.options.signal) return result
    return new Promise((resolve, reject) => {
      this.giveUp = reject
      result.then(resolve, reject)
    })
  }

  /** What gained from each heap to the next. @param {Gains} gains */
  findingsOf({ gained, programFiles }) {
    const bounds = new Bounds()
    const told = gained.flatMap((one) => {
      const facts = this.withAdditions(grown(JSON.parse(one.facts)))
      if (!facts) return []
      const { counts, bytes } = facts.change
      const isMuch = added(counts) >= ENTRIES_MIN && added(bytes) >= GAINED_MIN_BYTES
      if (!isMuch) return []
      const bound = bounds.of(one, programFiles)
      const isLarge = Math.max(one.share, one.lateShare) >= SHARE_MIN
      if (!bound && !one.isUnderWay && isLarge && this.goesOn(one, counts))
        return [worded({ ...facts, confidence: 'likely' })]
      const why = bound
        ? { type: 'bound', name: bound.name, at: bound.at, entries: bound.entries }
        : { type: 'mayFill' }
      return [worded({ ...facts, confidence: 'possible', evidence: [...(facts.evidence ?? []), why] })]
    })
    return told.sort((a, b) => rankOf(a) - rankOf(b))
  }

  /** With the lines that added to what holds it. @param {Facts | undefined} facts */
  withAdditions(facts) {
    const of = facts?.holder?.class
    return facts && of ? withAdded(facts, this.additions.sitesOf(of, facts.change.counts.at(-1))) : facts
  }

  /** Whether it is seen to go on: by calls, as often as before; in time as a guard asks it. @param {import('../../native.js').NativeGained} gained @param {number[]} counts */
  goesOn({ pace }, counts) {
    if (!this.isCalled) return pace === 'steady'
    const [before, late] = [-2, -1].map((at) => added(counts.slice(at - 1).slice(0, 2)) / this.callsUpTo(at))
    return added(counts) >= LITTLE_COUNT && late >= before * RATE_KEPT
  }

  /** Calls between two heaps. @param {number} at the later, from the end */
  callsUpTo(at) {
    return Number(this.marks.at(at)) - Number(this.marks.at(at - 1))
  }
}

/** One signal for all. @param {(AbortSignal | undefined)[]} signals */
function endOf(signals) {
  const [first, ...others] = signals.filter((signal) => signal !== undefined)
  return others.length > 0 ? AbortSignal.any([first, ...others]) : first
}

/** @param {number[]} values */
const added = (values) => Number(values.at(-1)) - values[0]

/** How the heaps came. @param {Capture[]} captures */
function said(captures) {
  const pauses = captures.map(({ pauseMs }) => pauseMs)
  const way = captures.every(({ mode }) => mode === 'fork') ? 'of copies of the process' : 'by the program itself'
  const many = captures.length === 1 ? '1 heap graph' : `${captures.length} heap graphs`
  return `${many} ${way}, for which it stood still for ${Math.max(...pauses).toFixed(0)} ms at the longest`
}

/** @param {unknown} [op] @param {unknown} [options] */
async function findLeaks(op, options) {
  if (op !== undefined && typeof op !== 'function')
    throw invalidArg(`findLeaks: op must be a function or undefined, not ${given(op)}`)
  return find('findLeaks', /** @type {(() => unknown) | undefined} */ (op), options)
}

module.exports = { find, findLeaks }

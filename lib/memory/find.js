// @ts-check
// Three heaps of this process, compared: what an operation leaves that is called in between, or what a program gains as time
// goes. What its code bounds, or what is under way, is a sign and no accusation. Knows no guard.
'use strict'

const { setTimeout: pause } = require('node:timers/promises')
const { nowMs, turn } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { LeakguardError, aborted, given, invalidArg } = require('../base/errors.js')
const { isOn, readOptions } = require('../base/options.js')
const { grown, worded } = require('../findings/findings.js')
const { HeapGraph, captureHeap, gainsOf } = require('../heap/heap.js')
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
const TURNS = 3
/** Less tells nothing, in entries and bytes. */
const ENTRIES_MIN = 20
const GAINED_MIN_BYTES = 4096
/** What a leak gains of all that the heap did, and last of what the time or the calls before would have given. */
const SHARE_MIN = 0.1
const RATE_KEPT = 0.6

/** @typedef {import('../../native.js').NativeGains} Gains */
/** @typedef {import('../..').CaptureDetails} Capture */

/** One at a time: two would see each other's heaps. */
let isFinding = false
/** What is called in between: here it is held by no function that waits, as what is under way is. @type {(() => unknown) | undefined} */
let called

/**
 * @param {string} where @param {(() => unknown) | undefined} op @param {unknown} options
 * @param {number[]} [gapsMs] before each heap, where nobody waits for the answer
 */
async function find(where, op, options, gapsMs) {
  const read = readOptions(where, RULES, options)
  if (isOn('LEAKGUARD_DISABLE')) {
    const open = [undecided('disabled', 'LEAKGUARD_DISABLE is set: nothing was compared')]
    return new LeakReport({ verdict: 'undecided', findings: [], undecided: open })
  }
  if (isFinding)
    throw new LeakguardError('ERR_LEAKGUARD_BUSY', `${where}: another comparison is under way: await it first`)
  isFinding = true
  called = op
  try {
    return await compared(read, gapsMs ?? [0, read.everyMs, read.everyMs], gapsMs === undefined)
  } finally {
    isFinding = false
    called = undefined
  }
}

/** @param {Record<string, any>} read @param {number[]} gapsMs @param {boolean} isAwaited by a program, which stays alive for it */
async function compared({ mode, force, signal, onProgress }, gapsMs, isAwaited) {
  const course = new (addon().HeapCourse)(nowMs() / 1000)
  /** @type {Capture[]} */
  const captures = []
  /** Calls, or seconds, up to each heap. @type {number[]} */
  const marks = []
  /** @type {import('../..').ReportOwner[] | undefined} */
  let owners
  const tell = (/** @type {string} */ phase, /** @type {number} */ at) =>
    onProgress?.({ phase, fraction: at / gapsMs.length })
  const calls = called ? await warmUp(called, signal) : 0
  /** @type {Gains | undefined} */
  let gains
  for (const [at, gapMs] of gapsMs.entries()) {
    tell(called ? 'calls' : 'wait', at)
    if (!called) await waited(gapMs, signal, isAwaited)
    else if (at > 0) await callAll(called, calls * at, signal)
    marks.push(called ? (marks.at(-1) ?? 0) + calls * at : nowMs() / 1000)
    tell('capture', at + 0.5)
    const isLast = at === gapsMs.length - 1
    const graph = await captureHeap({ mode, force, signal, redact: false, eager: isLast })
    try {
      captures.push(/** @type {Capture} */ (graph.capture))
      gains = await gainsOf(course, graph, nowMs() / 1000, 0)
      if (isLast) owners = await HeapGraph.ownersOf(graph)
    } finally {
      graph.dispose()
    }
  }
  tell('done', gapsMs.length)
  const findings = gains ? findingsOf(gains, marks) : []
  const verdict = verdictOf(findings, [])
  const open =
    verdict === 'undecided'
      ? [undecided('may-end', 'what gained may come to an end: compare again after more work')]
      : []
  return new LeakReport({ verdict, findings, undecided: open, examined: [examined('heap', said(captures))] }, () => ({
    owners
  }))
}

/** @param {number} ms @param {AbortSignal | undefined} signal @param {boolean} ref */
async function waited(ms, signal, ref) {
  try {
    await pause(ms, undefined, { signal, ref })
  } catch {
    throw aborted(signal)
  }
}

/** What gained from each heap to the next. @param {Gains} gains @param {number[]} marks calls, or seconds, up to each heap */
function findingsOf({ gained, programFiles }, marks) {
  const bounds = new Bounds()
  const told = gained.flatMap((one) => {
    const facts = grown(JSON.parse(one.facts))
    if (!facts) return []
    const { counts, bytes } = facts.change
    const isMuch = added(counts) >= ENTRIES_MIN && added(bytes) >= GAINED_MIN_BYTES
    if (!isMuch) return []
    const [before, late] = [-2, -1].map((at) => rateUpTo(at, counts, marks))
    const goesOn = late >= before * RATE_KEPT
    const bound = bounds.of(one, programFiles)
    const isLeak = !bound && !one.isUnderWay && goesOn && Math.max(one.share, one.lateShare) >= SHARE_MIN
    if (isLeak) return [worded({ ...facts, confidence: 'likely' })]
    const why = bound ? { type: 'bound', name: bound.name, at: bound.at, entries: bound.entries } : { type: 'mayFill' }
    return [worded({ ...facts, confidence: 'possible', evidence: [...(facts.evidence ?? []), why] })]
  })
  return told.sort((a, b) => rankOf(a) - rankOf(b))
}

/** Entries for each call, or second, between two heaps; NaN where there are no two. @param {number} at from the end @param {number[]} counts @param {number[]} marks */
const rateUpTo = (at, counts, marks) =>
  (Number(counts.at(at)) - Number(counts.at(at - 1))) / (Number(marks.at(at)) - Number(marks.at(at - 1)))

/** @param {number[]} values */
const added = (values) => Number(values.at(-1)) - values[0]

/** How many calls fit. @param {() => unknown} op @param {AbortSignal | undefined} signal */
async function warmUp(op, signal) {
  const startMs = nowMs()
  await callAll(op, WARM_UP_CALLS, signal)
  const callMs = (nowMs() - startMs) / WARM_UP_CALLS
  return Math.round(Math.min(CALLS_MAX, Math.max(CALLS_MIN, CALLS_MS / Math.max(callMs, 1e-3))))
}

/** @param {() => unknown} op @param {number} calls @param {AbortSignal | undefined} signal */
async function callAll(op, calls, signal) {
  for (let i = 0; i < calls; i++) {
    if (signal?.aborted) throw aborted(signal)
    await op()
  }
  // What ends with a turn of the event loop is no leak.
  for (let i = 0; i < TURNS; i++) await turn()
}

/** How the heaps came. @param {Capture[]} captures */
function said(captures) {
  const pauses = captures.map(({ pauseMs }) => pauseMs)
  const way = captures.every(({ mode }) => mode === 'fork') ? 'of copies of the process' : 'by the program itself'
  return `${captures.length} heap graphs ${way}, for which it stood still for ${Math.max(...pauses).toFixed(0)} ms at the longest`
}

/** @param {unknown} [op] @param {unknown} [options] */
async function findLeaks(op, options) {
  if (op !== undefined && typeof op !== 'function')
    throw invalidArg(`findLeaks: op must be a function or undefined, not ${given(op)}`)
  return find('findLeaks', /** @type {(() => unknown) | undefined} */ (op), options)
}

module.exports = { find, findLeaks }

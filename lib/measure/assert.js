// @ts-check
// Leak-free assertions: measures an operation, explains what stays, leaves out what is allowed. Knows the steps, not
// how each is done.
'use strict'

const v8 = require('node:v8')
const { isFake, nowMs } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { Baseline, allowedText, checkRules } = require('../findings/allow.js')
const { LeakError, LeakguardError, aborted, given, invalidArg } = require('../base/errors.js')
const { LeakReport } = require('../report/leak-report.js')
const { allExamined, examined, undecided } = require('../report/lines.js')
const { Explanation } = require('./explain.js')
const { beginTimes, times } = require('./times.js')
const { Trial } = require('./trial.js')
const { isOn, readOptions } = require('../base/options.js')
const { failsUndecided, passedWithoutAnswer } = require('./undecided.js')
const { seriesOfTrial } = require('../report/details.js')

const RULES = Object.freeze({
  budgetMs: { type: /** @type {const} */ ('number'), min: 100, max: 3_600_000, default: 4000 },
  allow: { type: /** @type {const} */ ('any'), default: Object.freeze([]) },
  baseline: { type: /** @type {const} */ ('string'), default: undefined },
  undecided: { type: /** @type {const} */ ('enum'), values: ['pass', 'fail'], default: undefined },
  heap: { type: /** @type {const} */ ('enum'), values: ['auto', 'always', 'never'], default: 'auto' },
  signal: { type: /** @type {const} */ ('signal'), default: undefined },
  onProgress: { type: /** @type {const} */ ('function'), default: undefined }
})

const BARE = {
  reason: 'no-holder',
  text: 'A few objects remain after each call and no snapshot shows what retains them: raise budgetMs to decide'
}

const UNSHOWN = {
  reason: 'no-holder',
  text: 'Memory grew with the calls, and heap snapshots do not show that it goes on: raise budgetMs to decide'
}

/** A heap snapshot takes some of this for each MB of the heap, in milliseconds, and what else the reasons take. */
const SNAPSHOT_MS_A_MB = 30
const REASONS_MS = 600
/** On a busy machine, in looks at the heap as they were; and a round that hears of all that is made. */
const SNAPSHOT_LOOKS = 4
const ROUND_LOOKS = 5
/** Snapshots of a larger heap take longer than is worth before all is confirmed. */
const EARLY_HEAP_MAX_BYTES = 64e6
const NO_TIME =
  'no heap snapshots, so no retainer path: the budget or the time-out of the test is too short for them (20 to 30 s are enough)'
/** What an answer has to be read with. */
const FAKE_TIMERS =
  'timers were fake during this measurement: what the operation left to them did not run, so it may seem to stay. Use real timers here'
/** Beyond its budget by less than this share a measurement was in time. */
const LATE_SHARE = 1.1

/** One measurement at a time: two would see each other's objects. */
let isMeasuring = false

/**
 * A budget that is given bounds all of it; without one, reasons come on top of what deciding takes.
 * @param {any} options @returns {number} of the clock
 */
const endOf = (options) =>
  typeof options?.budgetMs === 'number' ? nowMs() + options.budgetMs : Number.POSITIVE_INFINITY

/**
 * @param {string} where @param {unknown} op @param {unknown} options
 * @param {number} [endMs] of the clock: no call, look or snapshot begins later
 */
async function measure(where, op, options, endMs = endOf(options)) {
  // What is loaded now is part of the time that was given.
  const calledMs = nowMs()
  if (typeof op !== 'function') throw invalidArg(`${where}: op must be a function, not ${given(op)}`)
  const read = readOptions(where, RULES, options)
  const rules = checkRules(where, read.allow)
  const baseline = read.baseline === undefined ? undefined : Baseline.read(read.baseline)
  if (isOn('LEAKGUARD_DISABLE'))
    return new LeakReport({
      verdict: 'undecided',
      findings: [],
      undecided: [undecided('disabled', 'LEAKGUARD_DISABLE is set: nothing was measured')]
    })
  if (read.signal?.aborted) throw aborted(read.signal)
  if (isMeasuring) {
    throw new LeakguardError(
      'ERR_LEAKGUARD_BUSY',
      `${where}: another measurement is running in this thread: await it first (concurrent or nested measurements would see each other's objects)`
    )
  }
  isMeasuring = true
  beginTimes()
  try {
    return accept(await run(/** @type {() => unknown} */ (op), read, { calledMs, endMs }), rules, baseline)
  } finally {
    isMeasuring = false
  }
}

/** Whether two heap snapshots can be taken by then. @param {number} endMs @param {number} lookMs */
function hasTime(endMs, lookMs) {
  const heapMb = v8.getHeapStatistics().used_heap_size / 1e6
  const snapshotMs = Math.max(heapMb * SNAPSHOT_MS_A_MB, lookMs * SNAPSHOT_LOOKS)
  return nowMs() + 2 * snapshotMs + REASONS_MS < endMs
}

/** @typedef {{ calledMs: number, endMs: number }} Span from the call to where nothing new begins, of the clock */

/** @param {() => unknown} op @param {Record<string, any>} options @param {Span} span */
async function run(op, { budgetMs, heap, signal, onProgress }, span) {
  const { endMs } = span
  const tell = (/** @type {string} */ phase, /** @type {number} */ fraction) => onProgress?.({ phase, fraction })
  const said = isFake(globalThis.setTimeout) ? [FAKE_TIMERS] : []
  const trial = new Trial(op, { budgetMs, signal, endMs }, addon(), tell)
  /** What was observed before all was decided. @type {InstanceType<typeof Explanation> | undefined} */
  let early
  trial.observe = async (sure, isEarly) => {
    const isLarge = v8.getHeapStatistics().used_heap_size > EARLY_HEAP_MAX_BYTES
    // A budget that is given is for deciding: the snapshots come when that is done.
    if (heap === 'never' || isLarge || Number.isFinite(endMs)) return false
    early = new Explanation(trial, sure, { heap, isDoubtful: false })
    await early.observe(isEarly)
    return true
  }
  trial.forget = () => {
    early?.dispose()
    early = undefined
  }
  const abort = () => trial.runner.abort()
  signal?.addEventListener('abort', abort)
  try {
    const { verdict, suspicions, why } = await trial.judge()
    const isInTime = hasTime(endMs, trial.lookMs)
    const told = await toldEarly(early, verdict, suspicions)
    const isToldEarly = told.length > 0
    if (!isToldEarly) early?.dispose()
    const explanation =
      (isToldEarly && early) ||
      new Explanation(trial, suspicions, {
        heap: isInTime ? heap : 'never',
        isDoubtful: verdict === 'undecided',
        isBrief: nowMs() + trial.lookMs * ROUND_LOOKS > endMs
      })
    const isWorthIt =
      verdict === 'leaking' || heap === 'always' || (verdict === 'undecided' && heap === 'auto' && isInTime)
    const findings = isToldEarly ? told : isWorthIt ? await explanation.find() : []
    tell('done', 1)
    const seen = [
      examined('calls', restsOn(trial)),
      ...allExamined('time', lateness(trial, explanation, span)),
      ...allExamined('objects', trial.lost),
      ...allExamined('timers', said),
      ...allExamined('heap', explanation.lost),
      ...allExamined('bounds', explanation.bounded)
    ]
    if (verdict === 'leaking' && !isInTime && !isToldEarly && heap !== 'never') seen.push(examined('heap', NO_TIME))
    const series = seriesOfTrial(trial)
    const report = (/** @type {ConstructorParameters<typeof LeakReport>[0]} */ parts) => {
      const spent = times()
      return new LeakReport({ ...parts, examined: seen }, () => ({ series, times: spent }))
    }
    if (findings.length > 0 && verdict !== 'clean') return report({ verdict: 'leaking', findings })
    const isSettled = explanation.bounded.length > 0 || (await explanation.isSettled())
    const isUnshown = verdict === 'leaking' && suspicions.every(({ source }) => source === 'memory')
    const reasons = explanation.isBare ? [BARE] : isUnshown ? [UNSHOWN] : why
    const fake = said.map((text) => ({ reason: 'fake-timers', text }))
    const open = isSettled ? [] : [...reasons, ...(reasons.length > 0 ? fake : [])]
    return report({
      verdict: open.length > 0 ? 'undecided' : 'clean',
      findings: [],
      undecided: open.map(({ reason, text }) => undecided(reason, text))
    })
  } finally {
    signal?.removeEventListener('abort', abort)
    early?.dispose()
    trial.close()
  }
}

/**
 * What was observed early, where that explains what was confirmed; nothing where it may be of what only fills.
 * @param {InstanceType<typeof Explanation> | undefined} early @param {import('../..').Verdict} verdict
 * @param {import('./trial.js').Suspicion[]} suspicions
 */
async function toldEarly(early, verdict, suspicions) {
  if (verdict !== 'leaking' || !early?.explains(suspicions)) return []
  const findings = await early.find()
  // What fills beside a leak looks the same so early.
  return findings.length < 2 || !early.isEarly || (await early.hasGoneOn(findings.length)) ? findings : []
}

/** What a clean verdict rests on. @param {import('./trial.js').TrialLike} trial */
function restsOn(trial) {
  const ms = Math.round(nowMs() - trial.startMs)
  const calls = trial.runner.calls.toLocaleString('en')
  const objects = trial.census ? `${trial.census.objects.toLocaleString('en')} live objects, ` : ''
  return `${calls} calls in ${trial.rounds} rounds, ${ms} ms: ${objects}memory, handles and descriptors compared after each round`
}

/**
 * What could not be interrupted, where the budget was too short for it.
 * @param {import('./trial.js').TrialLike} trial @param {import('./explain.js').ExplanationLike} explanation @param {Span} span
 */
function lateness({ runner, longestLookMs }, { longestSnapshotMs }, { calledMs, endMs }) {
  const ms = Math.round(nowMs() - calledMs)
  const budgetMs = Math.round(endMs - calledMs)
  if (!Number.isFinite(endMs) || ms <= budgetMs * LATE_SHARE) return []
  const parts = [
    { what: 'one call', partMs: runner.longestMs },
    { what: 'one reading (major GCs, counting live objects)', partMs: longestLookMs },
    { what: 'one heap snapshot', partMs: longestSnapshotMs }
  ]
  const told = parts.filter(({ partMs }) => partMs >= 1).map(({ what, partMs }) => `${what} ${Math.round(partMs)} ms`)
  return [`${ms} ms instead of ${budgetMs} ms; the longest steps, which cannot be interrupted: ${told.join(', ')}`]
}

/** Leaves out what is allowed or known. @param {import('../report/leak-report.js').LeakReportLike} report @param {import('../findings/allow.js').Rule[]} rules @param {import('../findings/allow.js').BaselineLike} [baseline] */
function accept(report, rules, baseline) {
  if (report.verdict !== 'leaking') return report
  const isNew = (/** @type {import('../..').Finding} */ finding) =>
    !rules.some((rule) => rule.matches(finding)) && !baseline?.has(finding)
  let findings = report.findings.filter(isNew)
  if (baseline && isOn('LEAKGUARD_UPDATE_BASELINE')) {
    baseline.add(findings)
    findings = []
  }
  const allowed = report.findings.length - findings.length
  if (allowed === 0) return report
  const left = new Set(findings)
  const known = examined('allowed', allowedText(report.findings.filter((finding) => !left.has(finding))))
  const seen = [...report.examined, known]
  return new LeakReport(
    { verdict: findings.length > 0 ? 'leaking' : 'clean', findings, examined: seen, allowed },
    () => report.details
  )
}

/** @param {unknown} op @param {unknown} [options] */
async function measureLeaks(op, options) {
  return measure('measureLeaks', op, options)
}

/**
 * @param {unknown} op @param {any} [options]
 * @param {string} [name] of the test, where it is known
 */
async function assertLeakFree(op, options, name) {
  const report = await measure('assertNoLeaks', op, options)
  if (report.verdict === 'leaking' || (report.verdict === 'undecided' && failsUndecided(options)))
    throw new LeakError(report)
  if (report.verdict === 'undecided') passedWithoutAnswer(report, name)
  return report
}

/** @param {unknown} op @param {any} [options] */
async function assertNoLeaks(op, options) {
  return assertLeakFree(op, options)
}

module.exports = { measure, measureLeaks, assertLeakFree, assertNoLeaks }

// @ts-check
// What matchers and assertions of all runners do: whether an operation is leak-free, whether an object is collected.
// Knows verdicts and words, no runner.
'use strict'

const { setImmediate } = require('node:timers')
const { nowMs } = require('../base/clock.js')
const { measure } = require('../measure/assert.js')
const { given, invalidArg, LeakguardError } = require('../base/errors.js')
const { explainHeld, outlived } = require('../watch/retained.js')
const { worded } = require('../findings/findings.js')
const { LeakReport } = require('../report/leak-report.js')
const { examined } = require('../report/lines.js')
const { failsUndecided, passedWithoutAnswer } = require('../measure/undecided.js')
const { failureText } = require('./failure-text.js')
const { tell } = require('./reporting.js')

/** Of a test's time-out so much is for deciding; reasons, and being late for one more stage, need the rest. */
const BUDGET_SHARE = 0.3
const BUDGET_MS_MIN = 300
const BUDGET_MS_MAX = 4000
/** Of it what is left for us: what came before in the test took some. */
const TIME_SHARE = 0.9

/** @param {number | undefined} timeoutMs of the test; none or 0 for a test that may take its time */
function budgetFor(timeoutMs) {
  if (!timeoutMs || !Number.isFinite(timeoutMs)) return BUDGET_MS_MAX
  return Math.round(Math.min(BUDGET_MS_MAX, Math.max(BUDGET_MS_MIN, timeoutMs * BUDGET_SHARE)))
}

/** When the test that runs began to measure; what it does before is not seen. @type {number | undefined} */
let sinceMs

/** The measurement that runs: a test that times out leaves it behind. @type {{ controller: AbortController, done: Promise<unknown>, test: string | undefined } | undefined} */
let running
/** What is still winding down. @type {Promise<unknown> | undefined} */
let abandoned

/** What a test that does not wait for its assertion passes without. @param {string} what @param {string | undefined} test */
function forgotten(what, test) {
  const error = new LeakguardError(
    'ERR_LEAKGUARD_ABORTED',
    `${test ? `test '${test}'` : 'the test'} ended while ${what} was still measuring: await or return it, or give the test more time`
  )
  // Our own lines say nothing of the test.
  error.stack = `${error.name}: ${error.message}`
  return error
}

/**
 * The test is over, whether or not its measurement is.
 * @returns {InstanceType<typeof LeakguardError> | undefined} what is wrong with a test that has not failed itself
 */
function testIsOver() {
  sinceMs = undefined
  if (!running) return
  const { controller, done, test } = running
  const error = forgotten('toBeLeakFree', test)
  controller.abort(error)
  abandoned = done
  running = undefined
  return error
}

/** @param {unknown} op @param {any} options @param {number | undefined} timeoutMs @param {string} [test] */
async function measureInTime(op, options, timeoutMs, test) {
  // What is wrong with other options is told as it is.
  const isOptions =
    options === undefined || (typeof options === 'object' && options !== null && !Array.isArray(options))
  const controller = new AbortController()
  const given = isOptions && options ? options : {}
  const signal = given.signal ? AbortSignal.any([given.signal, controller.signal]) : controller.signal
  sinceMs ??= nowMs()
  const timeEndMs = timeoutMs ? sinceMs + timeoutMs * TIME_SHARE : Infinity
  const endMs = Math.min(timeEndMs, nowMs() + (given.budgetMs ?? Infinity))
  const leftMs = timeoutMs ? Math.max(1, timeEndMs - nowMs()) / TIME_SHARE : undefined
  const all = isOptions ? { ...given, budgetMs: given.budgetMs ?? budgetFor(leftMs), signal } : options
  const measuring = measure('toBeLeakFree', op, all, endMs)
  const isSecond = running !== undefined
  const mine = { controller, done: measuring.catch(() => {}), test }
  running ??= mine
  try {
    return await measuring
  } catch (error) {
    // Nobody waits: the test has ended, and says so itself.
    if (controller.signal.aborted) return new Promise(() => {})
    throw /** @type {any} */ (error)?.code === 'ERR_LEAKGUARD_BUSY' && isSecond
      ? busy(/** @type {Error} */ (error))
      : error
  } finally {
    if (running === mine) running = undefined
  }
}

/** @typedef {{ pass: boolean, report: import('../..').LeakReport, message: () => string }} Outcome */

/**
 * @param {unknown} op @param {any} options @param {{ isNot?: boolean, timeoutMs?: number, hint?: string, test?: string }} context
 * @returns {Promise<Outcome>}
 */
async function isLeakFree(op, options, { isNot = false, timeoutMs, hint = '', test }) {
  if (typeof op !== 'function')
    throw invalidArg(`toBeLeakFree: expect() needs a function, not ${given(op)}: expect(() => work()).toBeLeakFree()`)
  await abandoned
  const report = await measureInTime(op, isNot ? withoutReasons(options) : options, timeoutMs, test)
  // With `.not` only a leak passes: what cannot be told is none.
  const pass = report.verdict === 'clean' || (report.verdict === 'undecided' && (isNot || !failsUndecided(options)))
  if (pass && !isNot && report.verdict === 'undecided') passedWithoutAnswer(report, test)
  if (!pass && !isNot) tell(report)
  const wanted = 'Expected the operation to leak, but no leak was found.'
  return { pass, report, message: () => messageOf(report, isNot ? [hint, wanted] : []) }
}

/** A leak says for itself what was expected. @param {import('../..').LeakReport} report @param {string[]} heads */
const messageOf = (report, heads) => [...heads.filter(Boolean), failureText(report)].join('\n\n')

/** A leak that is expected needs no reasons, unless rules are to tell it from others. @param {any} options */
const withoutReasons = (options) =>
  options === undefined || (options && typeof options === 'object' && !options.allow && !options.baseline)
    ? { heap: 'never', ...options }
    : options

/** @param {Error} error */
const busy = (error) =>
  new LeakguardError(
    'ERR_LEAKGUARD_BUSY',
    'toBeLeakFree: another measurement is running in this thread. Tests that measure must not run concurrently' +
      " within a file (test.concurrent, sequence.concurrent): they would see each other's objects",
    { cause: error }
  )

/** @param {any} value @returns {value is WeakRef<object>} */
const isWeakRef = (value) => Object.prototype.toString.call(value) === '[object WeakRef]'

/** @param {unknown} received @returns {WeakRef<object>} */
function refOf(received) {
  if (isWeakRef(received)) return received
  if (received !== null && (typeof received === 'object' || typeof received === 'function'))
    return new WeakRef(/** @type {object} */ (received))
  throw invalidArg(`toBeCollected: expect() needs an object or a WeakRef, not ${given(received)}`)
}

/**
 * Whether an object is collected, but for what only the test that waits for the answer refers to: that one is known by
 * the promise it waits for. No variable of this function's, or of one that it made, may refer to the object.
 * @param {unknown} received @param {{ isNot?: boolean, hint?: string }} context
 * @returns {Promise<Outcome>}
 */
function isCollected(received, context) {
  const ref = refOf(received)
  /** @type {{ resolve: (outcome: Outcome) => void, reject: (error: unknown) => void }} */
  const answer = { resolve() {}, reject() {} }
  const promise = new Promise((resolve, reject) => Object.assign(answer, { resolve, reject }))
  judgeLater(ref, new WeakRef(promise), answer, context)
  return promise
}

/**
 * In a job of its own, where nothing of the test is on the stack.
 * @param {WeakRef<object>} ref @param {WeakRef<object>} waiting @param {{ resolve: (outcome: Outcome) => void, reject: (error: unknown) => void }} answer @param {{ isNot?: boolean, hint?: string }} context
 */
function judgeLater(ref, waiting, answer, context) {
  setImmediate(() => judgeCollected(ref, waiting, context).then(answer.resolve, answer.reject))
}

/** Pauses of a test that may still hold the object itself: no patience helps there. */
const PAUSES_MS = [0, 0, 10, 50]

/** @param {WeakRef<object>} ref @param {WeakRef<object>} waiting @param {{ isNot?: boolean, hint?: string }} context @returns {Promise<Outcome>} */
async function judgeCollected(ref, waiting, { isNot = false, hint = '' }) {
  const { left } = await outlived([{ ref }], PAUSES_MS)
  const wanted = { ref, label: '', scope: '' }
  const kept = left.length === 0 ? [] : await explainHeld('toBeCollected', [wanted], [waiting])
  const findings = kept.map(({ facts }) => worded(facts))
  const pass = findings.length === 0
  const seen = [examined('watched', 'one object, after major GCs; references of the waiting test alone do not count')]
  const report = new LeakReport({ verdict: pass ? 'clean' : 'leaking', findings, examined: seen })
  if (!pass && !isNot) tell(report)
  const head = 'Expected the object to be retained, but nothing retains it.'
  return { pass, report, message: () => messageOf(report, isNot ? [hint, head] : []) }
}

module.exports = { budgetFor, forgotten, isCollected, isLeakFree, testIsOver }

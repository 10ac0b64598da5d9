// @ts-check
// The time, the interval that the guard runs by and the garbage collections made on purpose, for all that judges by
// them: one place, where a test puts a clock of its own and need not wait. Knows how, not when.
'use strict'

const timers = require('node:timers')
const v8 = require('node:v8')
const vm = require('node:vm')
const { addon } = require('./addon.js')
const { performance } = require('./natives.js')

/**
 * @typedef {object} Clock
 * @property {() => number} nowMs milliseconds since the process began, the same for all threads
 * @property {() => number} cpuMs CPU time of this thread in milliseconds
 * @property {() => void} collect a full garbage collection of this thread's heap; nothing where V8 allows none
 * @property {(work: () => void, ms: number) => unknown} every an interval that keeps no process alive; undefined while
 *   there are only fake timers
 * @property {(interval: any) => void} stop ends it
 */

const { setImmediate, setTimeout } = timers
/** performance.now() counts from the start of its thread; where the process does not tell its age, time begins there. */
let threadBeganMs = threadBegan()

function threadBegan() {
  try {
    return process.uptime() * 1000 - performance.now() || 0
  } catch {
    return 0
  }
}

/**
 * Functions that a test runner's fake clock has put in the place of real ones (Jest, Sinon, Vitest; node:test binds
 * methods), which must be left alone.
 * @param {any} fn
 */
const isFake = (fn) =>
  fn._isMockFunction === true ||
  fn.clock !== undefined ||
  fn.isFake === true ||
  (typeof fn.name === 'string' && fn.name.startsWith('bound #'))

/** The real ones, once they can be had: a fake clock in a test must not stop or drive the guard. */
const realIntervals = () => (isFake(globalThis.setInterval) ? undefined : { setInterval, clearInterval })
let intervals = realIntervals()

/** @type {(() => void) | undefined} */
let collect

/** V8's own function, without a flag on the command line. @returns {(options?: { type: 'minor' | 'major' }) => void} @throws where V8 does not let us have it */
function exposeGc() {
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  v8.setFlagsFromString('--no-expose-gc')
  return gc
}

/** @returns {() => void} */
function collector() {
  const global = /** @type {any} */ (globalThis).gc
  if (typeof global === 'function') return () => global()
  try {
    return exposeGc()
  } catch {
    return () => {}
  }
}

/** @type {Clock} */
const real = {
  nowMs: () => threadBeganMs + performance.now(),
  cpuMs: () => addon().threadCpuMs(),
  collect() {
    collect ??= collector()
    collect()
  },
  every(work, ms) {
    intervals ??= realIntervals()
    return intervals?.setInterval(work, ms).unref()
  },
  stop: (interval) => intervals?.clearInterval(interval)
}
let clock = real

/**
 * Puts another clock here until what it gives back is called, from where the real one goes on: time never goes back.
 * For tests.
 * @param {Partial<Clock>} other what it lacks stays real
 */
function replaceClock(other) {
  clock = { ...real, ...other }
  return () => {
    threadBeganMs += Math.max(0, clock.nowMs() - real.nowMs())
    clock = real
  }
}

/** A turn of the event loop, after which finalizers have run. */
const turn = () => new Promise((resolve) => setImmediate(resolve))
/** @param {number} ms of real time */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

module.exports = {
  nowMs: () => clock.nowMs(),
  cpuMs: () => clock.cpuMs(),
  collectNow: () => clock.collect(),
  /** @type {Clock['every']} */
  every: (work, ms) => clock.every(work, ms),
  /** @type {Clock['stop']} */
  stop: (interval) => clock.stop(interval),
  exposeGc,
  isFake,
  replaceClock,
  turn,
  wait
}

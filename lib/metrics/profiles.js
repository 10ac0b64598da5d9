// @ts-check
// Profiles that are taken now and then for a collector, one at a time, for as long as a guard runs. Knows a timer and a guard,
// not what becomes of them.
'use strict'

const { nowMs } = require('../base/clock.js')
const { given, invalidArg } = require('../base/errors.js')
const { start } = require('../guard/guard.js')

/** A program that has just started has little to show, and work to do, in milliseconds. */
const FIRST_MS = 60_000

/** The guard that was named, or the running one. @param {string} where @param {any} wanted */
function guardOf(where, wanted) {
  if (wanted !== undefined && typeof wanted?.profile !== 'function')
    throw invalidArg(`${where}: option 'guard' must be a Guard of start(), not ${given(wanted)}`)
  return wanted ?? start()
}

/**
 * Takes one now and then. What fails is tried again next time; the last profile stays.
 * @param {any} guard @param {number} everyMs @param {AbortSignal} signal ends it @param {() => unknown} [taken] after each
 */
function takeEvery(guard, everyMs, signal, taken = () => {}) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const take = async () => {
    if (!guard.running || signal.aborted) return
    const before = nowMs()
    try {
      await guard.profileUnasked(signal)
      await taken()
    } catch {
      // neither is the program's
    }
    wait(Math.max(0, everyMs - (nowMs() - before)))
  }
  const wait = (/** @type {number} */ ms) => {
    if (signal.aborted) return
    timer = setTimeout(() => void take(), ms)
    timer.unref()
  }
  wait(Math.min(everyMs, FIRST_MS))
  return () => clearTimeout(timer)
}

module.exports = { guardOf, takeEvery }

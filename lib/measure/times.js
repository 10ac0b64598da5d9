// @ts-check
// Where the time of a measurement goes. One runs at a time in a thread, so there is one account. Knows parts, not what they do.
'use strict'

const { nowMs } = require('../base/clock.js')

/** What a measurement does, in the order in which it is told. */
const PARTS = /** @type {const} */ (['calls', 'rest', 'counts', 'patience', 'snapshots', 'comparing'])

/** @typedef {typeof PARTS[number]} Part */
/** Milliseconds by part. @type {Map<Part, number>} */
let spent = new Map()
let begunMs = 0

/** A measurement begins. */
function beginTimes() {
  spent = new Map()
  begunMs = nowMs()
}

/** @param {Part} part @param {number} startMs of the clock */
const spend = (part, startMs) => void spent.set(part, (spent.get(part) ?? 0) + nowMs() - startMs)

/** @template T @param {Part} part @param {() => T} work @returns {T} */
function timed(part, work) {
  const startMs = nowMs()
  /** @type {any} */
  const result = work()
  if (typeof result?.finally === 'function') return result.finally(() => spend(part, startMs))
  spend(part, startMs)
  return result
}

/** So far, in whole milliseconds, with what is none of the parts. @returns {import('../..').ReportTime[]} */
function times() {
  const other = nowMs() - begunMs - [...spent.values()].reduce((sum, ms) => sum + ms, 0)
  const told = [
    ...PARTS.map((part) => ({ part, ms: spent.get(part) ?? 0 })),
    { part: /** @type {const} */ ('other'), ms: other }
  ]
  return told.map(({ part, ms }) => ({ part, ms: Math.round(Math.max(0, ms)) })).filter(({ ms }) => ms > 0)
}

module.exports = { beginTimes, timed, times }

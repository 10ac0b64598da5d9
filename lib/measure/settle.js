// @ts-check
// Lets the program come to rest: turns of the event loop for finalizers and what ends by itself, collections until
// nothing more goes, time for what ends later. Knows when the heap is at rest, not what it holds.
'use strict'

const v8 = require('node:v8')
const { collectNow, nowMs, turn, wait } = require('../base/clock.js')
const { timed } = require('./times.js')

/** At rest: a collection moves less than this, in bytes. */
const REST_BYTES = 64
const ROUNDS_MAX = 8
/** A collection that takes longer than this, in milliseconds, is repeated less. */
const SLOW_MS = 60
const ROUNDS_SLOW_MAX = 3

/** What may go by itself is given so long, in milliseconds; of that so long at least the event loop, which snapshots stop. */
const LINGER_MS = 1200
const FREE_MS = 500

/** @param {number} sinceMs when what may go was there, of the clock */
const linger = (sinceMs) => timed('patience', () => wait(Math.max(FREE_MS, sinceMs + LINGER_MS - nowMs())))

/** @param {number} [roundsMax] */
const settle = (roundsMax = ROUNDS_MAX) => timed('rest', () => comeToRest(roundsMax))

/** @param {number} roundsMax */
async function comeToRest(roundsMax) {
  let before = Number.NaN
  for (let round = 1; round <= roundsMax; round++) {
    await turn()
    const start = nowMs()
    collectNow()
    const took = nowMs() - start
    const now = v8.getHeapStatistics().used_heap_size
    if (Math.abs(now - before) < REST_BYTES || (took > SLOW_MS && round >= ROUNDS_SLOW_MAX)) return
    before = now
  }
}

module.exports = { LINGER_MS, linger, settle }

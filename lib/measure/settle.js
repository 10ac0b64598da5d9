// @ts-check
// Lets the program come to rest: turns of the event loop for finalizers and what ends by itself, collections until
// nothing more goes. Knows when the heap is at rest, not what it holds.
'use strict'

const { performance } = require('node:perf_hooks')
const { setImmediate, setTimeout } = require('node:timers')
const v8 = require('node:v8')
const { collectNow } = require('../v8/gc.js')

/** At rest: a collection moves less than this, in bytes. */
const REST_BYTES = 64
const ROUNDS_MAX = 8
/** A collection that takes longer than this, in milliseconds, is repeated less. */
const SLOW_MS = 60
const ROUNDS_SLOW_MAX = 3

const turn = () => new Promise((resolve) => setImmediate(resolve))
/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {number} [roundsMax] */
async function settle(roundsMax = ROUNDS_MAX) {
  let before = Number.NaN
  for (let round = 1; round <= roundsMax; round++) {
    await turn()
    const start = performance.now()
    collectNow()
    const took = performance.now() - start
    const now = v8.getHeapStatistics().used_heap_size
    if (Math.abs(now - before) < REST_BYTES || (took > SLOW_MS && round >= ROUNDS_SLOW_MAX)) return
    before = now
  }
}

module.exports = { settle, turn, wait }

// @ts-check
// A million large values through a cache of a thousand. Prints what it could not find of what lives, and the heap;
// wants --expose-gc.
'use strict'

const { WeakLruCache } = require('leakguard')

const gc = /** @type {() => void} */ (globalThis.gc)
const cache = new WeakLruCache({ max: 1000, weak: true, weakMax: 50_000 })
const live = new Map()
/** @type {number[]} */
const readings = []
let missing = 0
for (let i = 0; i < 1_000_000; i++) {
  const value = { i, data: new Array(100).fill(i) }
  cache.set(i, value)
  if (i % 1000 === 0) {
    live.set(i, value)
    live.delete(i - 40_000)
  }
  if (i % 200_000 === 199_999) {
    for (const [key, value] of live) if (cache.get(key) !== value) missing++
    gc()
    readings.push(process.memoryUsage().heapUsed)
  }
}
console.log(JSON.stringify({ missing, readings, live: live.size }))

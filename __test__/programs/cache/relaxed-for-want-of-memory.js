// @ts-check
// What is relaxed for want of memory is held strongly again later. Prints how many are strong when memory is short, and
// after; wants --expose-gc and a small heap.
'use strict'

const { WeakLruCache } = require('leakguard')

const gc = /** @type {() => void} */ (globalThis.gc)
const cache = new WeakLruCache({ max: 5000, weak: true, weakMax: 10 })
/** @type {unknown[] | undefined} */
let big = []
for (let i = 0; i < 5000; i++) cache.set(i, { i })
while (cache.stats.strong === 5000) {
  big.push(new Array(2000).fill(0))
  cache.set(big.length, { i: 1 })
}
const low = cache.stats.strong
big = undefined
gc()
setTimeout(() => {
  for (let i = 0; i < 5000; i++) cache.set(i, { i })
  console.log(JSON.stringify({ low, high: cache.stats.strong }))
}, 6000)

// @ts-check
// Caches that are dropped, in many rounds. Prints by how much the process has grown; wants --expose-gc.
'use strict'

const { setImmediate: turn } = require('node:timers/promises')
const { WeakLruCache } = require('leakguard')

const gc = /** @type {() => void} */ (globalThis.gc)
const live = Array.from({ length: 20_000 }, () => ({}))

async function round() {
  for (let k = 0; k < 5; k++) {
    const cache = new WeakLruCache({ max: 1, weak: true, weakMax: 20_000 })
    live.forEach((value, i) => void cache.set(i, value))
  }
  for (let i = 0; i < 6; i++) {
    gc()
    await turn()
  }
  return process.memoryUsage.rss()
}

async function main() {
  for (let i = 0; i < 5; i++) await round()
  const before = await round()
  let after = before
  for (let i = 0; i < 15; i++) after = await round()
  console.log(JSON.stringify({ grown: after - before }))
}

main()

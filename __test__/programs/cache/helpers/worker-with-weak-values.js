// @ts-check
// A worker thread that fills caches with weak values, says so, and asks them without end.
'use strict'

const { parentPort } = require('node:worker_threads')
const { WeakLruCache } = require('leakguard')

const live = Array.from({ length: 20_000 }, () => ({}))
const caches = [1, 2, 3].map(() => new WeakLruCache({ max: 10, weak: true, weakMax: 20_000, ttl: 100 }))
for (const cache of caches) live.forEach((value, i) => void cache.set(i, value))
parentPort?.postMessage('full')

function work() {
  for (let i = 0; i < 1000; i++) caches[i % 3].get((i * 7) % 20_000)
  setImmediate(work)
}
work()

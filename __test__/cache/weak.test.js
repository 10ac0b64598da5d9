// @ts-check
// Values held weakly: found while they live elsewhere, V8's to take otherwise; in heaps that are small, in workers that
// are terminated, in caches that are dropped.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { WeakLruCache } = require('leakguard')
const { runForJson, runNode, runProgram, tempFolder } = require('../support/child.js')
const { collectGarbage } = require('../support/gc.js')

test('a value that lives elsewhere is found again, one that does not is gone after a collection', async () => {
  const cache = new WeakLruCache({ max: 10, weak: true, weakMax: 1000 })
  const live = Array.from({ length: 100 }, (_, i) => ({ i }))
  for (let i = 0; i < 1000; i++) cache.set(i, i % 10 === 0 ? live[i / 10] : { i })
  assert.deepEqual([cache.size, cache.stats.strong, cache.stats.weak], [1000, 10, 990])
  await collectGarbage()
  for (let i = 0; i < 990; i++) {
    assert.equal(cache.has(i), i % 10 === 0, `has ${i}`)
    assert.equal(cache.peek(i), i % 10 === 0 ? live[i / 10] : undefined)
  }
  assert.equal([...cache.values()].length, 100 + 9)
  for (let i = 0; i < 1000; i += 10) assert.equal(cache.get(i), live[i / 10])
})

test('dead entries are swept by themselves', async () => {
  const cache = new WeakLruCache({ max: 1, weak: true, weakMax: 1000 })
  for (let i = 0; i < 500; i++) cache.set(i, { i })
  const end = Date.now() + 6000
  while (cache.size > 1 && Date.now() < end) {
    await collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.deepEqual([cache.size, cache.stats.collected], [1, 499])
})

test('primitives cannot be weak: past the bound they are evicted', () => {
  /** @type {any[]} */
  const gone = []
  const cache = new WeakLruCache({ max: 2, weak: true, dispose: (value, _key, reason) => gone.push([value, reason]) })
  cache.set('a', 'text').set('b', 2).set('c', { n: 3 }).set('d', 4)
  assert.deepEqual(
    [cache.size, gone],
    [
      2,
      [
        ['text', 'evict'],
        [2, 'evict']
      ]
    ]
  )
})

test('weakMax bounds what is held weakly', () => {
  const cache = new WeakLruCache({ max: 2, weak: true, weakMax: 3 })
  const live = Array.from({ length: 10 }, (_, i) => ({ i }))
  live.forEach((value, i) => void cache.set(i, value))
  assert.deepEqual([...cache.keys()], [9, 8, 7, 6, 5])
  assert.equal(cache.stats.evictions, 5)
})

test('sizes count what is held strongly', () => {
  const cache = new WeakLruCache({ maxSize: 10, weak: true, sizeCalculation: () => 4 })
  const live = Array.from({ length: 5 }, (_, i) => ({ i }))
  live.forEach((value, i) => void cache.set(i, value))
  assert.deepEqual([cache.calculatedSize, cache.size], [8, 5])
  assert.equal(cache.get(0), live[0])
  assert.deepEqual([cache.calculatedSize, cache.stats.strong], [8, 2])
})

test('relax makes the least recent weak, without weak it evicts them', () => {
  const live = Array.from({ length: 10 }, (_, i) => ({ i }))
  const cache = new WeakLruCache({ max: 10, weak: true })
  const plain = new WeakLruCache({ max: 10 })
  for (const each of [cache, plain]) {
    live.forEach((value, i) => void each.set(i, value))
    each.get(0)
    assert.equal(each.relax(0.5), 5)
    assert.equal(each.relax(0), 0)
  }
  assert.deepEqual([cache.stats.strong, cache.stats.weak, cache.get(1)], [5, 5, live[1]])
  assert.deepEqual([...plain.keys()], [0, 9, 8, 7, 6])
})

test('functions and values that come and go between strong and weak keep their identity', async () => {
  const cache = new WeakLruCache({ max: 5, weak: true, weakMax: 50 })
  const live = Array.from({ length: 40 }, (_, i) => (i % 2 ? () => i : { i }))
  live.forEach((value, i) => void cache.set(i, value))
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 40; i++) assert.equal(cache.get((i * 7) % 40), live[(i * 7) % 40])
    if (round % 5 === 0) await collectGarbage()
    live[round] = { i: round }
    cache.set(round, live[round])
  }
})

test('a million large values through a cache of a thousand: the heap stays flat, all live ones are found', async () => {
  const program = `
    const { WeakLruCache } = require('leakguard')
    const cache = new WeakLruCache({ max: 1000, weak: true, weakMax: 50_000 })
    const live = new Map()
    const readings = []
    let missing = 0
    for (let i = 0; i < 1_000_000; i++) {
      const value = { i, data: new Array(100).fill(i) }
      cache.set(i, value)
      if (i % 1000 === 0) { live.set(i, value); live.delete(i - 40_000) }
      if (i % 200_000 === 199_999) {
        for (const [key, value] of live) if (cache.get(key) !== value) missing++
        gc()
        readings.push(process.memoryUsage().heapUsed)
      }
    }
    console.log(JSON.stringify({ missing, readings, live: live.size }))`
  const folder = ['--expose-gc', '--max-old-space-size=400', '-e', program]
  const { missing, readings, live } = await runForJson(folder)
  assert.deepEqual([missing, live], [0, 40])
  assert.ok(Math.max(...readings.slice(1)) < readings[0] * 1.3 + 2e6, String(readings))
})

test('under a small heap a program lives with it that dies with a strong cache', async () => {
  const program = (/** @type {boolean} */ weak) => `
    const { WeakLruCache } = require('leakguard')
    const cache = new WeakLruCache({ max: 100_000, ${weak ? 'weak: true, weakMax: 1000' : ''} })
    for (let i = 0; i < 100_000; i++) cache.set(i, { data: new Array(500).fill(i) })
    console.log(JSON.stringify({ strong: cache.stats.strong }))`
  const flags = ['--max-old-space-size=60', '--max-semi-space-size=8', '-e']
  const { strong } = await runForJson([...flags, program(true)])
  assert.ok(strong < 50_000)
  const died = await runNode([...flags, program(false)])
  assert.notEqual(died.code, 0)
  assert.match(died.stderr, /heap out of memory/)
})

test('what is relaxed for want of memory is held strongly again later', async (t) => {
  const program = `
    const { WeakLruCache } = require('leakguard')
    const cache = new WeakLruCache({ max: 5000, weak: true, weakMax: 10 })
    let big = []
    for (let i = 0; i < 5000; i++) cache.set(i, { i })
    while (cache.stats.strong === 5000) { big.push(new Array(2000).fill(0)); cache.set(big.length, { i: 1 }) }
    const low = cache.stats.strong
    big = undefined
    gc()
    setTimeout(() => {
      for (let i = 0; i < 5000; i++) cache.set(i, { i })
      console.log(JSON.stringify({ low, high: cache.stats.strong }))
    }, 6000)`
  const { low, high } = await runForJson(['--expose-gc', '--max-old-space-size=80', '-e', program])
  t.diagnostic(`${low} -> ${high}`)
  assert.ok(low < 5000 && high > low)
})

test('caches that are dropped give their native memory back', async () => {
  const program = `
    const { WeakLruCache } = require('leakguard')
    const live = Array.from({ length: 20_000 }, () => ({}))
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    async function round() {
      for (let k = 0; k < 5; k++) {
        const cache = new WeakLruCache({ max: 1, weak: true, weakMax: 20_000 })
        live.forEach((value, i) => void cache.set(i, value))
      }
      for (let i = 0; i < 6; i++) { gc(); await turn() }
      return process.memoryUsage.rss()
    }
    ;(async () => {
      for (let i = 0; i < 5; i++) await round()
      const before = await round()
      let after
      for (let i = 0; i < 15; i++) after = await round()
      console.log(JSON.stringify({ grown: after - before }))
    })()`
  const { grown } = await runForJson(['--expose-gc', '-e', program])
  // 15 rounds of 100,000 references are 100 MB and more.
  assert.ok(grown < 25e6, String(grown))
})

test('workers that are terminated with weak values end well and give their memory back', async (t) => {
  const files = {
    'worker.js': `
      const { WeakLruCache } = require('leakguard')
      const live = Array.from({ length: 20_000 }, () => ({}))
      const caches = [1, 2, 3].map(() => new WeakLruCache({ max: 10, weak: true, weakMax: 20_000, ttl: 100 }))
      for (const cache of caches) live.forEach((value, i) => void cache.set(i, value))
      require('node:worker_threads').parentPort.postMessage('full')
      const work = () => { for (let i = 0; i < 1000; i++) caches[i % 3].get(i * 7 % 20_000); setImmediate(work) }
      work()`,
    'main.js': `
      const { Worker } = require('node:worker_threads')
      const { once } = require('node:events')
      async function round() {
        const worker = new Worker('./worker.js')
        await once(worker, 'message')
        await worker.terminate()
        return process.memoryUsage.rss()
      }
      ;(async () => {
        for (let i = 0; i < 6; i++) await round()
        const before = await round()
        let after
        for (let i = 0; i < 14; i++) after = await round()
        if (after - before > 40e6) throw new Error('rss grew by ' + (after - before))
        console.log('grown', after - before)
      })()`
  }
  const { stdout } = await runProgram(t, files)
  t.diagnostic(stdout)
})

test('a process that ends with weak values ends well, and is not kept alive by them', async (t) => {
  const folder = tempFolder(t)
  const program = `
    const { WeakLruCache } = require('leakguard')
    globalThis.cache = new WeakLruCache({ max: 10, weak: true, ttl: 50, ttlAutopurge: true })
    globalThis.live = Array.from({ length: 100 }, (_, i) => ({ i }))
    live.forEach((value, i) => cache.set(i, value));`
  for (const end of ['', 'process.exit(0)']) {
    const ended = await runNode(['-e', program + end], { cwd: folder })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
    assert.ok(ended.tookMs < 5000, String(ended.tookMs))
  }
})

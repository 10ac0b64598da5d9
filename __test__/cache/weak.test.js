// @ts-check
// Values held weakly: found while they live elsewhere, V8's to take otherwise; in heaps that are small, in workers that
// are terminated, in caches that are dropped.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { WeakLruCache } = require('leakguard')
const { runFile, runForJson, runNode, tempFolder } = require('../support/child.js')
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
  const flags = ['--expose-gc', '--max-old-space-size=400']
  const { stdout } = await runFile('cache/a-million-large-values.js', [], { flags })
  const { missing, readings, live } = JSON.parse(stdout)
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
  const flags = ['--expose-gc', '--max-old-space-size=80']
  const { stdout } = await runFile('cache/relaxed-for-want-of-memory.js', [], { flags })
  const { low, high } = JSON.parse(stdout)
  t.diagnostic(`${low} -> ${high}`)
  assert.ok(low < 5000 && high > low)
})

test('caches that are dropped give their native memory back', async () => {
  const { stdout } = await runFile('cache/caches-that-are-dropped.js', [], {
    flags: ['--expose-gc'],
    timeoutMs: 180_000 // 12 s of CPU
  })
  const { grown } = JSON.parse(stdout)
  // 15 rounds of 100,000 references are 100 MB and more.
  assert.ok(grown < 25e6, String(grown))
})

test('workers that are terminated with weak values end well and give their memory back', async (t) => {
  const { stdout } = await runFile('cache/workers-that-are-terminated.js')
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

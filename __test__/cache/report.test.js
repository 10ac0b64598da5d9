// @ts-check
// What a guard tells of caches: ours, and those of lru-cache by their diagnostics channel.
'use strict'

const assert = require('node:assert/strict')
const { channel } = require('node:diagnostics_channel')
const { after, test } = require('node:test')
const { start, WeakLruCache } = require('leakguard')
const { runProgram } = require('../support/child.js')

const guard = start({ minGrowthMs: 300 })
after(() => guard.stop())
const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))
const named = (/** @type {string} */ wanted) => guard.stats().caches.find(({ name }) => name === wanted)

test('every cache is listed with its line and its counts', () => {
  const cache = new WeakLruCache({ max: 3, maxSize: 100, sizeCalculation: () => 10, name: 'users' })
  for (let i = 0; i < 5; i++) cache.set(i, { i })
  cache.get(4)
  cache.get(0)
  const seen = named('users')
  assert.deepEqual(
    { ...seen, file: undefined, line: undefined, function: undefined },
    {
      thread: '',
      name: 'users',
      size: 3,
      max: 3,
      bytes: 30,
      hits: 1,
      misses: 1,
      evictions: 2,
      stale: 0,
      keys: 5,
      file: undefined,
      line: undefined,
      function: undefined
    }
  )
  assert.equal(seen?.file, __filename)
  assert.equal(seen?.line, 17)
  assert.ok(guard.stats().counts.some(({ pool, label, live }) => pool === 'cache' && label === 'users' && live === 3))
})

test('a cache whose keys never repeat is a finding, one that is used is not', async () => {
  const bad = new WeakLruCache({ max: 50, name: 'by-request' })
  const good = new WeakLruCache({ max: 50, name: 'by-user' })
  const end = Date.now() + 1500
  for (let i = 0; Date.now() < end; ) {
    for (let n = 0; n < 50; n++, i++) {
      if (bad.get(`request ${i}`) === undefined) bad.set(`request ${i}`, i)
      const user = `user ${i % 60}`
      if (good.get(user) === undefined) good.set(user, i)
      good.get(user)
    }
    await wait(5)
  }
  const report = guard.check()
  const findings = report.findings.filter(({ kind }) => kind === 'cache')
  assert.deepEqual(
    findings.map(({ culprit }) => [culprit.name, culprit.line]),
    [['by-request', 46]]
  )
  assert.match(findings[0].message, /^Cache 'by-request' has a hit rate of 0 % \(0 of /)
  assert.match(findings[0].evidence[0], /different keys in .* additions, for 50 places/)
  assert.match(findings[0].advice, /Build the key from what repeats/)
  assert.equal(findings[0].confidence, 'possible')
})

test('a cache that is dropped is listed no more', async () => {
  const { collectGarbage } = require('../support/gc.js')
  const make = () => void new WeakLruCache({ max: 1, name: 'short-lived' }).set('a', 1)
  make()
  assert.ok(named('short-lived'))
  await collectGarbage()
  assert.equal(named('short-lived'), undefined)
})

test('an lru-cache is heard of by what it publishes, and nobody listens to it all the time', async () => {
  const metrics = channel('lru-cache:metrics')
  class LRUCache {
    max = 10
    map = new Map()
    get size() {
      return this.map.size
    }
  }
  const cache = new LRUCache()
  let listened = 0
  let ticks = 0
  const end = Date.now() + 5000
  while (Date.now() < end) {
    ticks++
    if (metrics.hasSubscribers) {
      listened++
      const key = `key ${ticks}`
      metrics.publish({ op: 'get', get: 'miss', key, cache })
      cache.map.set(key, 1)
      metrics.publish({ op: 'set', set: 'add', key, cache })
      metrics.publish({ op: 'get', get: 'hit', key, cache })
    }
    await wait(10)
  }
  const seen = named('LRUCache')
  assert.ok(seen)
  assert.deepEqual([seen.size, seen.max, seen.hits, seen.misses], [cache.size, 10, listened, listened])
  assert.ok(listened < ticks * 0.2, `${listened} of ${ticks}`)
})

test('workers tell of theirs, and stop telling when they end', async (t) => {
  await runProgram(t, {
    'worker.js': `
      const { start, WeakLruCache } = require('leakguard')
      start()
      globalThis.cache = new WeakLruCache({ max: 5, name: 'in-worker' })
      cache.set('a', 1)
      setTimeout(() => require('node:worker_threads').parentPort.postMessage('ready'), 300)
      setInterval(() => cache.get('a'), 50)`,
    'main.js': `
      const assert = require('node:assert')
      const { Worker } = require('node:worker_threads')
      const { once } = require('node:events')
      const guard = require('leakguard').start()
      ;(async () => {
        const worker = new Worker('./worker.js')
        await once(worker, 'message')
        const seen = guard.stats().caches.find(({ name }) => name === 'in-worker')
        assert.ok(seen.thread.startsWith('worker'))
        assert.strictEqual(seen.size, 1)
        await worker.terminate()
        assert.deepStrictEqual(guard.stats().caches, [])
      })()`
  })
})

// @ts-check
// fetch(): one flight for a key, aborts, rejections, stale values given while new ones are made.
'use strict'

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')
const { WeakLruCache } = require('leakguard')

/** A fetchMethod that is answered by hand. @param {object} [options] */
function byHand(options) {
  /** @type {{ key: any, stale: any, signal: AbortSignal, resolve: (v: any) => void, reject: (e: any) => void, given: any }[]} */
  const flights = []
  const at = { now: 1000 }
  const cache = new WeakLruCache(
    /** @type {any} */ ({
      max: 3,
      ttlResolution: 0,
      perf: { now: () => at.now },
      fetchMethod: (/** @type {any} */ key, /** @type {any} */ stale, /** @type {any} */ given) =>
        new Promise((resolve, reject) => flights.push({ key, stale, signal: given.signal, resolve, reject, given })),
      ...options
    })
  )
  return { cache, flights, at }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('many who ask wait for one flight', async () => {
  const { cache, flights } = byHand()
  const all = [cache.fetch('a'), cache.fetch('a'), cache.fetch('a')]
  assert.deepEqual([flights.length, cache.get('a'), cache.has('a'), [...cache.keys()]], [1, undefined, false, []])
  flights[0].resolve(7)
  assert.deepEqual(await Promise.all(all), [7, 7, 7])
  assert.equal(await cache.fetch('a'), 7)
  assert.deepEqual([flights.length, cache.get('a')], [1, 7])
})

test('a fetch may be sync, give nothing, or throw', async () => {
  const make = (/** @type {any} */ fetchMethod) => new WeakLruCache({ max: 2, fetchMethod })
  assert.equal(await make(() => 1).fetch('a'), 1)
  const none = make(() => undefined)
  assert.equal(await none.fetch('a'), undefined)
  assert.equal(none.size, 0)
  await assert.rejects(none.forceFetch('a'), /undefined/)
  const bad = make(() => {
    throw new Error('sync')
  })
  await assert.rejects(bad.fetch('a'), /sync/)
  assert.equal(bad.size, 0)
})

test('without fetchMethod it is get', async () => {
  const cache = new WeakLruCache({ max: 2 })
  cache.set('a', 1)
  assert.deepEqual([await cache.fetch('a'), await cache.fetch('b')], [1, undefined])
})

test('a rejection reaches all who wait and leaves no entry', async () => {
  const { cache, flights } = byHand()
  const all = [cache.fetch('a'), cache.fetch('a')]
  flights[0].reject(new Error('down'))
  for (const one of await Promise.allSettled(all)) assert.equal(/** @type {any} */ (one).reason.message, 'down')
  assert.equal(cache.size, 0)
  cache.fetch('a').catch(() => {})
  assert.equal(flights.length, 2)
})

test('stale values are given while new ones are made', async () => {
  const { cache, flights, at } = byHand({ ttl: 10, allowStale: true })
  cache.set('a', 1)
  at.now += 11
  assert.equal(await cache.fetch('a'), 1)
  assert.equal(await cache.fetch('a'), 1)
  assert.deepEqual([flights.length, flights[0].stale, cache.get('a')], [1, 1, 1])
  flights[0].resolve(2)
  await turn()
  assert.equal(await cache.fetch('a'), 2)
  assert.equal(flights.length, 1)
})

test('a rejection behind a stale value is heard by nobody, and no crash', async () => {
  const { cache, flights, at } = byHand({ ttl: 10, allowStale: true, noDeleteOnFetchRejection: true })
  cache.set('a', 1)
  at.now += 11
  assert.equal(await cache.fetch('a'), 1)
  flights[0].reject(new Error('down'))
  await turn()
  assert.equal(cache.peek('a', { allowStale: true }), 1)
})

test('allowStaleOnFetchRejection gives what there was', async () => {
  const { cache, flights, at } = byHand({ ttl: 10, allowStaleOnFetchRejection: true })
  cache.set('a', 1)
  at.now += 11
  const asked = cache.fetch('a')
  flights[0].reject(new Error('down'))
  assert.equal(await asked, 1)
})

test('forceRefresh fetches though there is a value, which stands meanwhile', async () => {
  const { cache, flights } = byHand()
  cache.set('a', 1)
  const asked = cache.fetch('a', { forceRefresh: true, context: 5 })
  assert.deepEqual([cache.get('a'), flights[0].given.context], [1, 5])
  flights[0].resolve(2)
  assert.deepEqual([await asked, cache.get('a')], [2, 2])
})

test('deleting, overwriting and evicting abort', async () => {
  for (const [act, reason] of /** @type {[(cache: any) => void, string][]} */ ([
    [(cache) => cache.delete('a'), 'deleted'],
    [(cache) => cache.set('a', 9), 'replaced'],
    [(cache) => cache.set('x', 1).set('y', 1).set('z', 1), 'evicted'],
    [(cache) => cache.clear(), 'deleted']
  ])) {
    const { cache, flights } = byHand()
    const asked = cache.fetch('a')
    await turn()
    act(cache)
    assert.equal(flights[0].signal.aborted, true)
    await assert.rejects(asked, new RegExp(reason))
    flights[0].resolve(1)
    await turn()
    assert.equal(cache.get('a'), reason === 'replaced' ? 9 : undefined)
  }
})

test("a caller's signal aborts, and keeps no listener of a flight that has landed", async () => {
  const { cache, flights } = byHand()
  const controller = new AbortController()
  const landed = cache.fetch('a', { signal: controller.signal })
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
  flights[0].resolve(1)
  assert.equal(await landed, 1)
  await turn()
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  const aborted = cache.fetch('b', { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, /enough/)
  assert.equal(cache.has('b'), false)
  await assert.rejects(cache.fetch('c', { signal: controller.signal }), /enough/)
})

test('ignoreFetchAbort lands all the same', async () => {
  const { cache, flights } = byHand({ ignoreFetchAbort: true })
  const controller = new AbortController()
  const asked = cache.fetch('a', { signal: controller.signal })
  controller.abort()
  flights[0].resolve(1)
  assert.deepEqual([await asked, cache.get('a')], [1, 1])
})

test('allowStaleOnFetchAbort gives what there was, and takes what comes late', async () => {
  const { cache, flights, at } = byHand({ ttl: 10, allowStaleOnFetchAbort: true, ignoreFetchAbort: true })
  cache.set('a', 1)
  at.now += 11
  const controller = new AbortController()
  const asked = cache.fetch('a', { signal: controller.signal })
  controller.abort()
  assert.equal(await asked, 1)
  flights[0].resolve(2)
  await turn()
  assert.equal(cache.get('a'), 2)
})

test('a dispose that throws when a flight lands leaves the new value there', async () => {
  const { cache, flights, at } = byHand({
    ttl: 10,
    dispose: () => {
      throw new Error('dispose')
    }
  })
  cache.set('a', 1)
  at.now += 11
  const asked = cache.fetch('a')
  flights[0].resolve(2)
  await assert.rejects(asked, /dispose/)
  assert.equal(cache.peek('a'), 2)
})

test('with noUpdateTTL a value that was fetched first has the age of its flight, and expires', async () => {
  const { cache, flights, at } = byHand({ ttl: 100, noUpdateTTL: true })
  const first = cache.fetch('a')
  at.now += 30
  flights[0].resolve(1)
  assert.equal(await first, 1)
  assert.equal(cache.getRemainingTTL('a'), 70)
  at.now += 71
  assert.equal(cache.has('a'), false)
  const second = cache.fetch('a')
  flights[1].resolve(2)
  assert.deepEqual([await second, flights.length], [2, 2])
})

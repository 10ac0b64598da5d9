// @ts-check
// What lru-cache's documentation promises of the names that are shared, tried anew; and what is ours: bounds that are
// demanded, callbacks that throw.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { WeakLruCache } = require('leakguard')

/** A clock that stands still. */
function clock() {
  const at = { now: 1000 }
  return { at, perf: { now: () => at.now }, ttlResolution: 0 }
}

describe('options', () => {
  /** @type {[string, any, string, RegExp][]} */
  const wrong = [
    ['no options', undefined, 'INVALID_ARG', /needs a bound/],
    ['no bound', {}, 'INVALID_ARG', /needs a bound/],
    ['an age is no bound', { ttl: 1000 }, 'INVALID_ARG', /needs a bound/],
    ['a negative max', { max: -2 }, 'INVALID_ARG', /'max'/],
    ['half a max', { max: 1.5 }, 'INVALID_ARG', /'max' must be an integer/],
    ['a misspelled one', { max: 1, maxsize: 1 }, 'UNKNOWN_OPTION', /did you mean 'maxSize'/],
    ['one of lru-cache that is left out', { max: 1, backgroundFetchSize: 1 }, 'UNKNOWN_OPTION', /not supported/],
    ['a size without bound', { max: 1, sizeCalculation: () => 1 }, 'INVALID_ARG', /needs maxSize/],
    ['weakMax without weak', { max: 1, weakMax: 1 }, 'INVALID_ARG', /needs weak/],
    ['a clock that is none', { max: 1, perf: {} }, 'INVALID_ARG', /now\(\)/],
    ['a name that is empty', { max: 1, name: '' }, 'INVALID_ARG', /'name'/]
  ]
  for (const [what, options, code, words] of wrong) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => new WeakLruCache(options),
        (/** @type {any} */ error) => {
          assert.equal(error.code, `ERR_LEAKGUARD_${code}`)
          assert.match(error.message, words)
          return true
        }
      )
    })
  }

  test('of calls are refused by name too', () => {
    const cache = new WeakLruCache({ max: 2 })
    for (const call of [
      () => cache.get('a', /** @type {any} */ ({ status: {} })),
      () => cache.set('a', 1, /** @type {any} */ ({ TTL: 1 })),
      () => cache.has('a', /** @type {any} */ ({ allowStale: true })),
      () => cache.peek('a', /** @type {any} */ ({ updateAge: true }))
    ]) {
      assert.throws(call, { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
    }
    assert.throws(() => cache.set('a', 1, { ttl: -1 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => cache.set('a', 1, { size: 1 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => cache.relax(2), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.equal(cache.size, 0)
  })

  test('may be changed later where lru-cache allows it, and are checked then too', () => {
    const { at, ...time } = clock()
    const cache = new WeakLruCache({ max: 5, ...time })
    cache.set('a', 1)
    cache.ttl = 10
    cache.set('b', 2)
    at.now += 11
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.ttl], [1, undefined, 10])
    assert.throws(() => Object.assign(cache, { allowStale: 7 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => Object.assign(cache, { max: 7 }), TypeError)
    assert.equal(cache.allowStale, false)
    const copy = new WeakLruCache(/** @type {any} */ (cache))
    assert.deepEqual([copy.max, copy.weak], [5, false])
  })

  test('a large max costs nothing until it is used', () => {
    const before = process.memoryUsage()
    const caches = Array.from({ length: 20 }, () => new WeakLruCache({ max: 50_000_000, ttl: 1000, weak: true }))
    const after = process.memoryUsage()
    assert.equal(caches.length, 20)
    // One byte for each place would be a gigabyte; what else the process allocates meanwhile is some megabytes.
    assert.ok(after.heapUsed + after.external - before.heapUsed - before.external < 50e6)
  })

  test('any value may be a key', () => {
    const cache = new WeakLruCache({ max: 10 })
    const keys = [undefined, null, Number.NaN, 0, '', {}, () => {}, Symbol('s'), 10n, true]
    keys.forEach((key, i) => {
      assert.equal(cache.get(key), undefined)
      cache.set(key, i + 1)
    })
    keys.forEach((key, i) => void assert.equal(cache.get(key), i + 1))
    assert.equal(cache.size, keys.length)
  })
})

describe('entries', () => {
  test('peek and has leave the order alone, get does not', () => {
    const cache = new WeakLruCache({ max: 3 })
    cache.set('a', 1).set('b', 2).set('c', 3)
    assert.equal(cache.peek('a'), 1)
    assert.equal(cache.has('a'), true)
    cache.set('d', 4)
    assert.equal(cache.has('a'), false)
    cache.get('b')
    cache.set('e', 5)
    assert.deepEqual([...cache.keys()], ['e', 'b', 'd'])
    assert.deepEqual([...cache.rkeys()], ['d', 'b', 'e'])
    assert.deepEqual([...cache.values()], [5, 2, 4])
    assert.deepEqual([...cache.rvalues()], [4, 2, 5])
    assert.deepEqual(
      [...cache.rentries()],
      [
        ['d', 4],
        ['b', 2],
        ['e', 5]
      ]
    )
  })

  test('undefined as a value deletes', () => {
    const cache = new WeakLruCache({ max: 3 })
    cache.set('a', 1)
    assert.equal(cache.set('a', undefined), cache)
    assert.equal(cache.size, 0)
    assert.equal(cache.delete('a'), false)
  })

  test('going through all visits newest first, and what is deleted meanwhile no more', () => {
    const cache = new WeakLruCache({ max: 5 })
    for (let i = 0; i < 5; i++) cache.set(i, i * 10)
    /** @type {unknown[]} */
    const seen = []
    for (const [key] of cache) {
      seen.push(key)
      if (key === 3) cache.delete(1)
      if (key === 2) cache.get(0)
    }
    assert.deepEqual(seen, [4, 3, 2, 0])
    const each = /** @type {unknown[]} */ ([])
    cache.forEach(
      function (value, key, of) {
        each.push([value, key, of === cache, /** @type {any} */ (this).tag])
      },
      { tag: 7 }
    )
    assert.deepEqual(each[0], [0, 0, true, 7])
    cache.rforEach((value) => void each.unshift(value))
    assert.equal(each[0], 0)
    assert.equal(
      cache.find((value) => value === 30),
      30
    )
    assert.equal([...cache.keys()][0], 3)
  })

  test('pop evicts the oldest', () => {
    const cache = new WeakLruCache({ max: 3 })
    cache.set('a', 1).set('b', 2)
    assert.equal(cache.pop(), 1)
    assert.equal(cache.pop(), 2)
    assert.equal(cache.pop(), undefined)
  })

  test('dump and load carry entries over', () => {
    const { perf, ttlResolution, at } = clock()
    const cache = new WeakLruCache({ max: 3, maxSize: 10, sizeCalculation: () => 2, perf, ttlResolution })
    cache.set('a', 1).set('b', 2, { ttl: 50 }).get('a')
    const other = new WeakLruCache({ max: 3, maxSize: 10, perf, ttlResolution })
    other.load(/** @type {any} */ (JSON.parse(JSON.stringify(cache.dump()))))
    assert.deepEqual(
      [...other],
      [
        ['a', 1],
        ['b', 2]
      ]
    )
    assert.equal(other.calculatedSize, 4)
    at.now += 60
    assert.equal(other.has('b'), false)
    assert.equal(cache.info('a')?.size, 2)
  })

  test('clear empties it, Symbol.dispose too where there is one', () => {
    const cache = new WeakLruCache({ max: 3 })
    cache.set('a', 1)
    cache.clear()
    assert.equal(cache.size, 0)
    assert.equal(cache.set('b', 2).get('b'), 2)
    if (typeof Symbol.dispose === 'symbol') {
      cache[Symbol.dispose]()
      assert.equal(cache.size, 0)
    }
  })
})

describe('sizes', () => {
  test('the sum stays below maxSize, and what is too large is not kept', () => {
    const cache = new WeakLruCache({
      maxSize: 10,
      maxEntrySize: 6,
      sizeCalculation: (/** @type {string} */ v) => v.length
    })
    cache.set('a', 'xxxx').set('b', 'xxxx')
    assert.equal(cache.calculatedSize, 8)
    cache.set('c', 'xxx')
    assert.deepEqual([cache.calculatedSize, cache.has('a')], [7, false])
    cache.set('b', 'xxxxxxx')
    assert.deepEqual([cache.calculatedSize, cache.has('b')], [3, false])
    cache.set('c', 'x', { size: 5 })
    assert.equal(cache.calculatedSize, 5)
  })

  test('an entry without a size is refused and changes nothing', () => {
    const cache = new WeakLruCache({ maxSize: 10 })
    cache.set('a', 'x', { size: 3 })
    assert.throws(() => cache.set('a', 'y'), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => cache.set('b', 'y', { size: 0.5 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.deepEqual([cache.get('a'), cache.calculatedSize, cache.size], ['x', 3, 1])
  })
})

describe('ages', () => {
  test('an entry is there until its age is over, its own before that of the cache', () => {
    const { at, ...time } = clock()
    const cache = new WeakLruCache({ max: 5, ttl: 100, ...time })
    cache.set('a', 1).set('b', 2, { ttl: 10 }).set('c', 3, { ttl: 0 })
    assert.deepEqual(
      [cache.getRemainingTTL('a'), cache.getRemainingTTL('c'), cache.getRemainingTTL('x')],
      [100, Infinity, 0]
    )
    at.now += 11
    assert.deepEqual([cache.get('a'), cache.has('b'), cache.get('b'), cache.size], [1, false, undefined, 2])
    at.now += 100
    assert.equal(cache.purgeStale(), true)
    assert.equal(cache.purgeStale(), false)
    assert.deepEqual([...cache.keys()], ['c'])
  })

  test('updateAgeOnGet, updateAgeOnHas and noUpdateTTL do what they say', () => {
    const { at, ...time } = clock()
    const cache = new WeakLruCache({ max: 5, ttl: 100, updateAgeOnGet: true, noUpdateTTL: true, ...time })
    cache.set('a', 1)
    at.now += 60
    cache.get('a')
    assert.equal(cache.getRemainingTTL('a'), 100)
    at.now += 60
    cache.has('a')
    assert.equal(cache.getRemainingTTL('a'), 40)
    cache.has('a', { updateAgeOnHas: true })
    assert.equal(cache.getRemainingTTL('a'), 100)
    at.now += 60
    cache.set('a', 2)
    assert.equal(cache.getRemainingTTL('a'), 40)
    cache.set('a', 3, { noUpdateTTL: false })
    assert.equal(cache.getRemainingTTL('a'), 100)
  })

  test('allowStale gives a stale value once', () => {
    const { at, ...time } = clock()
    const cache = new WeakLruCache({ max: 5, ttl: 10, ...time })
    cache.set('a', 1)
    at.now += 11
    assert.equal(cache.peek('a'), undefined)
    assert.equal(cache.peek('a', { allowStale: true }), 1)
    assert.equal(cache.get('a', { allowStale: true, noDeleteOnStaleGet: true }), 1)
    assert.equal(cache.get('a', { allowStale: true }), 1)
    assert.equal(cache.get('a', { allowStale: true }), undefined)
  })

  test('ttlAutopurge removes what is stale, by itself', async () => {
    /** @type {unknown[]} */
    const gone = []
    const dispose = (/** @type {any} */ _v, /** @type {any} */ key, /** @type {string} */ reason) =>
      gone.push([key, reason])
    const cache = new WeakLruCache({ max: 5, ttlAutopurge: true, dispose })
    cache.set('a', 1, { ttl: 5 }).set('b', 2)
    const end = Date.now() + 5000
    while (cache.size > 1 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual([...cache.keys()], ['b'])
    assert.deepEqual(gone, [['a', 'expire']])
  })
})

describe('callbacks', () => {
  /** @param {object} [options] */
  const told = (options) => {
    /** @type {any[]} */
    const calls = []
    const dispose = (/** @type {any[]} */ ...args) => calls.push(args)
    return { calls, cache: new WeakLruCache(/** @type {any} */ ({ max: 2, dispose, ...options })) }
  }

  test('dispose hears of each value that leaves, and why', () => {
    const { calls, cache } = told()
    cache.set('a', 1).set('a', 2).set('b', 3).set('c', 4)
    cache.delete('b')
    cache.clear()
    assert.deepEqual(calls, [
      [1, 'a', 'set'],
      [2, 'a', 'evict'],
      [3, 'b', 'delete'],
      [4, 'c', 'delete']
    ])
  })

  test('noDisposeOnSet and the same value again are not told', () => {
    const { calls, cache } = told()
    cache.set('a', 1).set('a', 1).set('a', 2, { noDisposeOnSet: true })
    assert.deepEqual(calls, [])
  })

  test('onInsert hears of each value that comes', () => {
    /** @type {any[]} */
    const calls = []
    const cache = new WeakLruCache({ max: 2, onInsert: (...args) => calls.push(args) })
    cache.set('a', 1).set('a', 1).set('a', 2)
    assert.deepEqual(calls, [
      [1, 'a', 'add'],
      [1, 'a', 'update'],
      [2, 'a', 'replace']
    ])
  })

  test('one that throws leaves the cache as it should be, and the others are called', () => {
    /** @type {any[]} */
    const after = []
    const { cache } = told({
      dispose: (/** @type {any} */ value) => {
        throw new Error(`dispose ${value}`)
      },
      disposeAfter: (/** @type {any} */ value) => after.push(value)
    })
    cache.set('a', 1).set('b', 2)
    assert.throws(() => cache.set('c', 3), /dispose 1/)
    assert.deepEqual(
      [...cache],
      [
        ['c', 3],
        ['b', 2]
      ]
    )
    assert.throws(() => cache.delete('b'), /dispose 2/)
    assert.throws(() => cache.clear(), /dispose 3/)
    assert.deepEqual([after, cache.size], [[1, 2, 3], 0])
  })

  test('sizeCalculation that throws changes nothing', () => {
    const cache = new WeakLruCache({
      maxSize: 10,
      sizeCalculation: (/** @type {number} */ v) => {
        if (v === 2) throw new Error('no size')
        return 5
      }
    })
    cache.set('a', 1).set('b', 1)
    assert.throws(() => cache.set('c', 2), /no size/)
    assert.throws(() => cache.set('a', 2), /no size/)
    assert.deepEqual(
      [...cache],
      [
        ['b', 1],
        ['a', 1]
      ]
    )
  })

  test('a callback may use the cache', () => {
    /** @type {any[]} */
    const calls = []
    const cache = new WeakLruCache({
      max: 2,
      dispose: (/** @type {number} */ value, key, reason) => {
        calls.push(`${reason} ${key}`)
        if (key === 'a') cache.set('again', value)
      }
    })
    cache.set('a', 1).set('b', 2).set('c', 3)
    assert.deepEqual([...cache.keys()], ['again', 'c'])
    assert.deepEqual(calls, ['evict a', 'evict b'])
  })
})

test('memo makes what is missing', () => {
  const cache = new WeakLruCache({
    max: 2,
    memoMethod: (/** @type {number} */ key, _stale, { context }) => key * Number(context)
  })
  assert.equal(cache.memo(2, { context: 10 }), 20)
  assert.equal(cache.memo(2, { context: 100 }), 20)
  assert.equal(cache.memo(2, { context: 100, forceRefresh: true }), 200)
  assert.throws(() => new WeakLruCache({ max: 1 }).memo(1), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
})

test('stats count what happened, and about how many keys there were', () => {
  const cache = new WeakLruCache({ max: 100 })
  for (let i = 0; i < 20_000; i++) if (cache.get(`key ${i}`) === undefined) cache.set(`key ${i}`, i)
  for (let i = 0; i < 50; i++) cache.get('key 19999')
  const { hits, misses, evictions, keys } = cache.stats
  assert.deepEqual([hits, misses, evictions], [50, 20_000, 19_900])
  assert.ok(Math.abs(keys - 20_000) < 2500, String(keys))
  const few = new WeakLruCache({ max: 10 })
  for (let i = 0; i < 40_000; i++) few.set(`key ${i % 50}`, i)
  assert.ok(few.stats.keys <= 60, String(few.stats.keys))
})

test('leakguard:cache tells who listens', () => {
  const { channel } = require('node:diagnostics_channel')
  /** @type {any[]} */
  const heard = []
  const listener = (/** @type {any} */ message) => heard.push([message.op, message.key, message.outcome])
  const cache = new WeakLruCache({ max: 1 })
  channel('leakguard:cache').subscribe(listener)
  cache.get('a')
  cache.set('a', 1).get('a')
  cache.set('b', 2)
  cache.delete('b')
  channel('leakguard:cache').unsubscribe(listener)
  cache.set('c', 3)
  assert.deepEqual(heard, [
    ['get', 'a', 'miss'],
    ['set', 'a', 'add'],
    ['get', 'a', 'hit'],
    ['remove', 'a', 'evict'],
    ['set', 'b', 'add'],
    ['remove', 'b', 'delete']
  ])
})

// @ts-check
// The cache beside a naive one that keeps an array in order: the same answers and the same evictions, over millions of
// random operations.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { WeakLruCache } = require('leakguard')

const OPS = 150_000

/** xorshift32 (Marsaglia 2003). @param {number} seed */
function randomOf(seed) {
  let state = seed
  return (/** @type {number} */ below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Exact LRU, the stupid way: newest last. */
class Naive {
  /** @param {{ max: number, maxSize: number, ttl: number, weakMax: number, now: () => number }} limits */
  constructor(limits) {
    this.limits = limits
    /** @type {{ key: any, value: any, size: number, endsAt: number }[]} */
    this.entries = []
    /** @type {string[]} */
    this.disposed = []
  }
  /** @param {any} key */
  at(key) {
    return this.entries.findIndex((entry) => entry.key === key)
  }
  /** @param {number} i @param {string} reason */
  drop(i, reason) {
    const [{ key, value }] = this.entries.splice(i, 1)
    this.disposed.push(`${reason} ${key} ${value.n}`)
  }
  /** @param {{ endsAt: number }} entry */
  isStale({ endsAt }) {
    return this.limits.now() > endsAt
  }
  /** What is held strongly: the newest, within both bounds. */
  strong() {
    const { max, maxSize } = this.limits
    let bytes = 0
    let count = 0
    for (const { size } of [...this.entries].reverse()) {
      if (count + 1 > max || bytes + size > maxSize) break
      bytes += size
      count++
    }
    return { count, bytes }
  }
  fit() {
    while (this.entries.length > this.strong().count + this.limits.weakMax) this.drop(0, 'evict')
  }
  /** @param {any} key @param {any} value @param {number} size @param {number} ttl */
  set(key, value, size, ttl) {
    const i = this.at(key)
    if (i >= 0) this.drop(i, 'set')
    this.entries.push({ key, value, size, endsAt: ttl ? this.limits.now() + ttl : Infinity })
    this.fit()
  }
  /** @param {any} key */
  get(key) {
    const i = this.at(key)
    if (i < 0) return undefined
    if (this.isStale(this.entries[i])) {
      this.drop(i, 'expire')
      return undefined
    }
    const [entry] = this.entries.splice(i, 1)
    this.entries.push(entry)
    this.fit()
    return entry.value
  }
  /** @param {any} key */
  peek(key) {
    const entry = this.entries[this.at(key)]
    return entry && !this.isStale(entry) ? entry.value : undefined
  }
  /** @param {any} key */
  delete(key) {
    const i = this.at(key)
    if (i >= 0) this.drop(i, 'delete')
    return i >= 0
  }
  live() {
    return [...this.entries].reverse().filter((entry) => !this.isStale(entry))
  }
}

/** @param {{ max?: number, maxSize?: number, ttl?: boolean, weakMax?: number, keys: number, hasDispose?: boolean, ops?: number }} kind @param {number} seed */
function compare({ max, maxSize, ttl, weakMax, keys, hasDispose = true, ops = OPS }, seed) {
  const random = randomOf(seed)
  let now = 1
  /** @type {string[]} */
  const disposed = []
  const cache = new WeakLruCache({
    ...(max ? { max } : {}),
    ...(maxSize ? { maxSize } : {}),
    ...(weakMax === undefined ? {} : { weak: true, weakMax }),
    ...(hasDispose ? { dispose: (value, key, reason) => disposed.push(`${reason} ${key} ${value.n}`) } : {}),
    ttlResolution: 0,
    perf: { now: () => now }
  })
  const limits = { max: max ?? Infinity, maxSize: maxSize ?? Infinity, ttl: 0, weakMax: weakMax ?? 0, now: () => now }
  const naive = new Naive(limits)
  for (let i = 0; i < ops; i++) {
    const key = random(4) === 0 ? random(keys) : random(Math.ceil(keys / 4))
    const size = maxSize ? 1 + random(Math.ceil(maxSize / 3)) : 1
    const what = random(100)
    if (what < 45) {
      assert.equal(cache.get(key), naive.get(key), `get ${key}, operation ${i}`)
    } else if (what < 80) {
      const value = { n: i }
      const age = ttl && random(2) === 0 ? 1 + random(30) : 0
      cache.set(key, value, { ...(maxSize ? { size } : {}), ...(ttl ? { ttl: age } : {}) })
      naive.set(key, value, size, age)
    } else if (what < 88) {
      assert.equal(cache.delete(key), naive.delete(key), `delete ${key}, operation ${i}`)
    } else if (what < 92) {
      assert.equal(cache.peek(key), naive.peek(key), `peek ${key}, operation ${i}`)
    } else if (what < 96) {
      assert.equal(cache.has(key), naive.peek(key) !== undefined, `has ${key}, operation ${i}`)
    } else if (ttl && what < 98) now += random(10)
    else if (random(200) === 0) {
      const live = naive.live()
      assert.deepEqual(
        [...cache.keys()],
        live.map((entry) => entry.key),
        `order, operation ${i}`
      )
      assert.deepEqual([...cache.rvalues()], live.map((entry) => entry.value).reverse())
    }
    if (hasDispose && disposed.length + naive.disposed.length > 0) {
      assert.deepEqual(disposed, naive.disposed, `what was disposed of, operation ${i}`)
      disposed.length = naive.disposed.length = 0
    }
    assert.equal(cache.size, naive.entries.length, `size, operation ${i}`)
  }
  assert.equal(cache.calculatedSize, maxSize ? naive.strong().bytes : 0)
}

/** @type {[string, Parameters<typeof compare>[0]][]} */
const kinds = [
  ['one entry', { max: 1, keys: 4 }],
  ['a few entries', { max: 5, keys: 20 }],
  ['a hundred entries', { max: 100, keys: 300 }],
  ['a thousand entries, more than a batch of victims', { max: 1000, keys: 3000, ops: 60_000 }],
  ['the short way without callbacks', { max: 37, keys: 120, hasDispose: false }],
  ['sizes', { maxSize: 200, keys: 60 }],
  ['sizes and entries', { max: 12, maxSize: 100, keys: 60 }],
  ['ages', { max: 20, ttl: true, keys: 60 }],
  ['ages, sizes and entries', { max: 20, maxSize: 300, ttl: true, keys: 60 }],
  ['weak values, all alive', { max: 10, weakMax: 15, keys: 60 }]
]

for (const [name, kind] of kinds) {
  test(`answers and evicts as a naive exact LRU: ${name}`, () => {
    for (const seed of [1, 77]) compare(kind, seed)
  })
}

test('an order that is not exact would be noticed', () => {
  const cache = new WeakLruCache({ max: 2 })
  cache.set('a', 1).set('b', 2)
  cache.get('a')
  cache.set('c', 3)
  assert.deepEqual([...cache.keys()], ['c', 'a'])
})

// @ts-check
// One library in a process of its own, so that compiled code and garbage are its own: runs an operation when it is told
// to and answers with nanoseconds of CPU for each.
'use strict'

const path = require('node:path')
const { createRequire } = require('node:module')

const [name, rivals] = process.argv.slice(2)
const load = createRequire(path.join(rivals, 'package.json'))

/** A Map with the interface of a cache, and no bound. */
class Bare extends Map {}

/** @type {Record<string, (max: number, options?: any) => any>} */
const MAKE = {
  leakguard: (max, options) => new (require('../../index.js').WeakLruCache)({ max, ...options }),
  'leakguard weak': (max) => new (require('../../index.js').WeakLruCache)({ max, weak: true, weakMax: max }),
  'lru-cache': (max, options) => new (load('lru-cache').LRUCache)({ max, ...options }),
  'quick-lru': (max, options) => new quick({ maxSize: max, ...(options?.ttl ? { maxAge: options.ttl } : {}) }),
  mnemonist: (max) => new (load('mnemonist/lru-map-with-delete'))(max),
  'tiny-lru': (max, options) => load('tiny-lru').lru(max, options?.ttl ?? 0),
  'weak-lru-cache': (max) => new (load('weak-lru-cache').WeakLRUCache)({ cacheSize: max }),
  Map: () => new Bare()
}
/** @type {any} */
let quick
const make = MAKE[name]
const has = (/** @type {any} */ cache, /** @type {string} */ method) => typeof cache[method] === 'function'

/** xorshift32 (Marsaglia 2003): the same numbers for all. */
let state = 1
function random() {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

const key = {
  string: (/** @type {number} */ i) => `user:${i}`,
  object: (/** @type {number} */ i) => ({ i }),
  number: (/** @type {number} */ i) => i
}
/** @param {'string' | 'object' | 'number'} kind @param {number} count */
const keysOf = (kind, count) => Array.from({ length: count }, (_, i) => key[kind](i))
const value = (/** @type {number} */ i) => ({ i })

/** @param {any} cache @param {any[]} keys @param {number} count */
function fill(cache, keys, count) {
  for (let i = 0; i < count; i++) cache.set(keys[i], value(i))
  return cache
}

/** Exponent 1 over `count` ranks, by inversion of the continuous distribution. @param {number} count @param {number} draws */
function zipf(count, draws) {
  return Uint32Array.from({ length: draws }, () => Math.min(count - 1, Math.floor((count + 1) ** random() - 1)))
}

/** What is read goes here, so that reading it is not left out. @type {{ last: any }} */
const sink = { last: undefined }
const DRAWS = 200_000
/** weak-lru-cache takes and gives values by other names. */
const isWeakRival = name === 'weak-lru-cache'
/** @param {any} cache @param {any} k */
const read = (cache, k) => (isWeakRival ? cache.getValue(k) : cache.get(k))
/** @param {any} cache @param {any} k @param {any} v */
const write = (cache, k, v) => (isWeakRival ? cache.setValue(k, v) : cache.set(k, v))

/** Each makes what is timed: a function that does `count` operations. */
const OPERATIONS = {
  hit: (/** @type {number} */ max, /** @type {any} */ kind, /** @type {any} */ options) => {
    const keys = keysOf(kind, max)
    const cache = fill(make(max, options), keys, max)
    const order = Uint32Array.from({ length: DRAWS }, () => Math.floor(random() * max))
    return {
      count: DRAWS,
      run() {
        for (let i = 0; i < DRAWS; i++) sink.last = cache.get(keys[order[i]])
      }
    }
  },
  miss: (/** @type {number} */ max, /** @type {any} */ kind) => {
    const count = Math.max(DRAWS, max)
    const keys = keysOf(kind, 2 * count)
    const cache = fill(make(max), keys, max)
    let at = 0
    return {
      count: DRAWS,
      run() {
        for (let i = 0; i < DRAWS; i++) {
          const k = keys[at]
          at = (at + 1) % keys.length
          if (cache.get(k) === undefined) cache.set(k, value(i))
        }
      }
    }
  },
  mix: (/** @type {number} */ max, /** @type {any} */ kind) => {
    const keys = keysOf(kind, 5 * max)
    const cache = make(max)
    const order = zipf(5 * max, DRAWS)
    return {
      count: DRAWS,
      run() {
        for (let i = 0; i < DRAWS; i++) {
          const k = keys[order[i]]
          if (cache.get(k) === undefined) cache.set(k, value(i))
        }
      }
    }
  },
  // With turns of the event loop, as servers have: what a WeakRef was made of or read from lives to the end of a job.
  turns: (/** @type {number} */ max, /** @type {any} */ kind) => {
    const keys = keysOf(kind, 5 * max)
    const cache = make(max)
    const order = zipf(5 * max, DRAWS)
    return {
      count: DRAWS,
      async run() {
        for (let i = 0; i < DRAWS; i++) {
          const k = keys[order[i]]
          const found = read(cache, k)
          if (found === undefined) write(cache, k, value(i))
          if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
      }
    }
  },
  delete: (/** @type {number} */ max, /** @type {any} */ kind) => {
    const keys = keysOf(kind, max)
    const cache = fill(make(max), keys, max)
    if (!has(cache, 'delete')) return
    const order = Uint32Array.from({ length: DRAWS }, () => Math.floor(random() * max))
    return {
      count: DRAWS,
      run() {
        for (let i = 0; i < DRAWS; i++) {
          const k = keys[order[i]]
          cache.delete(k)
          cache.set(k, value(i))
        }
      }
    }
  },
  iterate: (/** @type {number} */ max, /** @type {any} */ kind) => {
    const cache = fill(make(max), keysOf(kind, max), max)
    if (typeof cache[Symbol.iterator] !== 'function') return
    const rounds = Math.max(1, Math.floor(DRAWS / max))
    return {
      count: rounds * max,
      run() {
        for (let i = 0; i < rounds; i++) for (const pair of cache) sink.last = pair
      }
    }
  }
}

/** Bytes for each entry: heap and what is outside of it, keys and values not counted. @param {number} max */
function bytes(max) {
  const gc = /** @type {() => void} */ (/** @type {any} */ (globalThis).gc)
  const keys = keysOf('string', max)
  const values = keys.map((_, i) => value(i))
  const held = () => {
    for (let i = 0; i < 3; i++) gc()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  write(make(16), 'warm', values[0])
  const before = held()
  const cache = make(max)
  for (let i = 0; i < max; i++) write(cache, keys[i], values[i])
  const after = held()
  sink.last = [cache, keys, values]
  return (after - before) / max
}

/** @type {{ count: number, run: () => void | Promise<void> } | undefined} */
let prepared

process.on('message', async (/** @type {any} */ { op, max, kind, ttl }) => {
  quick ??= name === 'quick-lru' ? (await import(load.resolve('quick-lru'))).default : undefined
  if (op === 'bytes') return process.send?.(bytes(max))
  if (op !== 'again') {
    const { gc } = /** @type {any} */ (globalThis)
    prepared = undefined
    gc?.()
    state = 1
    try {
      prepared = /** @type {any} */ (OPERATIONS)[op](max, kind, ttl ? { ttl } : undefined)
    } catch {
      prepared = undefined
    }
    for (let i = 0; i < 3; i++) await prepared?.run()
    return process.send?.(prepared ? 'ready' : null)
  }
  if (!prepared) return process.send?.(null)
  // CPU time, collections included: on a shared machine the clock tells more of the others than of us.
  const before = process.cpuUsage()
  await prepared.run()
  const { user, system } = process.cpuUsage(before)
  process.send?.(((user + system) * 1000) / prepared.count)
})

// @ts-check
// Tells the ledger of caches: ours by their own counts, those of lru-cache by what they publish on their diagnostics
// channel. Listening makes each of their operations dearer, so it is done for one tick in twenty.
'use strict'

const { channel } = require('node:diagnostics_channel')
const { nowMs } = require('../base/clock.js')
const { callSite } = require('../v8/call-site.js')
const { KeySketch } = require('../cache/keys.js')
const { isAnyMadeSince, madeSince } = require('../cache/registry.js')
const { weakRef } = require('../base/natives.js')

/** Ours are asked this often, in milliseconds. */
const EVERY_MS = 1000
/** Listening is for one tick in so many. */
const LISTEN_ONE_IN = 20
const LIBRARY = /[\\/]lru-cache[\\/]/

/** What was heard of one lru-cache. */
class Heard {
  constructor() {
    this.hits = 0
    this.misses = 0
    this.evictions = 0
    this.stale = 0
    this.additions = 0
    this.sketch = new KeySketch()
  }

  /** @param {any} status as lru-cache publishes it */
  take(status) {
    const { op, cache } = status
    const found = op === 'get' ? status.get : op === 'fetch' ? status.fetch : op === 'memo' ? status.memo : undefined
    if (found === 'hit') this.hits++
    else if (found !== undefined && found !== 'fetching' && found !== 'inflight') {
      this.misses++
      if (found === 'stale') this.stale++
    }
    if (op === 'set' && status.set === 'add') {
      this.additions++
      this.sketch.sample(status.key)
      if (cache.max > 0 && cache.size >= cache.max) this.evictions++
    }
  }

  numbers(/** @type {any} */ { max = 0, calculatedSize = 0 }) {
    const { hits, misses, evictions, stale, additions } = this
    return [max, calculatedSize, hits, misses, evictions, stale, additions, this.sketch.count(additions)]
  }
}

class CacheWatch {
  /** @param {InstanceType<typeof import('../../native.js').ThreadLedger>} ledger @param {import('./slots.js').SlotsLike} slots */
  constructor(ledger, slots) {
    this.ledger = ledger
    this.slots = slots
    this.next = 0
    this.atMs = -Infinity
    this.ticks = 0
    /** @type {{ ref: WeakRef<any>, slot: number, numbers: (cache: any) => number[] }[]} */
    this.followed = []
    /** @type {WeakMap<object, Heard>} */
    this.heard = new WeakMap()
    this.channel = channel('lru-cache:metrics')
    this.listener = listenerFor(weakRef(this))
    this.isListening = false
    this.listen(true)
  }

  /** One turn of the guard's timer. */
  tick() {
    this.listen(++this.ticks % LISTEN_ONE_IN === 0)
  }

  /** @param {boolean} wanted */
  listen(wanted) {
    if (this.isListening === wanted) return
    this.isListening = wanted
    if (wanted) this.channel.subscribe(this.listener)
    else this.channel.unsubscribe(this.listener)
  }

  /** @param {any} status */
  hear(status) {
    const { cache } = status
    if (cache === null || typeof cache !== 'object') return
    let heard = this.heard.get(cache)
    if (!heard) {
      heard = new Heard()
      this.heard.set(cache, heard)
      const site = callSite(this.listener)
        .split('\n')
        .filter((frame) => !LIBRARY.test(frame))
        .join('\n')
      this.follow(cache, cache.constructor?.name || 'LRUCache', site, (of) => /** @type {Heard} */ (heard).numbers(of))
    }
    heard.take(status)
  }

  /** @param {any} cache @param {string} name @param {string} site @param {(cache: any) => number[]} numbers */
  follow(cache, name, site, numbers) {
    // A bound in sizes is a bound as well: what fills up to it does not leak.
    const bound = cache.max > 0 ? cache.max + (cache.weakMax ?? 0) : cache.maxSize > 0 ? Number.MAX_SAFE_INTEGER : 0
    const slot = this.slots.addCache(cache, name, site, bound)
    if (slot !== undefined) this.followed.push({ ref: weakRef(cache), slot, numbers })
  }

  /** Asks all caches. @param {boolean} isDue now, however long ago the last time was */
  refresh(isDue) {
    const now = nowMs()
    if (!isDue && now - this.atMs < EVERY_MS && !isAnyMadeSince(this.next)) return
    this.atMs = now
    const { made, next } = madeSince(this.next)
    this.next = next
    for (const { cache, name, site } of made) this.follow(cache, name, site, ours)
    const slots = /** @type {number[]} */ ([])
    const numbers = /** @type {number[]} */ ([])
    this.followed = this.followed.filter(({ ref, slot, numbers: read }) => {
      const cache = ref.deref()
      if (cache === undefined || !this.slots.isCache(slot, cache)) return false
      slots.push(slot)
      numbers.push(...read(cache))
      return true
    })
    if (slots.length > 0) this.ledger.useCaches(slots, numbers)
  }

  stop() {
    this.listen(false)
  }
}

/** @param {any} cache one of ours */
function ours({ max, calculatedSize, stats }) {
  const { hits, misses, evictions, stale, collected, additions, keys } = stats
  return [max, calculatedSize, hits, misses, evictions + collected, stale, additions, keys]
}

/** Hears for a watch that it does not keep. @param {WeakRef<CacheWatch>} ref */
function listenerFor(ref) {
  const listener = (/** @type {any} */ status) => {
    const watch = ref.deref()
    if (!watch) {
      channel('lru-cache:metrics').unsubscribe(listener)
      return
    }
    try {
      watch.hear(status)
    } catch {
      // A getter of a subclass: of this one nothing is known.
    }
  }
  return listener
}

module.exports = { CacheWatch }

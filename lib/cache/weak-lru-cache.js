// @ts-check
// A bounded cache in exact least-recently-used order, its values held strongly or, past the bound, weakly. Names are
// those of lru-cache 11. A method first brings the cache into its new state, then calls the program: a callback that
// throws leaves nothing half done.
'use strict'

const { callSite } = require('../v8/call-site.js')
const { invalidArg } = require('../base/errors.js')
const { Ages } = require('./ages.js')
const { copied, enlarged } = require('./arrays.js')
const { CHANGEABLE, readCacheOptions, checkCall, checkSize, checkTtl } = require('./cache-options.js')
const { Callbacks } = require('./callbacks.js')
const { events } = require('./channel.js')
const { Flight } = require('./flight.js')
const { KeySketch, SAMPLE_EVERY } = require('./keys.js')
const { Order, CLOCK_MAX, CAPACITY_MIN } = require('./order.js')
const { register } = require('./registry.js')
const { lookAfter, relaxIfShort } = require('./sweeper.js')
const { WeakValues } = require('./weak-values.js')

/** Stands for a value that the native table holds weakly. */
const kWeak = Symbol('weak')
/** No key is this. */
const kNothing = Symbol('nothing')
/** Slots looked at in one sweep. */
const SWEEP_SLOTS = 8192
/** With weak values the heap is looked at once in so many additions. */
const PRESSURE_EVERY = 64
const realPerf = performance
/** What an iterator yields. */
const PAIRS = 0
const KEYS = 1
const VALUES = 2

/** @typedef {'evict' | 'set' | 'delete' | 'expire' | 'fetch'} Reason */

class WeakLruCache {
  #max
  #maxSize
  #maxEntrySize
  #weakMax
  #options
  #name
  /** @type {Map<any, number>} */
  #slots = new Map()
  /** @type {any[]} */
  #keys = new Array(CAPACITY_MIN)
  /** @type {any[]} */
  #values = new Array(CAPACITY_MIN)
  /** Slots that were used and are free. @type {number[]} */
  #free = []
  #used = 0
  #capacity = CAPACITY_MIN
  #capacityMax
  #order = new Order()
  #strong = 0
  /** What may be held strongly now: less than the bounds while memory is short. */
  #strongMax
  #strongSizeMax
  #calculatedSize = 0
  /** @type {Float64Array | undefined} */
  #sizes
  /** Where an entry may expire. @type {InstanceType<typeof Ages> | undefined} */
  #ages
  /** Where values may be held weakly. @type {InstanceType<typeof WeakValues> | undefined} */
  #weak
  /** A hit needs nothing but a touch, of an entry that is not stale. */
  #isPlain = false
  /** So does a new entry, besides: no sizes, ages, references or callbacks. */
  #isSimple = false
  #hasCallbacks
  #callbacks = new Callbacks()
  /** The string that was last asked for and not there: its addition is next, as a rule. @type {any} */
  #missing = kNothing
  #sketch = new KeySketch()
  #additions = 0
  #hits = 0
  #misses = 0
  #evictions = 0
  #stale = 0
  #collected = 0
  #perf
  #cursor = 0
  #sinceLook = 0
  /** What the sweeper holds weakly: it goes with the cache. @type {import('./sweeper.js').Looked | undefined} */
  #looked

  /** @param {any} options see index.d.ts */
  constructor(options) {
    const read = readCacheOptions(options)
    this.#options = read
    this.#max = read.max
    this.#maxSize = read.maxSize
    this.#maxEntrySize = read.maxEntrySize
    this.#weakMax = read.weak ? read.weakMax : 0
    this.#strongMax = read.max || Infinity
    this.#strongSizeMax = read.maxSize || Infinity
    this.#capacityMax = read.max ? read.max + this.#weakMax : Infinity
    this.#perf = read.perf ?? realPerf
    this.#hasCallbacks = Boolean(read.dispose || read.disposeAfter || read.onInsert)
    this.#name = read.name ?? 'WeakLruCache'
    if (read.weak) this.#weak = new WeakValues(read.weakMax)
    if (read.maxSize) this.#sizes = new Float64Array(CAPACITY_MIN)
    this.#settle()
    register(this, this.#name, callSite(new.target))
  }

  // As in lru-cache, these may be changed later, and hold for the calls that follow.
  static {
    for (const name of CHANGEABLE) {
      Object.defineProperty(WeakLruCache.prototype, name, {
        get() {
          return this.#options[name]
        },
        set(value) {
          this.#options = readCacheOptions({ ...this.#options, [name]: value })
          this.#settle()
        },
        configurable: true
      })
    }
  }

  /** What follows from the options. */
  #settle() {
    const { ttl, ttlAutopurge, ttlResolution, updateAgeOnGet, fetchMethod, maxEntrySize } = this.#options
    this.#maxEntrySize = maxEntrySize
    if (maxEntrySize && !this.#sizes) this.#sizes = new Float64Array(this.#capacity)
    if (ttl && !this.#ages) this.#trackAges()
    if (this.#ages) this.#ages.resolution = ttlResolution
    if ((this.#weak || ttlAutopurge) && !this.#looked) this.#care()
    this.#isPlain = !updateAgeOnGet && !fetchMethod
    this.#isSimple = this.#isPlain && !this.#hasCallbacks && !this.#weak && !this.#sizes && !this.#ages
  }

  // ---- what it is

  get max() {
    return this.#max
  }
  get maxSize() {
    return this.#maxSize
  }
  get weakMax() {
    return this.#weakMax
  }
  get weak() {
    return this.#weak !== undefined
  }
  get name() {
    return this.#name
  }
  get perf() {
    return this.#perf
  }
  get fetchMethod() {
    return this.#options.fetchMethod
  }
  get memoMethod() {
    return this.#options.memoMethod
  }
  get dispose() {
    return this.#options.dispose
  }
  get disposeAfter() {
    return this.#options.disposeAfter
  }
  get onInsert() {
    return this.#options.onInsert
  }
  /** Entries, those included that are held weakly and those that expired and were not met since. */
  get size() {
    return this.#slots.size
  }
  /** Sum of the sizes of what is held strongly. */
  get calculatedSize() {
    return this.#calculatedSize
  }
  /** What happened so far. */
  get stats() {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      stale: this.#stale,
      collected: this.#collected,
      additions: this.#additions,
      keys: this.#sketch.count(this.#additions),
      strong: this.#strong,
      weak: this.#weak?.count ?? 0
    }
  }
  get [Symbol.toStringTag]() {
    return 'WeakLruCache'
  }

  // ---- asking

  /** @param {any} key @param {any} [options] */
  get(key, options) {
    const slot = this.#slots.get(key)
    if (slot !== undefined && this.#isPlain && options === undefined) {
      const value = this.#values[slot]
      if (value !== kWeak && !events.hasSubscribers && (this.#ages === undefined || !this.#ages.isStale(slot))) {
        this.#hits++
        const order = this.#order
        if (order.clock === CLOCK_MAX) order.renumber()
        order.stamps[slot] = ++order.clock
        return value
      }
    } else if (slot === undefined && options === undefined && !events.hasSubscribers) {
      this.#misses++
      if (typeof key === 'string') this.#missing = key
      return undefined
    }
    return this.#getFully(key, slot, checkCall('get', options))
  }

  /** @param {any} key @param {number | undefined} slot @param {any} options */
  #getFully(key, slot, options) {
    const { allowStale, updateAgeOnGet, noDeleteOnStaleGet } = this.#options
    if (slot === undefined) return this.#missed(key, 'miss')
    const held = this.#values[slot]
    const flight = this.#flightIn(held)
    if (this.#isStale(slot)) {
      const value = flight ? flight.stale : this.#read(slot)
      this.#stale++
      const isGiven = (options.allowStale ?? allowStale) && value !== undefined
      if (!flight && !(options.noDeleteOnStaleGet ?? noDeleteOnStaleGet)) this.#remove(slot, 'expire')
      if (isGiven) {
        this.#hits++
        this.#tell('get', key, 'stale')
      } else this.#missed(key, 'stale')
      this.#callBack()
      return isGiven ? value : undefined
    }
    const value = flight ? flight.stale : this.#take(slot)
    if (value === undefined) {
      if (!flight) this.#dropDead(slot)
      else this.#order.touch(slot)
      return this.#missed(key, flight ? 'fetching' : 'collected')
    }
    if (flight) this.#order.touch(slot)
    if (options.updateAgeOnGet ?? updateAgeOnGet) this.#ages?.renew(slot)
    this.#hits++
    this.#tell('get', key, 'hit')
    this.#callBack()
    return value
  }

  /** @param {any} key @param {string} outcome */
  #missed(key, outcome) {
    this.#misses++
    this.#tell('get', key, outcome)
    return undefined
  }

  /** @param {any} key @param {any} [options] */
  has(key, options) {
    const { updateAgeOnHas = this.#options.updateAgeOnHas } = checkCall('has', options)
    const slot = this.#slots.get(key)
    if (slot === undefined || this.#isStale(slot)) return false
    const held = this.#values[slot]
    const flight = this.#flightIn(held)
    if (flight ? flight.stale === undefined : held === kWeak && this.#weak?.isDead(slot)) return false
    if (updateAgeOnHas) this.#ages?.renew(slot)
    return true
  }

  /** @param {any} key @param {any} [options] */
  peek(key, options) {
    const { allowStale = this.#options.allowStale } = checkCall('peek', options)
    const slot = this.#slots.get(key)
    if (slot === undefined || (!allowStale && this.#isStale(slot))) return undefined
    return this.#valueOf(slot)
  }

  /** @param {any} key */
  getRemainingTTL(key) {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    return this.#ages ? this.#ages.remaining(slot) : Number.POSITIVE_INFINITY
  }

  /** @param {any} key */
  info(key) {
    const slot = this.#slots.get(key)
    const value = slot === undefined ? undefined : this.#valueOf(slot)
    if (slot === undefined || value === undefined) return undefined
    const ttl = this.#ages?.ttls[slot] ?? 0
    return {
      value,
      ...(ttl ? { ttl: ttl - (this.#perf.now() - Number(this.#ages?.starts[slot])), start: Date.now() } : {}),
      ...(this.#sizes ? { size: this.#sizes[slot] } : {})
    }
  }

  // ---- changing

  /** @param {any} key @param {any} value @param {any} [options] */
  set(key, value, options) {
    if (this.#isSimple && options === undefined && value !== undefined && !events.hasSubscribers) {
      this.#setSimply(key, value)
      return this
    }
    this.#set(key, value, checkCall('set', options), undefined)
    if (this.#weak !== undefined && ++this.#sinceLook === PRESSURE_EVERY) {
      this.#sinceLook = 0
      relaxIfShort()
    }
    this.#callBack()
    return this
  }

  /** Where nothing but the order is to be kept. @param {any} key @param {any} value */
  #setSimply(key, value) {
    const order = this.#order
    if (order.clock === CLOCK_MAX) order.renumber()
    let slot = key === this.#missing ? undefined : this.#slots.get(key)
    if (slot === undefined) {
      this.#missing = kNothing
      if (this.#strong < this.#max) {
        slot = this.#free.pop() ?? this.#newSlot()
        this.#strong++
      } else {
        slot = order.oldest()
        this.#slots.delete(this.#keys[slot])
        this.#evictions++
      }
      this.#keys[slot] = key
      this.#slots.set(key, slot)
      if (++this.#additions % SAMPLE_EVERY === 0) this.#sketch.sample(key)
    }
    this.#values[slot] = value
    order.stamps[slot] = ++order.clock
  }

  /** @param {any} key @param {any} value @param {any} options @param {InstanceType<typeof Flight> | undefined} landing */
  #set(key, value, options, landing) {
    if (value === undefined) {
      const slot = this.#slots.get(key)
      if (slot !== undefined) this.#remove(slot, 'delete')
      return
    }
    const ttl = options.ttl === undefined ? this.#options.ttl : checkTtl(options.ttl)
    const size = this.#sizes === undefined ? this.#noSize(options) : this.#sizeOf(key, value, options)
    const known = this.#slots.get(key)
    if (this.#maxEntrySize !== 0 && size > this.#maxEntrySize) {
      if (known !== undefined) this.#remove(known, 'set')
      return
    }
    const slot =
      known === undefined ? this.#add(key, value, size) : this.#replace(known, key, value, size, options, landing)
    if (ttl !== 0 || this.#ages !== undefined) {
      const ages = this.#ages ?? this.#trackAges()
      if (known === undefined || !(options.noUpdateTTL ?? this.#options.noUpdateTTL))
        ages.begin(slot, ttl, options.start)
    }
    if (known === undefined) this.#tell('set', key, 'add')
  }

  /** @param {any} key @param {any} value @param {number} size @returns {number} its slot */
  #add(key, value, size) {
    while (this.#strong >= this.#strongMax || this.#calculatedSize + size > this.#strongSizeMax) {
      if (!this.#demoteOldest()) break
    }
    this.#missing = kNothing
    const slot = this.#free.pop() ?? this.#newSlot()
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#slots.set(key, slot)
    this.#order.touch(slot)
    this.#strong++
    if (this.#sizes !== undefined) {
      this.#sizes[slot] = size
      this.#calculatedSize += size
    }
    if (++this.#additions % SAMPLE_EVERY === 0) this.#sketch.sample(key)
    if (this.#hasCallbacks && this.#flightIn(value) === undefined) this.#callbacks.remember('insert', value, key, 'add')
    return slot
  }

  /**
   * @param {number} slot @param {any} key @param {any} value @param {number} size @param {any} options
   * @param {InstanceType<typeof Flight> | undefined} landing
   */
  #replace(slot, key, value, size, options, landing) {
    const flight = this.#flightIn(this.#values[slot])
    const old = flight ? flight.stale : this.#read(slot)
    if (this.#values[slot] === kWeak) this.#strengthen(slot, value)
    else this.#order.touch(slot)
    if (old !== value) this.#weak?.forget(slot)
    this.#values[slot] = value
    if (this.#sizes !== undefined) {
      this.#calculatedSize += size - this.#sizes[slot]
      this.#sizes[slot] = size
    }
    if (flight !== undefined && flight !== landing) flight.abort('replaced')
    if (this.#hasCallbacks) {
      const isSilent = options.noDisposeOnSet ?? this.#options.noDisposeOnSet
      if (old !== value && old !== undefined && !isSilent) this.#callbacks.remember('dispose', old, key, 'set')
      const how = old === undefined ? 'add' : old === value ? 'update' : 'replace'
      this.#callbacks.remember('insert', value, key, how)
    }
    this.#tell('set', key, old === undefined ? 'add' : old === value ? 'update' : 'replace')
    this.#fit()
    return slot
  }

  /** @param {any} key */
  delete(key) {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    if (this.#isSimple && !events.hasSubscribers) {
      this.#slots.delete(key)
      this.#keys[slot] = this.#values[slot] = undefined
      this.#order.stamps[slot] = 0
      this.#strong--
      this.#free.push(slot)
      return true
    }
    this.#remove(slot, 'delete')
    this.#callBack()
    return true
  }

  clear() {
    if (this.#hasCallbacks || this.#options.fetchMethod || events.hasSubscribers) {
      for (const slot of this.#ordered(true).reverse()) this.#remove(slot, 'delete')
    }
    this.#weak?.clear()
    this.#slots.clear()
    this.#keys = new Array(CAPACITY_MIN)
    this.#values = new Array(CAPACITY_MIN)
    this.#free = []
    this.#used = this.#strong = this.#calculatedSize = this.#cursor = 0
    this.#capacity = CAPACITY_MIN
    this.#order.clear()
    if (this.#sizes) this.#sizes = new Float64Array(CAPACITY_MIN)
    this.#ages?.clear(CAPACITY_MIN)
    this.#callBack()
  }

  /** Evicts the entry that was used longest ago and gives its value. */
  pop() {
    while (this.#slots.size > 0) {
      const weakest = this.#weak?.count ? this.#weak.oldest() : undefined
      const slot = weakest ?? this.#order.oldest()
      const value = this.#valueOf(slot)
      this.#remove(slot, 'evict')
      if (value !== undefined) {
        this.#callBack()
        return value
      }
    }
    return undefined
  }

  purgeStale() {
    if (!this.#ages) return false
    const before = this.#slots.size
    for (const slot of this.#ordered(true).reverse()) if (this.#isStale(slot)) this.#remove(slot, 'expire')
    this.#callBack()
    return this.#slots.size !== before
  }

  /** @param {number} fraction of what is held strongly, from 0 to 1 @returns {number} how many entries that was */
  relax(fraction) {
    if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1))
      throw invalidArg(`WeakLruCache.relax: fraction must be a number from 0 to 1, not ${String(fraction)}`)
    const wanted = Math.ceil(this.#strong * fraction)
    let relaxed = 0
    while (relaxed < wanted && this.#demoteOldest()) relaxed++
    this.#callBack()
    return relaxed
  }

  /** @param {[any, any][]} entries */
  load(entries) {
    this.clear()
    for (const [key, { value, ...entry }] of entries) {
      const start = entry.start ? { start: this.#perf.now() - (Date.now() - entry.start) } : {}
      this.set(key, value, { ...entry, ...start })
    }
  }

  dump() {
    const entries = []
    for (const slot of this.#ordered(false).reverse()) {
      const value = this.#valueOf(slot)
      if (value === undefined) continue
      const ttl = this.#ages?.ttls[slot] ?? 0
      entries.push([
        this.#keys[slot],
        {
          value,
          ...(ttl
            ? { ttl, start: Math.floor(Date.now() - (this.#perf.now() - Number(this.#ages?.starts[slot]))) }
            : {}),
          ...(this.#sizes ? { size: this.#sizes[slot] } : {})
        }
      ])
    }
    return entries
  }

  // ---- going through all

  entries() {
    return this.#walk(PAIRS, false)
  }
  rentries() {
    return this.#walk(PAIRS, true)
  }
  keys() {
    return this.#walk(KEYS, false)
  }
  rkeys() {
    return this.#walk(KEYS, true)
  }
  values() {
    return this.#walk(VALUES, false)
  }
  rvalues() {
    return this.#walk(VALUES, true)
  }
  [Symbol.iterator]() {
    return this.entries()
  }
  /** @param {(value: any, key: any, cache: this) => void} fn @param {any} [thisArg] */
  forEach(fn, thisArg = this) {
    for (const [key, value] of this.#walk(PAIRS, false)) fn.call(thisArg, value, key, this)
  }
  /** @param {(value: any, key: any, cache: this) => void} fn @param {any} [thisArg] */
  rforEach(fn, thisArg = this) {
    for (const [key, value] of this.#walk(PAIRS, true)) fn.call(thisArg, value, key, this)
  }
  /** @param {(value: any, key: any, cache: this) => unknown} fn @param {any} [options] */
  find(fn, options) {
    for (const [key, value] of this.#walk(PAIRS, false)) {
      if (fn(value, key, this)) return this.get(key, options)
    }
    return undefined
  }

  /** Slots, newest first. @param {boolean} withDead @returns {Uint32Array} */
  #ordered(withDead) {
    const strong = this.#order.sorted()
    const weak = this.#weak?.count ? this.#weak.sorted() : undefined
    if (weak === undefined) return strong.reverse()
    const all = new Uint32Array(strong.length + weak.length)
    all.set(weak)
    all.set(strong, weak.length)
    all.reverse()
    return withDead ? all : all.filter((slot) => this.#values[slot] !== kWeak || !this.#weak?.isDead(slot))
  }

  /**
   * Goes through what has a value that may be told, while others change: by the order of its beginning, without what
   * has gone since.
   * @param {typeof PAIRS | typeof KEYS | typeof VALUES} what @param {boolean} isReverse @returns {Generator<any>}
   */
  *#walk(what, isReverse) {
    const slots = this.#ordered(true)
    if (isReverse) slots.reverse()
    const { allowStale } = this.#options
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      const value = this.#valueOf(slot)
      if (value === undefined || (!allowStale && this.#isStale(slot))) continue
      if (what === KEYS) yield this.#keys[slot]
      else yield what === VALUES ? value : [this.#keys[slot], value]
    }
  }

  // ---- fetching

  /** @param {any} key @param {any} [options] @returns {Promise<any>} */
  async fetch(key, options) {
    const call = checkCall('fetch', options)
    const { allowStale, updateAgeOnGet, noDeleteOnStaleGet, fetchMethod } = this.#options
    if (!fetchMethod) {
      const { allowStale, updateAgeOnGet, noDeleteOnStaleGet } = call
      return this.get(key, { allowStale, updateAgeOnGet, noDeleteOnStaleGet })
    }
    /** @type {any} */
    const given = { allowStale, updateAgeOnGet, noDeleteOnStaleGet, ...this.#fetchDefaults(), ...defined(call) }
    const slot = this.#slots.get(key)
    const flying = slot === undefined ? undefined : this.#flightIn(this.#values[slot])
    if (flying) {
      if (given.allowStale && flying.stale !== undefined) {
        this.#hits++
        return flying.stale
      }
      this.#misses++
      return flying.awaited()
    }
    if (slot !== undefined && !given.forceRefresh && !this.#isStale(slot)) {
      const value = this.#take(slot)
      if (value !== undefined) {
        if (given.updateAgeOnGet) this.#ages?.renew(slot)
        this.#hits++
        this.#tell('get', key, 'hit')
        this.#callBack()
        return value
      }
      this.#dropDead(slot)
    }
    const wasStale = this.#slots.get(key) !== undefined && this.#isStale(/** @type {number} */ (slot))
    if (wasStale) this.#stale++
    const { context, forceRefresh, ...ofFlight } = given
    const flight = this.#depart(key, ofFlight, context)
    this.#callBack()
    if (given.allowStale && flight.stale !== undefined) {
      this.#hits++
      this.#tell('get', key, 'stale')
      return flight.stale
    }
    this.#missed(key, wasStale ? 'stale' : 'miss')
    return flight.awaited()
  }

  /** @param {any} key @param {any} [options] @returns {Promise<any>} */
  async forceFetch(key, options) {
    const value = await this.fetch(key, options)
    if (value === undefined) throw new Error('fetch() returned undefined')
    return value
  }

  #fetchDefaults() {
    const { noDeleteOnFetchRejection, allowStaleOnFetchRejection, allowStaleOnFetchAbort, ignoreFetchAbort } =
      this.#options
    const { ttl, noDisposeOnSet, noUpdateTTL, sizeCalculation } = this.#options
    return {
      noDeleteOnFetchRejection,
      allowStaleOnFetchRejection,
      allowStaleOnFetchAbort,
      ignoreFetchAbort,
      ttl,
      noDisposeOnSet,
      noUpdateTTL,
      sizeCalculation
    }
  }

  /** Begins to fetch: the flight takes the place of the value. @param {any} key @param {any} options @param {any} context */
  #depart(key, options, context) {
    const known = this.#slots.get(key)
    const stale = known === undefined ? undefined : this.#read(known)
    // An entry of its own has no age yet that `noUpdateTTL` could leave alone: as in lru-cache, it is as old as the flight.
    const departed = known === undefined && options.noUpdateTTL ? this.#perf.now() : undefined
    const flight = new Flight(key, stale, options, {
      isHere: (flight) => {
        const slot = this.#slots.get(key)
        return slot !== undefined && this.#values[slot] === flight
      },
      isGone: () => !this.#slots.has(key),
      land: (value, flight) => {
        const { ttl, start = departed, size, sizeCalculation, noDisposeOnSet } = options
        const noUpdateTTL = departed === undefined && options.noUpdateTTL
        this.#set(key, value, { ttl, start, size, sizeCalculation, noDisposeOnSet, noUpdateTTL }, flight)
        this.#callBack()
      },
      putBack: (value) => {
        const slot = this.#slots.get(key)
        if (slot !== undefined) this.#values[slot] = value
      },
      drop: () => {
        const slot = this.#slots.get(key)
        if (slot !== undefined) this.#remove(slot, 'fetch')
        this.#callBack()
      }
    })
    if (known === undefined) {
      const slot = this.#add(key, flight, 0)
      this.#ages?.begin(slot, 0, undefined)
    } else {
      if (this.#values[known] === kWeak) this.#strengthen(known, flight)
      this.#values[known] = flight
    }
    flight.take(this.#options.fetchMethod, context)
    return flight
  }

  /** @param {any} key @param {any} [options] */
  memo(key, options) {
    const { memoMethod } = this.#options
    if (!memoMethod) throw invalidArg('WeakLruCache.memo: the option memoMethod is missing')
    const { context, forceRefresh, ...rest } = checkCall('memo', options)
    const { allowStale, updateAgeOnGet, noDeleteOnStaleGet, ...ofSet } = rest
    const value = this.get(key, { allowStale, updateAgeOnGet, noDeleteOnStaleGet })
    if (value !== undefined && !forceRefresh) return value
    const made = memoMethod(key, value, { options: rest, context })
    this.set(key, made, ofSet)
    return made
  }

  // ---- slots

  #newSlot() {
    if (this.#used === this.#capacity) this.#grow()
    return this.#used++
  }

  #grow() {
    const capacity = Math.min(this.#capacity * 2, Math.max(this.#capacityMax, this.#used + 1))
    this.#keys = enlarged(this.#keys, capacity)
    this.#values = enlarged(this.#values, capacity)
    this.#order.reserve(capacity)
    this.#weak?.reserve(capacity)
    if (this.#sizes) this.#sizes = copied(this.#sizes, new Float64Array(capacity))
    this.#ages?.reserve(capacity)
    this.#capacity = capacity
  }

  /** The value of a slot, undefined where it is dead or being fetched for the first time. @param {number} slot */
  #valueOf(slot) {
    const flight = this.#flightIn(this.#values[slot])
    return flight ? flight.stale : this.#read(slot)
  }

  /** @param {any} held @returns {InstanceType<typeof Flight> | undefined} */
  #flightIn(held) {
    return this.#options.fetchMethod !== undefined && held instanceof Flight ? held : undefined
  }

  /** @param {number} slot */
  #read(slot) {
    const value = this.#values[slot]
    return value === kWeak ? this.#weak?.get(slot) : value
  }

  /** The value of a slot that is used now. @param {number} slot */
  #take(slot) {
    const value = this.#values[slot]
    if (value !== kWeak) {
      this.#order.touch(slot)
      return value
    }
    const found = this.#weak?.get(slot)
    if (found === undefined) return undefined
    this.#strengthen(slot, found)
    this.#fit()
    return found
  }

  /** Holds strongly from now on. The reference stays, for when it becomes weak again. @param {number} slot @param {any} value */
  #strengthen(slot, value) {
    this.#weak?.drop(slot)
    this.#values[slot] = value
    this.#order.touch(slot)
    this.#strong++
    if (this.#sizes) this.#calculatedSize += this.#sizes[slot]
  }

  /** Brings what is held strongly below its bounds; what was used last stays. */
  #fit() {
    while (this.#strong > this.#strongMax || this.#calculatedSize > this.#strongSizeMax) {
      if (this.#strong <= 1 || !this.#demoteOldest()) break
    }
  }

  /** Holds the strong entry that was used longest ago weakly, or evicts it. */
  #demoteOldest() {
    const slot = this.#order.oldest()
    if (slot < 0) return false
    const weak = this.#weak
    if (weak === undefined || !this.#refer(weak, slot)) {
      this.#remove(slot, 'evict')
      return true
    }
    this.#values[slot] = kWeak
    this.#order.drop(slot)
    this.#strong--
    if (this.#sizes) this.#calculatedSize -= this.#sizes[slot]
    weak.add(slot)
    while (weak.count > weak.max) this.#remove(weak.oldest(), 'evict')
    return true
  }

  /** Whether the value of a slot can be held weakly: flights cannot. @param {InstanceType<typeof WeakValues>} weak @param {number} slot */
  #refer(weak, slot) {
    const value = this.#values[slot]
    return weak.isReferred(slot) || (this.#flightIn(value) === undefined && weak.refer(slot, value))
  }

  /** Takes an entry out that V8 has collected. @param {number} slot */
  #dropDead(slot) {
    this.#collected++
    this.#free.push(slot)
    this.#unlink(slot)
  }

  /** @param {number} slot */
  #unlink(slot) {
    const key = this.#keys[slot]
    this.#slots.delete(key)
    if (this.#values[slot] === kWeak) {
      this.#weak?.drop(slot)
    } else {
      this.#order.drop(slot)
      this.#strong--
      if (this.#sizes) this.#calculatedSize -= this.#sizes[slot]
    }
    this.#weak?.forget(slot)
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    if (this.#sizes) this.#sizes[slot] = 0
    this.#ages?.forget(slot)
  }

  /** @param {number} slot @param {Reason} reason */
  #remove(slot, reason) {
    const held = this.#values[slot]
    const key = this.#keys[slot]
    const flight = this.#flightIn(held)
    if (this.#hasCallbacks || flight !== undefined) {
      const value = flight ? flight.stale : this.#read(slot)
      if (value !== undefined) this.#callbacks.remember('dispose', value, key, reason)
    }
    if (reason === 'evict') this.#evictions++
    this.#unlink(slot)
    this.#free.push(slot)
    // A flight that has failed is no longer under way, and its signal is not to be aborted then.
    if (flight !== undefined && reason !== 'fetch') flight.abort(reason === 'evict' ? 'evicted' : 'deleted')
    this.#tell('remove', key, reason)
  }

  // ---- sizes and ages

  /** @param {any} options */
  #noSize(options) {
    if (options.size !== undefined || options.sizeCalculation !== undefined) {
      throw invalidArg('WeakLruCache.set: a size needs the cache option maxSize or maxEntrySize')
    }
    return 0
  }

  /** @param {any} key @param {any} value @param {any} options */
  #sizeOf(key, value, options) {
    if (options.size) return checkSize(options.size, "option 'size'")
    const calculate = options.sizeCalculation ?? this.#options.sizeCalculation
    if (typeof calculate !== 'function')
      throw invalidArg('WeakLruCache.set: with maxSize or maxEntrySize each entry needs a size or a sizeCalculation')
    return checkSize(calculate(value, key), 'the result of sizeCalculation')
  }

  #trackAges() {
    this.#ages = new Ages(this.#capacity, this.#perf, this.#options.ttlResolution)
    this.#isSimple = false
    return this.#ages
  }

  /** @param {number} slot */
  #isStale(slot) {
    return this.#ages?.isStale(slot) === true
  }

  // ---- what others are told

  #callBack() {
    if (this.#callbacks.isDue) this.#callbacks.tell(this.#options)
  }

  /** @param {string} op @param {any} key @param {string} outcome */
  #tell(op, key, outcome) {
    if (events.hasSubscribers) events.publish({ op, key, cache: this, outcome })
  }

  // ---- care from outside

  #care() {
    this.#looked = { sweep: () => this.#sweep(), setShare: (share) => this.#setShare(share) }
    lookAfter(this.#looked)
  }

  #sweep() {
    const count = Math.min(this.#used, SWEEP_SLOTS)
    const { ttlAutopurge } = this.#options
    for (let i = 0; i < count; i++) {
      const slot = this.#cursor
      this.#cursor = slot + 1 >= this.#used ? 0 : slot + 1
      const held = this.#values[slot]
      if (held === undefined) continue
      if (held === kWeak && this.#weak?.isDead(slot)) this.#dropDead(slot)
      else if (ttlAutopurge && this.#isStale(slot)) this.#remove(slot, 'expire')
    }
    this.#callBack()
  }

  /** @param {number} share */
  #setShare(share) {
    if (this.#weak === undefined) return
    this.#strongMax = this.#max ? Math.max(1, Math.floor(this.#max * share)) : Infinity
    this.#strongSizeMax = this.#maxSize ? Math.max(1, Math.floor(this.#maxSize * share)) : Infinity
    this.#fit()
    // It may be the addition to another cache that has brought us here.
    if (this.#callbacks.isDue) queueMicrotask(() => this.#callBack())
  }
}

/** @param {any} options without those that are undefined */
function defined(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

// Node 20 before 20.4 has no such symbol.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(WeakLruCache.prototype, Symbol.dispose, {
    value() {
      this.clear()
    },
    configurable: true,
    writable: true
  })
}

module.exports = { WeakLruCache }

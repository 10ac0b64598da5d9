// @ts-check
// The weak side of the ledger: one weak reference a slot, and how to read what it holds now. Writes numbers into a
// page that the native side takes in; knows neither hooks nor verdicts. Runs no user code but a tracked collection's
// own `size` or `length`.
'use strict'

const { nowMs } = require('../base/clock.js')
const { BY_FETCH } = require('../v8/call-site.js')
const { cut } = require('../base/cut.js')
const { LONG } = require('../hooks/listeners.js')
const { dependentsOf, labelOf, listenedTo, sizeOf, stands } = require('../v8/listener-lists.js')
const { weakRef } = require('../base/natives.js')
const { IS_OPEN, endsByItself } = require('../v8/open-resources.js')
const { hasEnded, own } = require('../watch/own-data.js')

const GONE = -1
/**
 * Up to so many slots are all read at every look. Of more, so many at a tick and so many at a check: a read costs
 * 0.1 µs, and 1-2 µs where the object has not been in use for long.
 */
const READ_ALL_MAX = 256
const READS_A_TICK = 512
const READS_A_CHECK = 96
/** Timers that last as long, in milliseconds, pile up as if they never ended; shorter ones are level after that time. */
const LASTING_MS = 3_600_000
/** A timer may be this late, in milliseconds. */
const LATE_MS = 200
/** Ticks after which the samples of a list that changes are confirmed at the latest. */
const CONFIRM_TICKS = 4

/** @typedef {import('../v8/listener-lists.js').Family} Family */
/** @typedef {(slots: Slots, slot: number) => number} Read */

/**
 * What stands in one slot besides its weak reference.
 * @typedef {object} Entry
 * @property {Read} read
 * @property {number} weight
 * @property {number} born major collections so far when it was made
 * @property {string | symbol} [type]
 * @property {Family} [family]
 * @property {number} [owner] slot of the list it stands in
 * @property {WeakRef<object>} [listener]
 * @property {number} [hint] where in the list it was put
 * @property {number} [confirmedAt] length at which the samples of this list were last confirmed
 * @property {number} [endsAtMs] when a promise is settled at the latest
 * @property {number} [confirmedTick] when the samples of this list were last confirmed
 * @property {boolean} [isWeak] it may stand in its list though only garbage refers to it
 * @property {number} [fd]
 * @property {number} [points] identity of what the descriptor pointed at
 * @property {number} [provenAt] age in major collections at which it was last seen to live
 * @property {number} [held] a reading that is renewed after a collection only
 * @property {number} [listened] dependents that have listeners
 * @property {number} [readFrom] the tick from which on it is renewed
 */

/** @type {Record<string, Read>} */
const READS = {
  list(slots, slot) {
    const entry = slots.entry(slot)
    const target = slots.target(slot)
    if (!target) return GONE
    const size = sizeOf(/** @type {Family} */ (entry.family), target, /** @type {any} */ (entry.type))
    const before = entry.confirmedAt ?? 0
    const isLong = slots.ticks - (entry.confirmedTick ?? 0) >= CONFIRM_TICKS
    if (size > before * 1.1 || size < before * 0.7 || (isLong && size !== before)) slots.confirm(slot, size)
    return size
  },

  // A dependent that is listened to is held by Node itself, whether or not the program still has it. Of the others
  // Node drops those that were collected, a moment after the collection, where it drops them at all (20 does not):
  // what is still listed some turns later is held.
  dependents(slots, slot) {
    const entry = slots.entry(slot)
    const source = slots.target(slot)
    if (!source) return GONE
    const dependents = dependentsOf(source)
    const size = dependents?.size ?? 0
    if (entry.born < slots.majors) {
      entry.readFrom ??= slots.ticks + 2
      if (slots.ticks >= entry.readFrom) {
        entry.held = size
        entry.born = slots.majors
        entry.readFrom = undefined
      }
    }
    if (Math.abs(size - (entry.confirmedAt ?? 0)) > size * 0.05) {
      entry.confirmedAt = size
      entry.listened = listenedTo(dependents)
    }
    return Math.min(size, Math.max(entry.held ?? 0, entry.listened ?? 0))
  },

  listener(slots, slot) {
    const entry = slots.entry(slot)
    if (entry.owner !== undefined && !slots.entries[entry.owner]) return GONE
    if ((entry.owner === undefined || entry.isWeak) && !slots.isProvable(entry)) return slots.page[slot]
    const target = slots.target(slot)
    const listener = entry.listener?.deref()
    if (!target || !listener) return GONE
    if (entry.owner !== undefined) return entry.weight
    return slots.stands(entry, target, listener) ? entry.weight : GONE
  },

  timer(slots, slot) {
    const timer = /** @type {any} */ (slots.target(slot))
    if (!timer) return GONE
    return timer._destroyed ? 0 : slots.entry(slot).weight
  },

  // What a server has accepted is its client's until that has gone.
  accepted(slots, slot) {
    const socket = slots.target(slot)
    if (!socket || !IS_OPEN.TCPSocketWrap(socket)) return GONE
    return hasEnded(socket) ? slots.entry(slot).weight : 0
  },

  promise(slots, slot) {
    const entry = slots.entry(slot)
    if (nowMs() > (entry.endsAtMs ?? Infinity)) return GONE
    if (!slots.isProvable(entry)) return slots.page[slot]
    const object = /** @type {any} */ (slots.target(slot))
    return !object || object.aborted === true ? GONE : entry.weight
  },

  stream(slots, slot) {
    const stream = /** @type {any} */ (slots.target(slot))
    if (!stream || stream.closed) return GONE
    return typeof stream.fd === 'number' ? slots.entry(slot).weight : 0
  },

  // Renewed by `scanDescriptors`, which costs a system call each: until then it does not count.
  descriptor: (slots, slot) => slots.page[slot],

  cache: (slots, slot) => READS.collection(slots, slot),

  collection(slots, slot) {
    const collection = /** @type {any} */ (slots.target(slot))
    if (!collection) return GONE
    const size = typeof collection.size === 'number' ? collection.size : collection.length
    return typeof size === 'number' && size >= 0 ? size : 0
  }
}

/** @type {Record<string, Read>} */
const READ_OF_RESOURCE = { stream: READS.stream }
for (const [type, isOpen] of Object.entries(IS_OPEN)) {
  READ_OF_RESOURCE[type] = (slots, slot) => {
    const object = slots.target(slot)
    return object && isOpen(object) ? slots.entry(slot).weight : GONE
  }
}

/** After how long such a timer ends by itself, in milliseconds; 0 where it does not, or where that is as good as never. @param {string} kind @param {unknown} delayMs */
const lastsMs = (kind, delayMs) => {
  if (kind === 'setInterval' || typeof delayMs !== 'number' || !(delayMs < LASTING_MS)) return 0
  return Math.max(1, delayMs)
}

class Slots {
  /** @param {typeof import('../../native.js')} native @param {InstanceType<typeof import('../../native.js').ThreadLedger>} ledger */
  constructor(native, ledger) {
    this.native = native
    this.ledger = ledger
    this.page = new Float64Array(native.slotsMax()).fill(GONE)
    /** @type {(Entry | undefined)[]} */
    this.entries = []
    /** @type {WeakRef<object>[]} */
    this.refs = []
    /** Slots of long lists, by target. @type {WeakMap<object, Map<string | symbol, number>>} */
    this.lists = new WeakMap()
    this.pools = Object.fromEntries(native.poolNames().map((name, code) => [name, code]))
    /** Listeners that were sampled while they stood in no long list, by target. @type {WeakMap<object, WeakMap<object, string | symbol>>} */
    this.sampled = new WeakMap()
    this.majors = 0
    this.sweptMajors = 0
    this.ticks = 0
    this.cursor = 0
    /** Slots of sampled descriptors, by number. @type {Map<number, number>} */
    this.byDescriptor = new Map()
    /** Slots heard of since the last look. @type {Set<number>} */
    this.touched = new Set()
  }

  /** @param {number} slot @returns {Entry} */
  entry(slot) {
    return /** @type {Entry} */ (this.entries[slot])
  }

  /** @param {number} slot */
  target(slot) {
    return this.refs[slot].deref()
  }

  /**
   * Takes a slot, or gives `undefined` when its pool is full; `full` is called once to make room.
   * @param {string} pool @param {string} label @param {string} site @param {object | undefined} object
   * @param {Omit<Entry, 'born'>} entry @param {() => void} [full]
   * @param {{ bound?: number, began?: number, lastsMs?: number }} [limits] the largest size allowed; what it held before it was heard of
   * @returns {number | undefined}
   */
  claim(pool, label, site, object, entry, full, { bound = 0, began = 0, lastsMs = 0 } = {}) {
    const owner = entry.owner ?? -1
    const name = cut(label)
    let slot = this.ledger.claim(this.pools[pool], name, site, owner, bound, began, lastsMs)
    if (slot < 0) {
      this.makeRoom(pool, full)
      slot = this.ledger.claim(this.pools[pool], name, site, owner, bound, began, lastsMs)
    }
    if (slot < 0) return
    this.entries[slot] = { ...entry, born: this.majors }
    this.touched.add(slot)
    this.refs[slot] = object ? weakRef(object) : this.refs[slot]
    this.page[slot] = 0
    return slot
  }

  /** Drops what is dead; if that is not enough, every second sample, and lets the others weigh twice as much. */
  makeRoom(/** @type {string} */ pool, /** @type {(() => void) | undefined} */ full) {
    for (const slot of this.ledger.thin(this.pools[pool])) this.forget(slot)
    for (let slot = 0; slot < this.entries.length; slot++) {
      const entry = this.entries[slot]
      if (!entry || this.poolOf(entry) !== pool || entry.owner !== undefined) continue
      entry.weight *= 2
      if (this.page[slot] > 0) this.page[slot] = entry.weight
    }
    full?.()
  }

  /** @param {Entry} entry */
  poolOf(entry) {
    if (entry.read === READS.timer || entry.read === READS.promise) return 'timer'
    if (entry.read === READS.listener) return 'listener'
    if (entry.read === READS.descriptor) return 'descriptor'
    if (entry.read === READS.collection) return 'collection'
    if (entry.read === READS.cache) return 'cache'
    return entry.read === READS.list || entry.read === READS.dependents ? 'target' : 'resource'
  }

  /** @param {number} slot */
  forget(slot) {
    this.entries[slot] = undefined
    this.page[slot] = GONE
  }

  /**
   * Whether a look can tell what is kept from garbage. What was made during a collection outlives it, so it takes
   * two; what waits for a finalizer until then takes two more, and is looked at once a collection after that: a
   * look during one lets its object outlive that.
   * @param {Entry} entry
   */
  isProvable(entry) {
    const age = this.majors - entry.born
    const before = entry.provenAt
    if (before === undefined ? age < (entry.isWeak ? 4 : 2) : entry.isWeak && age <= before) return false
    entry.provenAt = age
    return true
  }

  /** How many samples wait for collections to prove them, and how many are proven. */
  proofs() {
    let waiting = 0
    let proven = 0
    for (const entry of this.entries) {
      if (entry === undefined || (entry.owner !== undefined && !entry.isWeak)) continue
      if (entry.read !== READS.listener && entry.read !== READS.promise) continue
      if (entry.provenAt === undefined) waiting++
      else proven++
    }
    return { waiting, proven }
  }

  /**
   * Reads the slots; what is gone is free again once the native side has taken the page in. Few slots are all read
   * at every look; of many, those that were heard of since the last look and some of the others in turn, so that a
   * look costs much the same whatever the program holds.
   * @param {number} majors collections so far @param {number} ticks turns of the guard's timer so far
   * @param {boolean} isTick
   */
  refresh(majors, ticks, isTick) {
    // After a collection all samples that waited for it are looked at.
    const isNews = isTick && majors !== this.sweptMajors
    if (isNews) this.sweptMajors = majors
    this.majors = majors
    this.ticks = ticks
    const count = this.entries.length
    if (count <= READ_ALL_MAX || isNews) {
      for (let slot = 0; slot < count; slot++) this.read(slot)
    } else {
      for (const slot of this.touched) this.read(slot)
      for (let reads = isTick ? READS_A_TICK : READS_A_CHECK; reads > 0; reads--) {
        this.cursor = (this.cursor + 1) % count
        this.read(this.cursor)
      }
    }
    this.touched.clear()
  }

  /** @param {number} slot */
  read(slot) {
    const entry = this.entries[slot]
    if (entry === undefined) return
    let value = GONE
    try {
      value = entry.read(this, slot)
    } catch {
      value = 0 // a getter of the program's that throws: nothing is known just now
    }
    this.page[slot] = value
    if (value === GONE) this.entries[slot] = undefined
  }

  /** @param {Entry} entry @param {any} target @param {object} listener */
  stands({ family, type, hint }, target, listener) {
    return stands(/** @type {Family} */ (family), target, /** @type {string | symbol} */ (type), listener, hint)
  }

  /** Drops those samples of a list that no longer stand in it. @param {number} list @param {number} size */
  confirm(list, size) {
    const target = this.target(list)
    this.entry(list).confirmedAt = size
    this.entry(list).confirmedTick = this.ticks
    if (!target) return
    for (let slot = 0; slot < this.entries.length; slot++) {
      const entry = this.entries[slot]
      if (entry?.owner !== list) continue
      const listener = entry.listener?.deref()
      if (entry.family === 'dependents') continue // those that have gone are dead
      if (!listener || !this.stands(entry, target, listener)) entry.owner = GONE // read as gone
    }
  }

  /**
   * A sampled listener, and the long list it stands in.
   * @param {import('../hooks/listeners.js').ListenerRecord} record @param {string} site @param {() => void} [full]
   */
  addListener(record, site, full) {
    const { family, target, type, listener, size, weight } = record
    const label = labelOf(target, type)
    const owner = record.long ? this.list(family, target, type, label, site, size - record.passed) : undefined
    if (listener === null || (typeof listener !== 'object' && typeof listener !== 'function')) return
    if (owner === undefined && this.isSampled(target, type, listener)) return
    const ref = weakRef(listener)
    const isWeak = owner !== undefined && (family === 'dependents' || site.endsWith(BY_FETCH))
    const entry = { read: READS.listener, weight, family, type, owner, listener: ref, hint: size - 1, isWeak }
    this.claim('listener', label, site, target, entry, full)
  }

  /**
   * Whether this very listener was sampled on this target before: one that is taken off and put back again and
   * again is one listener.
   * @param {object} target @param {string | symbol} type @param {object} listener
   */
  isSampled(target, type, listener) {
    const types = this.sampled.get(target) ?? new WeakMap()
    this.sampled.set(target, types)
    if (types.get(listener) === type) return true
    types.set(listener, type)
    return false
  }

  /**
   * The slot of a long list, taken at its first sight.
   * @param {Family} family @param {object} target @param {string | symbol} type @param {string} label @param {string} site
   * @param {number} [began] its length before it was heard of; not known: its length now
   */
  list(family, target, type, label, site, began = -1) {
    const byType = this.lists.get(target) ?? new Map()
    this.lists.set(target, byType)
    const known = byType.get(type)
    if (known !== undefined && this.entries[known]?.type === type && this.target(known) === target) {
      this.touched.add(known)
      return known
    }
    const read = family === 'dependents' ? READS.dependents : READS.list
    const slot = this.claim('target', label, site, target, { read, weight: 1, family, type }, undefined, { began })
    if (slot === undefined) return
    byType.set(type, slot)
    this.adopt(slot, target, type)
    return slot
  }

  /** Samples taken while the list was short stand in it too. @param {number} list @param {object} target @param {string | symbol} type */
  adopt(list, target, type) {
    if (!this.sampled.has(target)) return
    for (let slot = 0; slot < this.entries.length; slot++) {
      const entry = this.entries[slot]
      if (entry?.read !== READS.listener || entry.owner !== undefined || entry.type !== type) continue
      if (this.target(slot) !== target) continue
      entry.owner = list
      this.ledger.adopt(slot, list)
    }
  }

  /** @param {{ kind: string, timer: object, isTimer: boolean, weight: number, delayMs?: unknown }} record @param {string} site @param {() => void} [full] */
  addTimer({ kind, timer, isTimer, weight, delayMs }, site, full) {
    if (endsByItself({ kind, delayMs })) return
    // A promise does not tell whether it is settled: what keeps one longer than its delay keeps no timer.
    const endsAtMs = typeof delayMs === 'number' ? nowMs() + Math.max(1, delayMs) + LATE_MS : undefined
    const entry = { read: isTimer ? READS.timer : READS.promise, weight, endsAtMs }
    this.claim('timer', kind, site, timer, entry, full, {
      lastsMs: lastsMs(kind, isTimer ? own(timer, '_idleTimeout') : delayMs)
    })
  }

  /** @param {{ type: string, object: object, weight: number, site: string }} record @param {boolean} isAccepted by a server whose connections are counted apart */
  addResource({ type, object, weight, site }, isAccepted) {
    const label = type === 'stream' ? 'fd:file' : type
    const read = isAccepted ? READS.accepted : READ_OF_RESOURCE[type]
    this.claim('resource', label, site, object, { read, weight })
  }

  /** @param {{ fd: number, weight: number, site: string }} record */
  addDescriptor({ fd, weight, site }) {
    const found = this.native.descriptor(fd)
    if (!found) return // closed since, or a system that does not tell
    const before = this.byDescriptor.get(fd)
    // The number was free, so what had it before has been closed.
    if (before !== undefined && this.entries[before]?.fd === fd) this.page[before] = GONE
    const entry = { read: READS.descriptor, weight, fd, points: found.identity }
    const slot = this.claim('descriptor', `fd:${found.kind}`, site, undefined, entry)
    if (slot !== undefined) this.byDescriptor.set(fd, slot)
  }

  /** Looks at all open descriptors, and whether the sampled ones are still what they were. */
  scanDescriptors() {
    /** @type {number[]} */
    const slots = []
    for (let slot = 0; slot < this.entries.length; slot++)
      if (this.entries[slot]?.read === READS.descriptor) slots.push(slot)
    const seen = this.native.scanDescriptors(slots.map((slot) => /** @type {number} */ (this.entry(slot).fd)))
    if (!seen) return
    slots.forEach((slot, i) => {
      const entry = this.entry(slot)
      if (this.page[slot] === GONE) return
      const isOpen = seen.identities[i] === entry.points
      this.page[slot] = isOpen ? entry.weight : GONE
      if (!isOpen && this.byDescriptor.get(/** @type {number} */ (entry.fd)) === slot) {
        this.byDescriptor.delete(/** @type {number} */ (entry.fd))
      }
    })
    return seen
  }

  /** @param {object} collection @param {string} name @param {string} site */
  addCollection(collection, name, site) {
    const bound = boundOf(collection)
    this.claim('collection', name, site, collection, { read: READS.collection, weight: 1 }, undefined, {
      bound,
      began: -1
    })
  }

  /** @param {object} cache @param {string} name @param {string} site @param {number} bound */
  addCache(cache, name, site, bound) {
    return this.claim('cache', name, site, cache, { read: READS.cache, weight: 1 }, undefined, { bound, began: -1 })
  }

  /** Whether this cache is still what a slot holds. @param {number} slot @param {object} cache */
  isCache(slot, cache) {
    return this.entries[slot]?.read === READS.cache && this.target(slot) === cache
  }

  /** Whether a collection is tracked. @param {object} collection */
  hasCollection(collection) {
    return this.entries.some((entry, slot) => entry?.read === READS.collection && this.target(slot) === collection)
  }

  /** Follows a list that Node warned of. @param {Family} family @param {object} target @param {string | symbol} type */
  warnList(family, target, type) {
    const slot = this.list(family, target, type, labelOf(target, type), '')
    if (slot !== undefined) this.ledger.warn(slot)
  }

  /** Bytes of the tables (approximate). */
  bytes() {
    return this.page.byteLength + this.entries.length * 120
  }
}

/** The largest size that a cache says it allows, or 0. @param {any} collection */
function boundOf(collection) {
  try {
    return typeof collection.max === 'number' && collection.max > 0 && Number.isFinite(collection.max)
      ? collection.max
      : 0
  } catch {
    return 0
  }
}

/** @typedef {InstanceType<typeof Slots>} SlotsLike */

module.exports = { Slots, LONG }

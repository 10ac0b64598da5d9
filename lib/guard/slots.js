// @ts-check
// The weak side of the ledger: one weak reference a slot, and how to read what it holds now. Writes numbers into a
// page that the native side takes in; knows neither hooks nor verdicts. How each kind is added and read stands in
// slots/. Runs no user code but a tracked collection's own `size` or `length`.
'use strict'

const { cut } = require('../base/cut.js')
const { weakRef } = require('../base/natives.js')
const collections = require('./slots/collections.js')
const descriptors = require('./slots/descriptors.js')
const { GONE } = require('./slots/kind.js')
const listeners = require('./slots/listeners.js')
const lists = require('./slots/lists.js')
const resources = require('./slots/resources.js')
const timers = require('./slots/timers.js')

/**
 * Up to so many slots are all read at every look. Of more, so many at a tick and so many at a check: a read costs
 * 0.1 µs, and 1-2 µs where the object has not been in use for long.
 */
const READ_ALL_MAX = 256
const READS_A_TICK = 512
const READS_A_CHECK = 96

/** @typedef {import('./slots/kind.js').Entry} Entry */

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
   * @param {string} label @param {string} site @param {object | undefined} object
   * @param {Omit<Entry, 'born'>} entry @param {() => void} [full]
   * @param {{ bound?: number, began?: number, lastsMs?: number }} [limits] the largest size allowed; what it held before it was heard of
   * @returns {number | undefined}
   */
  claim(label, site, object, entry, full, { bound = 0, began = 0, lastsMs = 0 } = {}) {
    const { pool } = entry.kind
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
      if (!entry || entry.kind.pool !== pool || entry.owner !== undefined) continue
      entry.weight *= 2
      if (this.page[slot] > 0) this.page[slot] = entry.weight
    }
    full?.()
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
      if (!entry.kind.isProven) continue
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
      value = entry.kind.read(this, slot)
    } catch {
      value = 0 // a getter of the program's that throws: nothing is known just now
    }
    this.page[slot] = value
    if (value === GONE) this.entries[slot] = undefined
  }

  /** @param {import('../hooks/listeners.js').ListenerRecord} record @param {string} site @param {() => void} [full] */
  addListener(record, site, full) {
    listeners.add(this, record, site, full)
  }

  /** @param {Parameters<typeof timers.add>[1]} record @param {string} site @param {() => void} [full] */
  addTimer(record, site, full) {
    timers.add(this, record, site, full)
  }

  /** @param {Parameters<typeof resources.add>[1]} record @param {boolean} isAccepted by a server whose connections are counted apart */
  addResource(record, isAccepted) {
    resources.add(this, record, isAccepted)
  }

  /** @param {Parameters<typeof descriptors.add>[1]} record */
  addDescriptor(record) {
    descriptors.add(this, record)
  }

  /** Looks at all open descriptors, and whether the sampled ones are still what they were. */
  scanDescriptors() {
    return descriptors.scan(this)
  }

  /** @param {object} collection @param {string} name @param {string} site */
  addCollection(collection, name, site) {
    collections.add(this, collection, name, site)
  }

  /** Whether a collection is tracked. @param {object} collection */
  hasCollection(collection) {
    return collections.has(this, collection)
  }

  /** @param {object} cache @param {string} name @param {string} site @param {number} bound */
  addCache(cache, name, site, bound) {
    return collections.addCache(this, cache, name, site, bound)
  }

  /** Whether this cache is still what a slot holds. @param {number} slot @param {object} cache */
  isCache(slot, cache) {
    return collections.isCache(this, slot, cache)
  }

  /** Follows a list that Node warned of. @param {import('./slots/kind.js').Family} family @param {object} target @param {string | symbol} type */
  warnList(family, target, type) {
    lists.warn(this, family, target, type)
  }

  /** Bytes of the tables (approximate). */
  bytes() {
    return this.page.byteLength + this.entries.length * 120
  }
}

/** @typedef {InstanceType<typeof Slots>} SlotsLike */

module.exports = { Slots }

// @ts-check
// Least-recently-used order of slots. A touch is one store into an array: the turn of a counter at which it happened.
// Rust sorts these stamps when victims are wanted, many at a time. Knows neither keys nor values.
'use strict'

const { addon } = require('../base/addon.js')

/** Stamps stay below this, so that V8 keeps them as small integers; then they are numbered anew. */
const CLOCK_MAX = 2 ** 30
const CAPACITY_MIN = 16
/** Victims asked for at once: an eighth of the slots, so that a look at all of them is shared by many. */
const BATCH_MIN = 128
const BATCH_MAX = 65_536

class Order {
  constructor() {
    this.clock = 0
    /** When each slot was touched last; 0 where it is not in this order. */
    this.stamps = new Uint32Array(CAPACITY_MIN)
    /** Slots that were the oldest when `batchClock` was now, oldest first. */
    this.batch = new Uint32Array(0)
    this.batchClock = 0
    this.at = 0
    this.count = 0
  }

  /** Makes room for slots below `capacity`. @param {number} capacity */
  reserve(capacity) {
    if (capacity <= this.stamps.length) return
    const stamps = new Uint32Array(capacity)
    stamps.set(this.stamps)
    this.stamps = stamps
  }

  /** @param {number} slot */
  touch(slot) {
    if (this.clock === CLOCK_MAX) this.renumber()
    this.stamps[slot] = ++this.clock
  }

  /** @param {number} slot */
  drop(slot) {
    this.stamps[slot] = 0
  }

  renumber() {
    this.clock = addon().cacheRenumber(this.stamps)
    this.count = this.at = 0
  }

  /** The slot that was touched longest ago, or -1. Amortised O(1). */
  oldest() {
    for (;;) {
      const { batch, stamps, batchClock, count } = this
      for (; this.at < count; this.at++) {
        const slot = batch[this.at]
        const stamp = stamps[slot]
        // What was touched since is newer than all of the batch: skipping it keeps the order exact.
        if (stamp !== 0 && stamp <= batchClock) return slot
      }
      const wanted = Math.min(BATCH_MAX, Math.max(BATCH_MIN, stamps.length >>> 3))
      if (batch.length !== wanted) this.batch = new Uint32Array(wanted)
      this.batchClock = this.clock
      this.at = 0
      this.count = addon().cacheOldest(stamps, this.batch)
      if (this.count === 0) return -1
    }
  }

  /** All slots, oldest first. O(n log n). */
  sorted() {
    const slots = new Uint32Array(this.stamps.length)
    return slots.subarray(0, addon().cacheSorted(this.stamps, slots))
  }

  clear() {
    this.stamps = new Uint32Array(CAPACITY_MIN)
    this.batch = new Uint32Array(0)
    this.clock = this.batchClock = this.at = this.count = 0
  }

  bytes() {
    return this.stamps.byteLength + this.batch.byteLength
  }
}

module.exports = { Order, CLOCK_MAX, CAPACITY_MIN }

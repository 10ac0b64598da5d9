// @ts-check
// How long entries of a cache are good, and since when: two numbers a slot, and a time that is read seldom. Knows neither
// keys nor values.
'use strict'

const { copied } = require('./arrays.js')

/** A cached time is good for so many reads at the most: a job that does not end would stop it. */
const NOW_READS_MAX = 256

class Ages {
  #perf
  #now = 0
  #nowReads = 0

  /** @param {number} capacity @param {{ now(): number }} perf @param {number} resolution for so many ms a time is good */
  constructor(capacity, perf, resolution) {
    this.#perf = perf
    this.resolution = resolution
    /** In milliseconds; 0 where an entry stays good. */
    this.ttls = new Float64Array(capacity)
    this.starts = new Float64Array(capacity)
  }

  now() {
    if (this.#now !== 0 && ++this.#nowReads < NOW_READS_MAX) return this.#now
    const now = this.#perf.now()
    if (this.resolution > 0) {
      if (this.#now === 0) setTimeout(() => (this.#now = 0), this.resolution).unref?.()
      this.#now = now
      this.#nowReads = 0
    }
    return now
  }

  /** @param {number} slot */
  isStale(slot) {
    const ttl = this.ttls[slot]
    return ttl !== 0 && this.now() - this.starts[slot] > ttl
  }

  /** @param {number} slot @param {number} ttl @param {number | undefined} start */
  begin(slot, ttl, start) {
    this.ttls[slot] = ttl
    this.starts[slot] = ttl === 0 ? 0 : (start ?? this.#perf.now())
  }

  /** @param {number} slot */
  renew(slot) {
    if (this.ttls[slot]) this.starts[slot] = this.#perf.now()
  }

  /** @param {number} slot @returns {number} milliseconds; infinite where it stays good */
  remaining(slot) {
    const ttl = this.ttls[slot]
    return ttl ? ttl - (this.now() - this.starts[slot]) : Number.POSITIVE_INFINITY
  }

  /** @param {number} slot */
  forget(slot) {
    this.ttls[slot] = 0
  }

  /** @param {number} capacity */
  reserve(capacity) {
    this.ttls = copied(this.ttls, new Float64Array(capacity))
    this.starts = copied(this.starts, new Float64Array(capacity))
  }

  /** @param {number} capacity */
  clear(capacity) {
    this.ttls = new Float64Array(capacity)
    this.starts = new Float64Array(capacity)
  }
}

module.exports = { Ages }

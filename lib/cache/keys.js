// @ts-check
// How many different keys a cache was given: every sixteenth that is new to it is hashed and goes into a sketch.
// Objects and symbols have no hash that JavaScript tells: each sight of one counts as another key.
'use strict'

const { addon } = require('../base/addon.js')

/** One in so many additions is looked at. */
const SAMPLE_EVERY = 16
const PENDING_MAX = 64
/** Of a long string so many characters of each end are hashed, and its length. */
const ENDS = 32

/** @param {string} text FNV-1a over its UTF-16 units */
function hashString(text) {
  const { length } = text
  let hash = 0x811c9dc5 ^ length
  if (length <= 2 * ENDS) {
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    return hash
  }
  for (let i = 0; i < ENDS; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ text.charCodeAt(length - 1 - i), 0x01000193)
  }
  return hash
}

class KeySketch {
  constructor() {
    this.sampled = 0
    this.others = 0
    this.pending = /** @type {Uint32Array | undefined} */ (undefined)
    this.waiting = 0
    /** Different ones among the first `countedAt` sampled. */
    this.seen = 0
    this.countedAt = 0
    this.registers = /** @type {Uint8Array | undefined} */ (undefined)
  }

  /** @param {unknown} key */
  sample(key) {
    this.sampled++
    let hash
    if (typeof key === 'string') hash = hashString(key)
    else if (typeof key === 'number') {
      hash = Number.isInteger(key) ? Math.imul(key | 0, 0x9e3779b1) ^ (key / 2 ** 32) : hashString(String(key))
    } else if (typeof key === 'object' || typeof key === 'function' || typeof key === 'symbol') {
      hash = Math.imul(++this.others, 0x85ebca6b)
    } else hash = hashString(String(key))
    this.pending ??= new Uint32Array(PENDING_MAX)
    this.pending[this.waiting++] = hash
    if (this.waiting === PENDING_MAX) this.flush()
  }

  flush() {
    const { pending, waiting } = this
    if (pending === undefined || waiting === 0) return
    this.registers ??= new Uint8Array(addon().sketchRegisters())
    addon().sketchAdd(this.registers, waiting === PENDING_MAX ? pending : pending.subarray(0, waiting))
    this.waiting = 0
  }

  /**
   * Different keys that were added. Where those looked at hardly repeat, neither do the others; where they do, the
   * sample has seen most of them.
   * @param {number} additions keys that were added so far, of which one in SAMPLE_EVERY was looked at
   */
  count(additions) {
    if (this.sampled === 0) return additions
    if (this.sampled !== this.countedAt) {
      this.flush()
      this.seen = Math.min(this.sampled, addon().sketchCount(/** @type {Uint8Array} */ (this.registers)))
      this.countedAt = this.sampled
    }
    const { seen } = this
    const share = seen / this.sampled
    return Math.round(Math.min(additions, share > 0.9 ? share * additions : Math.max(seen, 1)))
  }
}

module.exports = { KeySketch, SAMPLE_EVERY }

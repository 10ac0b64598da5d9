// @ts-check
// Values that a cache holds weakly, by slot: references in the addon, and the order in which they became weak. Knows no
// keys, and nothing of what is held strongly.
'use strict'

const { addon } = require('../base/addon.js')
const { copied } = require('./arrays.js')
const { CAPACITY_MIN, Order } = require('./order.js')

class WeakValues {
  #table = addon().weakTable()
  /** 1 where the table has a reference. */
  #referred = new Uint8Array(CAPACITY_MIN)
  /** Of what is held weakly, in the order in which it became so. */
  #order = new Order()

  /** @param {number} max so many at the most */
  constructor(max) {
    this.max = max
    this.count = 0
  }

  /** The value of a slot, undefined where V8 has collected it. @param {number} slot */
  get(slot) {
    return this.#table.get(slot)
  }

  /** @param {number} slot */
  isDead(slot) {
    return this.#table.isDead(slot)
  }

  /** @param {number} slot */
  isReferred(slot) {
    return this.#referred[slot] === 1
  }

  /** Whether the table refers to the value of a slot from now on; primitives cannot be referred to. @param {number} slot @param {any} value */
  refer(slot, value) {
    if (this.max === 0) return false
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    if (!isObject || !this.#table.put(slot, value)) return false
    this.#referred[slot] = 1
    return true
  }

  /** The table keeps the reference until it gets another for this slot: that spares a call. @param {number} slot */
  forget(slot) {
    this.#referred[slot] = 0
  }

  /** It is held weakly from now on. @param {number} slot */
  add(slot) {
    this.#order.touch(slot)
    this.count++
  }

  /** It is held weakly no longer. @param {number} slot */
  drop(slot) {
    this.#order.drop(slot)
    this.count--
  }

  oldest() {
    return this.#order.oldest()
  }

  sorted() {
    return this.#order.sorted()
  }

  /** @param {number} capacity */
  reserve(capacity) {
    this.#order.reserve(capacity)
    this.#referred = copied(this.#referred, new Uint8Array(capacity))
  }

  clear() {
    this.#table = addon().weakTable() // the old one goes with its last function
    this.#order.clear()
    this.#referred = new Uint8Array(CAPACITY_MIN)
    this.count = 0
  }
}

module.exports = { WeakValues }

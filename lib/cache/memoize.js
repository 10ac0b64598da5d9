// @ts-check
// A function whose results are kept: bounded, one call per key under way, rejections forgotten. Arguments that are
// objects are known by identity and held weakly, and so are the results of calls with them.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { Order } = require('./order.js')
const { WeakLruCache } = require('./weak-lru-cache.js')

const MAX_DEFAULT = 1000
const RULES = Object.freeze({
  max: { type: /** @type {const} */ ('number'), min: 1, max: 2 ** 26, default: MAX_DEFAULT },
  ttl: { type: /** @type {const} */ ('number'), min: 0, default: 0 },
  key: { type: /** @type {const} */ ('function'), default: undefined },
  name: { type: /** @type {const} */ ('string'), default: undefined }
})

/** @typedef {{ value: any, slot: number, endsAtMs: number, owner?: Map<any, Box>, key?: any }} Box */

/** @param {unknown} value @returns {value is object} */
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Numbers for objects, held weakly. */
class Identities {
  constructor() {
    this.last = 0
    /** @type {WeakMap<object, number>} */
    this.byObject = new WeakMap()
  }

  /** @param {object} object */
  of(object) {
    const known = this.byObject.get(object)
    if (known !== undefined) return known
    this.byObject.set(object, ++this.last)
    return this.last
  }
}

/** One argument as a part of a key: no two of different arguments are the same. @param {unknown} value @param {Identities} ids */
function part(value, ids) {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`
    case 'number':
      return `n${value}`
    case 'bigint':
      return `i${value}`
    case 'boolean':
      return value ? 't' : 'f'
    case 'undefined':
      return 'u'
    default:
      return value === null ? 'z' : `o${ids.of(/** @type {object} */ (value))}`
  }
}

/** Results of calls with an object: they live no longer than the first of their objects. */
class ByObject {
  /** @param {number} max */
  constructor(max) {
    this.max = max
    /** @type {WeakMap<object, Map<any, Box>>} */
    this.maps = new WeakMap()
    this.order = new Order()
    /** Weakly: the object's map holds the boxes. @type {(WeakRef<Box> | undefined)[]} */
    this.boxes = []
    this.free = /** @type {number[]} */ ([])
  }

  /** @param {object} object @param {any} key */
  get(object, key) {
    return this.maps.get(object)?.get(key)
  }

  /** @param {object} object @param {any} key @param {any} value @param {number} endsAtMs @returns {Box} */
  set(object, key, value, endsAtMs) {
    const owner = this.maps.get(object) ?? new Map()
    this.maps.set(object, owner)
    const before = owner.get(key)
    if (before) this.remove(before)
    const slot = this.place()
    const box = { value, slot, endsAtMs, owner, key }
    owner.set(key, box)
    this.boxes[slot] = new WeakRef(box)
    this.order.touch(slot)
    return box
  }

  place() {
    const known = this.free.pop()
    if (known !== undefined) return known
    if (this.boxes.length < this.max) {
      this.boxes.push(undefined)
      if (this.boxes.length > this.order.stamps.length) this.order.reserve(Math.min(this.max, this.boxes.length * 2))
      return this.boxes.length - 1
    }
    // Full: the oldest goes, dead or alive.
    const slot = this.order.oldest()
    const box = this.boxes[slot]?.deref()
    if (box) box.owner?.delete(box.key)
    return slot
  }

  /** @param {Box} box */
  remove(box) {
    if (box.owner?.get(box.key) !== box) return
    box.owner.delete(box.key)
    this.order.drop(box.slot)
    this.boxes[box.slot] = undefined
    this.free.push(box.slot)
  }

  clear() {
    for (const ref of this.boxes) {
      const box = ref?.deref()
      if (box) box.owner?.delete(box.key)
    }
    this.boxes = []
    this.free = []
    this.order.clear()
  }
}

/**
 * See `memoize` in index.d.ts.
 * @param {Function} fn @param {unknown} [options]
 */
function memoize(fn, options) {
  if (typeof fn !== 'function') throw invalidArg(`memoize: fn must be a function, not ${given(fn)}`)
  const { max, ttl, key: keyOf, name } = readOptions('memoize', RULES, options)
  if (!Number.isInteger(max)) throw invalidArg(`memoize: option 'max' must be an integer, not ${given(max)}`)
  const called = name ?? (fn.name ? `memoize(${fn.name})` : 'memoize')
  const ids = new Identities()
  const cache = new WeakLruCache({ max, name: called })
  const objects = new ByObject(max)

  /** @param {any[]} args @returns {{ object?: object, key: any }} */
  const keyFor = (args) => {
    if (keyOf) {
      const key = keyOf(...args)
      return isObject(key) ? { object: key, key: '' } : { key }
    }
    // As most are called: the argument itself is the key.
    if (args.length === 1 && !isObject(args[0])) return { key: args[0] === undefined ? kUndefined : args[0] }
    // Symbols among several arguments have no text that tells them apart.
    if (args.some((arg) => typeof arg === 'symbol')) return { key: kNever }
    return { object: args.find(isObject), key: `${args.length}|${args.map((arg) => part(arg, ids)).join('|')}` }
  }

  const find = (/** @type {{ object?: object, key: any }} */ { object, key }) =>
    /** @type {Box | undefined} */ (object ? objects.get(object, key) : cache.get(key))

  const forget = (/** @type {{ object?: object, key: any }} */ { object, key }, /** @type {Box} */ box) => {
    if (object) objects.remove(box)
    else if (cache.peek(key) === box) cache.delete(key)
  }

  /** @this {any} @param {any[]} args */
  function memoized(...args) {
    const at = keyFor(args)
    const known = find(at)
    if (known && (known.endsAtMs === Infinity || performance.now() < known.endsAtMs)) {
      if (at.object) objects.order.touch(known.slot)
      return known.value
    }
    const value = fn.apply(this, args)
    if (at.key === kNever) return value
    const endsAtMs = ttl > 0 ? performance.now() + ttl : Infinity
    /** @type {Box} */
    let box
    if (at.object) box = objects.set(at.object, at.key, value, endsAtMs)
    else {
      box = { value, slot: -1, endsAtMs }
      cache.set(at.key, box)
    }
    // A promise that fails is forgotten; who waits for it hears of it from the promise itself.
    if (typeof value?.then === 'function') value.then(undefined, () => forget(at, box))
    return value
  }

  Object.defineProperty(memoized, 'name', { value: fn.name, configurable: true })
  Object.defineProperty(memoized, 'length', { value: fn.length, configurable: true })
  return Object.assign(memoized, {
    cache,
    clear: () => {
      cache.clear()
      objects.clear()
    },
    delete: (/** @type {any[]} */ ...args) => {
      const at = keyFor(args)
      const box = find(at)
      if (!box) return false
      forget(at, box)
      return true
    }
  })
}

/** A key for the argument `undefined`. */
const kUndefined = Symbol('undefined')
/** Of calls that cannot be told apart. */
const kNever = Symbol('never')

module.exports = { memoize }

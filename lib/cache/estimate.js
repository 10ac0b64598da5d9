// @ts-check
// What a value keeps alive, in bytes, estimated for 64-bit V8: exact enough to bound a cache, cheap enough for each
// entry. Looks at a bounded number of parts and takes the others to be like them. Reads own properties, getters among
// them; what throws has no size.
'use strict'

const { types } = require('node:util')

/** Parts looked at in all, and of one container. */
const PARTS_MAX = 256
const OF_ONE_MAX = 32
const POINTER = 8
const OBJECT = 24
const ARRAY = 32
const TABLE = 72
const NUMBER = 16
const BUFFER = 200
const MAP_ENTRY = 28
const SET_ENTRY = 20
/** With more properties than this V8 keeps them in a table, at so many bytes each. */
const IN_TABLE_MIN = 1020
const TABLE_ENTRY = 36

/** @param {string} text */
function ofString(text) {
  const { length } = text
  let isWide = false
  const step = Math.max(1, Math.floor(length / 64))
  for (let i = 0; i < length; i += step) {
    if (text.charCodeAt(i) > 0xff) {
      isWide = true
      break
    }
  }
  return (16 + length * (isWide ? 2 : 1) + 7) & ~7
}

class Walk {
  constructor() {
    this.left = PARTS_MAX
    this.first = /** @type {object | undefined} */ (undefined)
    this.seen = /** @type {Set<object> | undefined} */ (undefined)
  }

  /** What a field needs beside its place. @param {unknown} value @returns {number} */
  of(value) {
    switch (typeof value) {
      case 'string':
        return ofString(value)
      case 'number':
        return (value | 0) === value ? 0 : NUMBER
      case 'bigint':
        return 24
      case 'object':
        return value === null ? 0 : this.ofObject(value)
      case 'function':
        return 64
      case 'symbol':
        return 0
      default:
        return 0
    }
  }

  /** @param {object} value @returns {number} */
  ofObject(value) {
    if (this.left-- <= 0) return OBJECT
    // What is met twice is kept once. The first is remembered only when there is a second.
    if (this.first === undefined) this.first = value
    else {
      this.seen ??= new Set([this.first])
      if (this.seen.has(value)) return 0
      this.seen.add(value)
    }
    if (ArrayBuffer.isView(value)) return BUFFER + value.byteLength
    if (types.isProxy(value)) return 2 * OBJECT
    if (Array.isArray(value)) return this.ofArray(value)
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.ofFields(value)
    if (types.isAnyArrayBuffer(value)) return BUFFER + value.byteLength
    if (types.isMap(value)) return this.ofMap(value)
    if (types.isSet(value)) return this.ofSet(value)
    if (types.isDate(value)) return 96
    if (types.isRegExp(value)) return 160
    return this.ofFields(value)
  }

  /** @param {unknown[]} array */
  ofArray(array) {
    const { length } = array
    const step = Math.max(1, Math.floor(length / OF_ONE_MAX))
    let bytes = 0
    let count = 0
    for (let i = 0; i < length && this.left > 0; i += step, count++) {
      const part = array[i]
      // Numbers stand in the array itself.
      if (typeof part !== 'number') bytes += this.of(part)
    }
    return ARRAY + length * POINTER + all(bytes, count, length)
  }

  /** @param {Map<unknown, unknown>} map */
  ofMap(map) {
    let bytes = 0
    let count = 0
    for (const [key, value] of Map.prototype.entries.call(map)) {
      bytes += this.of(key) + this.of(value)
      if (++count === OF_ONE_MAX || this.left <= 0) break
    }
    return TABLE + MAP_ENTRY * places(map.size) + all(bytes, count, map.size)
  }

  /** @param {Set<unknown>} set */
  ofSet(set) {
    let bytes = 0
    let count = 0
    for (const value of Set.prototype.values.call(set)) {
      bytes += this.of(value)
      if (++count === OF_ONE_MAX || this.left <= 0) break
    }
    return TABLE + SET_ENTRY * places(set.size) + all(bytes, count, set.size)
  }

  /** @param {any} object */
  ofFields(object) {
    const names = Object.keys(object)
    const { length } = names
    let bytes = 0
    let count = 0
    while (count < length && count < OF_ONE_MAX && this.left > 0) bytes += this.of(object[names[count++]])
    return OBJECT + length * (length > IN_TABLE_MIN ? TABLE_ENTRY : POINTER) + all(bytes, count, length)
  }
}

/** What all parts have, by those that were looked at. @param {number} bytes @param {number} count @param {number} length */
const all = (bytes, count, length) => (count === 0 ? 0 : (bytes / count) * length)

/** A hash table has room for a power of two. @param {number} size */
const places = (size) => Math.max(4, 2 ** Math.ceil(Math.log2(size || 1)))

/** Bytes that a value keeps alive, at least 1. @param {unknown} value */
function estimateBytes(value) {
  if (typeof value === 'string') return Math.max(1, ofString(value))
  let bytes = OBJECT
  try {
    bytes = new Walk().of(value)
  } catch {
    // A getter, or a proxy deeper inside.
  }
  return Math.max(1, Math.round(bytes))
}

module.exports = { estimateBytes }

// @ts-check
// What a value keeps alive, in bytes, estimated for 64-bit V8: exact enough to bound a cache, cheap enough for each
// entry. Looks at a bounded number of parts and takes the others to be like them. Runs no getters.
'use strict'

const { types } = require('node:util')

/** Parts looked at in all, and of one container. */
const PARTS_MAX = 256
const OF_ONE_MAX = 32
const POINTER = 8
const OBJECT = 24
const NUMBER = 16
const BUFFER = 200
const MAP_ENTRY = 36
const SET_ENTRY = 26
/** Properties that an object literal has room for besides its own, and of those in a table. */
const IN_TABLE_MIN = 128
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
    this.seen ??= new Set()
    if (this.seen.has(value)) return 0
    this.seen.add(value)
    if (ArrayBuffer.isView(value)) return BUFFER + value.byteLength
    if (types.isAnyArrayBuffer(value)) return BUFFER + value.byteLength
    if (types.isProxy(value)) return 2 * OBJECT
    if (Array.isArray(value)) return this.ofArray(value)
    if (types.isMap(value)) return this.ofMap(value)
    if (types.isSet(value)) return this.ofSet(value)
    if (types.isDate(value)) return 96
    if (types.isRegExp(value)) return 160
    return this.ofFields(value)
  }

  /** The sum over all, from those that are looked at. @param {number} length @param {Iterable<number>} sizes */
  sum(length, sizes) {
    let bytes = 0
    let count = 0
    for (const size of sizes) {
      bytes += size
      if (++count >= OF_ONE_MAX || this.left <= 0) break
    }
    return count === 0 ? 0 : (bytes / count) * length
  }

  /** @param {unknown[]} array */
  ofArray(array) {
    const walk = this
    const { length } = array
    const step = Math.max(1, Math.floor(length / OF_ONE_MAX))
    function* parts() {
      for (let i = 0; i < length; i += step) yield walk.of(fieldOf(array, String(i)))
    }
    return 16 + 16 + length * POINTER + this.sum(length, parts())
  }

  /** @param {Map<unknown, unknown>} map */
  ofMap(map) {
    const walk = this
    function* parts() {
      for (const [key, value] of Map.prototype.entries.call(map)) yield walk.of(key) + walk.of(value)
    }
    const { size } = map
    return 48 + MAP_ENTRY * Math.max(4, 2 ** Math.ceil(Math.log2(size || 1))) + this.sum(size, parts())
  }

  /** @param {Set<unknown>} set */
  ofSet(set) {
    const walk = this
    function* parts() {
      for (const value of Set.prototype.values.call(set)) yield walk.of(value)
    }
    const { size } = set
    return 48 + SET_ENTRY * Math.max(4, 2 ** Math.ceil(Math.log2(size || 1))) + this.sum(size, parts())
  }

  /** @param {object} object */
  ofFields(object) {
    const walk = this
    const names = Object.getOwnPropertyNames(object)
    function* parts() {
      for (const name of names) yield walk.of(fieldOf(object, name))
    }
    const inTable = names.length > IN_TABLE_MIN
    const places = names.length * (inTable ? TABLE_ENTRY : POINTER)
    return OBJECT + places + this.sum(names.length, parts())
  }
}

/** A field without running a getter. @param {object} object @param {string} name */
function fieldOf(object, name) {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}

/** Bytes that a value keeps alive, at least 1. @param {unknown} value */
function estimateBytes(value) {
  const bytes = typeof value === 'string' ? ofString(value) : new Walk().of(value)
  return Math.max(1, Math.round(bytes))
}

module.exports = { estimateBytes }

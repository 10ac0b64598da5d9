// @ts-check
// A heap with its large containers thinned out, written as a snapshot: of each container a few entries remain, and a mark
// that says how many there were. Runs in a copy of the process, which ends afterwards: what it takes out, the program
// keeps. A snapshot of what is left takes a fraction of the memory and of the time. What the marks mean is for whoever reads
// the snapshot.
'use strict'

const { isFrozen, isSealed } = Object
const { isProxy } = require('node:util').types
const { pourSync } = require('../base/output-place.js')
const { Inspector } = require('../v8/inspector.js')
const { isIndexed, kindOf, ownRealms, sizeOf, visitRealm } = require('../v8/live-objects.js')
const { takeSnapshot } = require('./snapshot.js')

/** Containers with fewer entries stay as they are. */
const ENTRIES_MIN = 500
/** Of the others so many of the oldest entries remain, and of the newest. */
const OLDEST = 16
const NEWEST = 48
/** How a mark begins; then come how many entries there were, and how many of them remain. */
const MARK = 'leakguard: entries'
const PROPERTY = 'leakguard: mark'

const mapClear = unbound(Map.prototype.clear)
const mapSet = unbound(Map.prototype.set)
const mapEntries = unbound(Map.prototype.entries)
const setClear = unbound(Set.prototype.clear)
const setAdd = unbound(Set.prototype.add)
const setValues = unbound(Set.prototype.values)
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object

/** @param {Function} method @returns {(target: any, ...given: any[]) => any} */
function unbound(method) {
  return (target, ...given) => Reflect.apply(method, target, given)
}

/** A string of its own, and flat: V8 writes others in parts. @param {number} size @param {number} left */
const markOf = (size, left) => Buffer.from(`${MARK} ${size} ${left}`, 'latin1').toString('latin1')

/** @param {number} index @param {number} size */
const stays = (index, size) => index < OLDEST || index >= size - NEWEST

/** @param {Map<unknown, unknown>} map @param {number} size */
function thinMap(map, size) {
  const left = []
  let index = 0
  for (const entry of mapEntries(map)) if (stays(index++, size)) left.push(entry)
  mapClear(map)
  for (const [key, value] of left) mapSet(map, key, value)
  mapSet(map, markOf(size, left.length), undefined)
}

/** @param {Set<unknown>} set @param {number} size */
function thinSet(set, size) {
  const left = []
  let index = 0
  for (const value of setValues(set)) if (stays(index++, size)) left.push(value)
  setClear(set)
  for (const value of left) setAdd(set, value)
  setAdd(set, markOf(size, left.length))
}

/** @param {unknown[]} array @param {number} size */
function thinArray(array, size) {
  const left = []
  for (let index = size - NEWEST; index < size; index++) left.push(getOwnPropertyDescriptor(array, index)?.value)
  array.length = OLDEST
  left.push(markOf(size, OLDEST + NEWEST))
  for (const value of left) define(array, array.length, value)
}

/** @param {any} table @param {string[]} names */
function thinTable(table, names) {
  const left = names.filter((_, index) => stays(index, names.length))
  names.forEach((name, index) => {
    if (!stays(index, names.length)) Reflect.deleteProperty(table, name)
  })
  define(table, PROPERTY, markOf(names.length, left.length))
}

/** @param {object} target @param {string | number} name @param {unknown} value */
function define(target, name, value) {
  defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

/** @param {any} object @param {import('../v8/live-objects.js').Shape} shape */
function thin(object, shape) {
  const size = sizeOf(object, shape)
  if (size < ENTRIES_MIN || isFrozen(object) || isSealed(object)) return
  if (shape === 'map') thinMap(object, size)
  else if (shape === 'set') thinSet(object, size)
  else if (shape === 'array') thinArray(object, size)
  else if (!isIndexed(object)) thinTable(object, keys(object))
}

/** @param {any[]} objects of one realm */
function thinAll(objects) {
  /** By prototype. @type {Map<object, import('../v8/live-objects.js').Shape>} */
  const shapes = new Map()
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]
    if (isProxy(object) || object === globalThis || object === shapes) continue
    const prototype = getPrototypeOf(object)
    let shape = shapes.get(prototype)
    if (shape === undefined) {
      shape = kindOf(object, prototype).shape
      shapes.set(prototype, shape)
    }
    thin(object, shape)
  }
}

/** One look at all objects, since V8 collects all garbage, and that several times, before each. */
function thinOut() {
  const { inspector } = Inspector.open()
  if (!inspector) return
  try {
    for (const realm of ownRealms(inspector)) visitRealm(inspector, realm, thinAll)
  } finally {
    inspector.close()
  }
}

/** Writes a snapshot of what is left to a descriptor. @param {number} fd */
function writeThinned(fd) {
  thinOut()
  takeSnapshot((chunk) => pourSync(fd, chunk))
}

module.exports = { writeThinned }

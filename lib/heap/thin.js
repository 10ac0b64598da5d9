// @ts-check
// A heap with its large containers thinned out, written as a snapshot: of each whose entries are of one kind a few remain,
// and a mark that says how many there were. Runs in a copy of the process, which ends afterwards: what it takes out, the
// program keeps. A snapshot of what is left takes a fraction of the memory and of the time. What the marks mean is for
// whoever reads the snapshot.
'use strict'

const { isMap, isModuleNamespaceObject, isProxy, isSet } = require('node:util').types
const { getHeapStatistics } = require('../base/natives.js')
const { pourSync } = require('../base/output-place.js')
const { Inspector } = require('../v8/inspector.js')
const { ownRealms, sizeOf, visitRealm } = require('../v8/live-objects.js')
const { smallBytes, takeSnapshot } = require('./snapshot.js')

/** Containers with fewer entries stay as they are. */
const ENTRIES_MIN = 500
/** Of the others so many of the oldest entries remain, of the newest, and of those in between. */
const OLDEST = 16
const NEWEST = 32
const BETWEEN = 16
/** How marks begin: of a container, then come how many entries there were and how many remain; of the heap, then come bytes. */
const ENTRIES = 'leakguard: thinned out:'
const ALL = 'leakguard: all bytes:'
const PROPERTY = 'leakguard: mark'
/** Of the list of all objects, each. */
const POINTER_BYTES = 8
/** What the snapshot takes of what is left, which is code for the greater part. */
const LEFT_BYTES_PER_HEAP_BYTE = 12

const { apply } = Reflect
const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, isExtensible } = Object
const { isArray } = Array
const { isView } = ArrayBuffer
const { clear: mapClear, entries: mapEntries, set: mapSet } = Map.prototype
const { add: setAdd, clear: setClear, values: setValues } = Set.prototype
/** What can be no kind of entries. */
const NONE = Symbol('none')

/** A string of its own, and flat: V8 writes others in parts. @param {string} text */
const flat = (text) => Buffer.from(text, 'latin1').toString('latin1')

/** What all entries have to be: objects of one prototype, or primitives of one type. @param {unknown} value @returns {unknown} */
function kindOf(value) {
  if (value === null || value === undefined) return NONE
  const type = typeof value
  if (type !== 'object' && type !== 'function') return type
  // Of functions each has code of its own, and a proxy is whatever it likes.
  return type === 'function' || isProxy(value) ? NONE : getPrototypeOf(value)
}

/** Whether entry number `index` of `size` remains. @param {number} index @param {number} size */
function stays(index, size) {
  const between = size - OLDEST - NEWEST
  if (index < OLDEST || index >= size - NEWEST) return true
  const step = Math.floor(between / BETWEEN)
  return (index - OLDEST) % step === 0 && (index - OLDEST) / step < BETWEEN
}

/**
 * Those that remain; nothing where entries are not all of one kind.
 * @template T @param {Iterable<T>} entries @param {number} size @param {...(entry: T) => unknown} parts of which each is of one kind
 * @returns {T[] | undefined}
 */
function sampleOf(entries, size, ...parts) {
  /** @type {T[]} */
  const left = []
  /** @type {unknown[] | undefined} */
  let kinds
  let index = 0
  for (const entry of entries) {
    const found = parts.map((part) => kindOf(part(entry)))
    kinds ??= found
    if (found.some((kind, i) => kind === NONE || kind !== /** @type {unknown[]} */ (kinds)[i])) return
    if (stays(index++, size)) left.push(entry)
  }
  return index === size ? left : undefined
}

/** @param {Map<unknown, unknown>} map */
function thinMap(map) {
  const size = sizeOf(map, 'map')
  if (size < ENTRIES_MIN) return
  const left = sampleOf(apply(mapEntries, map, []), size, keyOf, valueIn)
  if (!left) return
  apply(mapClear, map, [])
  for (const entry of left) apply(mapSet, map, entry)
  apply(mapSet, map, [markOf(size, left.length), undefined])
}

/** @param {[unknown, unknown]} entry */
const keyOf = (entry) => entry[0]
/** @param {[unknown, unknown]} entry */
const valueIn = (entry) => entry[1]

/** @param {Set<unknown>} set */
function thinSet(set) {
  const size = sizeOf(set, 'set')
  if (size < ENTRIES_MIN) return
  const left = sampleOf(apply(setValues, set, []), size, (value) => value)
  if (!left) return
  apply(setClear, set, [])
  for (const value of left) apply(setAdd, set, [value])
  apply(setAdd, set, [markOf(size, left.length)])
}

/** @param {unknown[]} array */
function thinArray(array) {
  const { length } = array
  // Numbers are no objects, and lie in the store.
  if (length < ENTRIES_MIN || typeof array[0] === 'number' || !isExtensible(array)) return
  const left = sampleOf(elementsOf(array), length, (value) => value)
  if (!left || !getOwnPropertyDescriptor(array, 'length')?.writable) return
  array.length = 0
  for (const value of [...left, markOf(length, left.length)]) define(array, array.length, value)
}

/** Without a getter being called: NONE is no element. @param {unknown[]} array */
function* elementsOf(array) {
  for (let index = 0; index < array.length; index++) yield dataIn(array, index)
}

/** @param {any} table */
function thinTable(table) {
  const names = getOwnPropertyNames(table)
  if (names.length < ENTRIES_MIN || !isExtensible(table)) return
  const left = sampleOf(names, names.length, (name) => dataIn(table, name))
  if (!left) return
  const stay = new Set(left)
  for (const name of names) if (!stay.has(name)) Reflect.deleteProperty(table, name)
  define(table, PROPERTY, markOf(names.length, left.length))
}

/** What a property holds that can be taken away; nothing else. @param {object} target @param {string | number} name @returns {unknown} */
function dataIn(target, name) {
  const { value, configurable } = getOwnPropertyDescriptor(target, name) ?? {}
  return configurable ? value : undefined
}

/** @param {number} size @param {number} left */
const markOf = (size, left) => flat(`${ENTRIES} ${size} ${left}`)

/** @param {object} target @param {string | number} name @param {unknown} value */
function define(target, name, value) {
  defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

/** @param {any} object */
function thin(object) {
  if (isProxy(object)) return
  if (isMap(object)) thinMap(object)
  else if (isSet(object)) thinSet(object)
  else if (isArray(object)) thinArray(object)
  else if (typeof object === 'object' && !isView(object) && !isModuleNamespaceObject(object) && object !== globalThis)
    thinTable(object)
}

/** @param {any[]} objects of one realm */
function thinAll(objects) {
  for (let i = 0; i < objects.length; i++) {
    try {
      thin(objects[i])
    } catch {
      // It stays as it is.
    }
  }
}

/**
 * Writes a snapshot of what is left to a descriptor, unless that would take more memory than this. One look at all objects,
 * since V8 collects all garbage, and that several times, before each; what is left is little.
 * @param {number} fd @param {number} bytesMax
 * @returns {boolean} whether it would
 */
function writeThinned(fd, bytesMax) {
  const { inspector, why } = Inspector.open()
  if (!inspector) throw new Error(why)
  let all = ''
  let leftBytes = 0
  try {
    const [first, ...others] = ownRealms(inspector)
    visitRealm(inspector, first, (objects) => {
      // What the process asks of the system may be out of reach in a copy.
      const { used_heap_size: used, external_memory: external } = getHeapStatistics()
      all = flat(`${ALL} ${used + external - objects.length * POINTER_BYTES}`)
      thinAll(objects)
    })
    for (const realm of others) visitRealm(inspector, realm, thinAll)
    visitRealm(inspector, first, () => (leftBytes = smallBytes()), 'Set.prototype')
  } finally {
    inspector.close()
  }
  if (leftBytes * LEFT_BYTES_PER_HEAP_BYTE > bytesMax) return true
  takeSnapshot((chunk) => pourSync(fd, chunk))
  // It is in the snapshot, since it is held until now.
  return all === ''
}

module.exports = { writeThinned }

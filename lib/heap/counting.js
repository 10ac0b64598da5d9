// @ts-check
// Counts the live objects of this thread: classes, the sizes of containers, listener lists, Buffers. Takes a fraction of
// the memory and of the time of a snapshot. Knows no fork and no native code: what is counted is told as plain values.
'use strict'

const { EventEmitter } = require('node:events')
const { Module } = require('node:module')
const { types } = require('node:util')
const { isContext, runInThisContext } = require('node:vm')
const { LeakguardError } = require('../base/errors.js')
const { pourSync } = require('../base/output-place.js')
const { Inspector } = require('../v8/inspector.js')
const { eachList } = require('../v8/listener-lists.js')
const { contextsOf, isIndexed, kindOf, realmsOf, sizeOf, visitRealm } = require('../v8/live-objects.js')

/** Smaller containers are not told one by one. */
const SIZE_MIN = 32
/** Rows of each table that are told. */
const ROWS_MAX = 2000
/** Of a class with more objects nobody is asked what it holds. */
const HOLDERS_MAX = 20_000
/** An object with more properties is a table: their names say nothing. */
const PROPERTIES_MAX = 100
const NAME_MAX = 120
/** A plain object that holds as many of one class is a table, too. */
const ALIKE_MIN = 3
/** What is told of a key. */
const KEY = '[key]'
const IDENTIFIER = /^#?[\p{L}_$][\p{L}\d_$]{0,39}$/u
/** Names of symbols and functions: `nodejs.util.inspect.custom`, `bound put`. */
const WORDS = /^[\p{L}_$][\p{L}_$. :/]{0,59}\d?$/u

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object
const { isProxy } = types

/**
 * @typedef {object} Counted what a census tells, largest first in each table
 * @property {number} objects
 * @property {[name: string, count: number][]} classes
 * @property {import('../..').CensusContainer[]} containers
 * @property {import('../..').CensusListeners[]} listeners
 * @property {{ count: number, bytes: number }} buffers
 */

/** @typedef {{ name: string, shape: import('../v8/live-objects.js').Shape, count: number, family?: 'emitter' | 'target' }} Class of one prototype */

/** @type {Partial<Record<import('../v8/live-objects.js').Shape, import('../..').CensusContainer['kind']>>} */
const KINDS = { map: 'map', set: 'set', array: 'array', keys: 'object' }
/** An object without a prototype. */
const TABLE = Object.freeze({ name: 'Object', shape: /** @type {const} */ ('keys') })

class Counts {
  constructor() {
    this.objects = 0
    /** By prototype: two of one name are one class in the end. @type {Map<object, Class>} */
    this.prototypes = new Map()
    /** @type {{ object: object, row: import('../..').CensusContainer }[]} */
    this.containers = []
    /** @type {Map<string, import('../..').CensusListeners>} */
    this.listeners = new Map()
    this.buffers = { count: 0, bytes: 0 }
    /** What `vm.createContext` made; looked for only where there is any. @type {object[] | undefined} */
    this.sandboxes = undefined
  }

  /** @param {any[]} objects of one realm */
  count(objects) {
    this.objects += objects.length
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i]
      if (isProxy(object)) continue
      const known = this.classOf(object)
      known.count++
      if (known.family) this.countListeners(known.family, known.name, object)
      const size = sizeOf(object, known.shape)
      if (known.shape === 'buffer') {
        this.buffers.count++
        this.buffers.bytes += size
      } else this.addContainer(object, known, size)
      if (this.sandboxes && typeof object === 'object' && known.shape === 'keys' && isContext(object))
        this.sandboxes.push(object)
    }
    this.keepLargest()
    new Holders(this).find(objects)
  }

  /** @param {any} object @returns {Class} */
  classOf(object) {
    const prototype = getPrototypeOf(object)
    let known = this.prototypes.get(prototype)
    if (known === undefined) {
      const { name: own, shape } = kindOf(object, prototype)
      // Node hides the constructor of modules.
      const name = prototype === Module.prototype ? 'Module' : own
      known = { name: name.slice(0, NAME_MAX), shape, count: 0, family: familyOf(prototype) }
      this.prototypes.set(prototype, known)
    }
    return known
  }

  /**
   * Tells of a container that is large enough, and is none of ours.
   * @param {object} object @param {Pick<Class, 'name' | 'shape'>} known @param {number} size
   * @returns {import('../..').CensusContainer | undefined}
   */
  addContainer(object, { name, shape }, size) {
    if (size < SIZE_MIN) return
    const kind = KINDS[shape]
    if (!kind) return
    if (object === this.prototypes || object === this.listeners || object === this.containers) return
    const row = { name, kind, size }
    this.containers.push({ object, row })
    if (this.containers.length >= 4 * ROWS_MAX) this.keepLargest()
    return row
  }

  keepLargest() {
    this.containers.sort((a, b) => b.row.size - a.row.size)
    this.containers.length = Math.min(this.containers.length, ROWS_MAX)
  }

  /** @param {'emitter' | 'target'} family @param {string} emitter the class @param {object} object */
  countListeners(family, emitter, object) {
    eachList(family, object, (event, size) => {
      if (size === 0) return
      const key = `${event}\n${emitter}`
      const row = this.listeners.get(key)
      if (row) {
        row.count += size
        row.emitters++
        row.most = Math.max(row.most, size)
      } else this.listeners.set(key, { emitter, event, count: size, emitters: 1, most: size })
    })
  }

  /** Lets go of all that it has met: V8 may keep this a little longer than it is needed. */
  clear() {
    this.prototypes.clear()
    this.listeners.clear()
    this.containers.length = 0
    this.sandboxes = undefined
  }

  /** @returns {Counted} */
  told() {
    /** @type {Map<string, number>} */
    const classes = new Map()
    for (const { name, count } of this.prototypes.values()) classes.set(name, (classes.get(name) ?? 0) + count)
    this.keepLargest()
    const most = (/** @type {number} */ a, /** @type {number} */ b) => b - a
    return {
      objects: this.objects,
      classes: [...classes].sort(([, a], [, b]) => most(a, b)).slice(0, ROWS_MAX),
      containers: this.containers.map(({ row }) => row),
      listeners: [...this.listeners.values()].sort((a, b) => most(a.count, b.count)).slice(0, ROWS_MAX),
      buffers: this.buffers
    }
  }
}

/**
 * What holds the containers by a property: an object of a class that is not many, a module, the global object. Tables
 * without a prototype, which V8 does not tell of, are found on the way.
 */
class Holders {
  /** @param {Counts} counts */
  constructor(counts) {
    this.counts = counts
    this.rows = new Map(counts.containers.map(({ object, row }) => [object, row]))
    /** What was looked at and is none. @type {Set<object>} */
    this.small = new Set()
  }

  /** @param {any[]} objects of one realm */
  find(objects) {
    this.ask(globalThis, 'globalThis')
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i]
      if (isProxy(object) || object === globalThis) continue
      const prototype = getPrototypeOf(object)
      const known = this.counts.prototypes.get(prototype)
      if (!known || known.count > HOLDERS_MAX) continue
      if (prototype === Module.prototype) this.askModule(object)
      else if (typeof object === 'function') this.ask(object, nameOfFunction(object))
      else if (known.shape === 'keys') this.ask(object, known.name, prototype === null || known.name === 'Object')
    }
  }

  /** @param {any} module */
  askModule(module) {
    const exports = getOwnPropertyDescriptor(module, 'exports')?.value
    const filename = getOwnPropertyDescriptor(module, 'filename')?.value
    if (exports === null || !/^(?:object|function)$/.test(typeof exports) || isProxy(exports)) return
    const file = typeof filename === 'string' ? filename.split(/[\\/]/).slice(-2).join('/') : 'a module'
    this.ask(exports, `exports of ${file}`)
  }

  /** @param {object} holder @param {string} name @param {boolean} [isPlain] of no class: it may be a table */
  ask(holder, name, isPlain = false) {
    // Others of its class are not: `Buffer.prototype` is no view, and of Uint8Array all the same.
    if (isIndexed(holder)) return
    const own = Reflect.ownKeys(holder)
    if (own.length > PROPERTIES_MAX && holder !== globalThis) return
    /** @type {boolean | undefined} */
    let isTable
    for (const key of own) {
      const value = getOwnPropertyDescriptor(holder, key)?.value
      if (typeof value !== 'object' || value === null || isProxy(value)) continue
      const row = this.rowOf(value, key)
      if (!row) continue
      isTable ??= isPlain && isTableOf(holder, own)
      const property = isTable && typeof key === 'string' ? KEY : propertyText(key, isPlain)
      row.heldBy = better(row.heldBy, `${name}${property}`.slice(0, 2 * NAME_MAX))
    }
  }

  /** The container that a property holds, if it is one; of what has no prototype now first heard of. @param {object} value @param {string | symbol} key */
  rowOf(value, key) {
    const row = this.rows.get(value)
    if (row || getPrototypeOf(value) !== null || this.small.has(value) || key === '_events') return row
    const made = this.counts.addContainer(value, TABLE, keys(value).length)
    if (made) this.rows.set(value, made)
    else this.small.add(value)
    return made
  }
}

/**
 * Of two holders the one that says more; always the same one, whatever V8 tells first.
 * @param {string | undefined} one @param {string} other
 */
function better(one, other) {
  if (one === undefined) return other
  const order = saysLittle(one) - saysLittle(other) || (one < other ? -1 : 1)
  return order < 0 ? one : other
}

/** @param {string} heldBy */
function saysLittle(heldBy) {
  if (/^(?:globalThis\.|exports of )/.test(heldBy)) return 0
  return /^(?:Object|function)\b/.test(heldBy) ? (heldBy.endsWith(KEY) ? 3 : 2) : 1
}

/** A property as a person wrote it; what reads as a key is data. @param {string | symbol} key @param {boolean} isPlain */
function propertyText(key, isPlain) {
  if (typeof key === 'symbol') return WORDS.test(key.description ?? '') ? `[${String(key)}]` : KEY
  const digits = key.replace(/\D/g, '').length
  return IDENTIFIER.test(key) && digits <= (isPlain ? 0 : 2) ? `.${key}` : KEY
}

/** Whether what an object holds is all of one class: then its properties are entries. @param {object} holder @param {(string | symbol)[]} own */
function isTableOf(holder, own) {
  const values = own
    .map((key) => getOwnPropertyDescriptor(holder, key)?.value)
    .filter((value) => typeof value === 'object' && value !== null && !isProxy(value))
  const [first] = values
  return values.length >= ALIKE_MIN && values.every((value) => getPrototypeOf(value) === getPrototypeOf(first))
}

/** @param {any} prototype @returns {'emitter' | 'target' | undefined} */
function familyOf(prototype) {
  for (let one = prototype; one !== null && !isProxy(one); one = getPrototypeOf(one)) {
    if (one === EventEmitter.prototype) return 'emitter'
    if (one === EventTarget.prototype) return 'target'
  }
  return undefined
}

/** @param {Function} made */
function nameOfFunction(made) {
  const name = getOwnPropertyDescriptor(made, 'name')?.value
  // That of a property may be a key.
  return typeof name === 'string' && WORDS.test(name) ? name : 'function'
}

/**
 * Counts the heap of a copy of the process, and writes what it found. An error of ours is told too: the program that
 * this is a copy of is to hear it.
 * @param {number} fd
 */
function countFromCopy(fd) {
  let told
  try {
    told = { counted: countObjects() }
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    told = { failed: { code: String(code ?? 'ERR_LEAKGUARD_INTERNAL'), message: String(message) } }
  }
  pourSync(fd, Buffer.from(JSON.stringify(told)))
  return null
}

/** What a copy wrote. @param {Uint8Array} bytes @returns {Counted} */
function readCounted(bytes) {
  const { counted, failed } = JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (failed) throw new LeakguardError(failed.code, failed.message)
  return counted
}

/** Counts all realms of this thread. V8 collects all garbage first. Throws ERR_LEAKGUARD_NO_INSPECTOR. @returns {Counted} */
function countObjects() {
  const { inspector, why } = Inspector.open()
  if (!inspector) {
    const message = `a census needs Node's inspector, which is not available: ${why}`
    throw new LeakguardError('ERR_LEAKGUARD_NO_INSPECTOR', message)
  }
  const counts = new Counts()
  try {
    if (contextsOf(inspector).length > 1) counts.sandboxes = []
    const count = (/** @type {any[]} */ objects) => counts.count(objects)
    visitRealm(inspector, { global: runInThisContext('globalThis') }, count)
    for (const realm of realmsOf(inspector, counts.sandboxes ?? [])) visitRealm(inspector, realm, count)
    return counts.told()
  } finally {
    counts.clear()
    inspector.close()
  }
}

module.exports = { countFromCopy, countObjects, readCounted }

// @ts-check
// Counts every live object of this program without a snapshot: classes, and how large each container is, those that
// no module exports included. Runs no code of the program: no getter, no proxy trap, no Symbol.toStringTag.
'use strict'

const { types } = require('node:util')
const { timed } = require('./times.js')
const { kindOf, ownRealms, sizeOf, visitRealm } = require('../v8/live-objects.js')

/** Containers smaller than this are not followed one by one. */
const SIZE_MIN = 4
/** Containers followed at the most; classes always are. */
const ROWS_MAX = 200_000
/** Censuses that are remembered: those around the rounds of a stage. */
const LOOKS = 4
/** Rows for containers that are made after the first census. */
const SPARE = 2000
/** Containers that grew from one census to the next and are remembered themselves. */
const GROWING_MAX = 200
const { getPrototypeOf } = Object
const { isProxy } = types

/** What is known of a prototype. @typedef {{ row: number, shape: import('../v8/live-objects.js').Shape }} Known */

/** Containers of fewer are not followed one by one. @typedef {Partial<Record<import('../v8/live-objects.js').Shape, number>>} Mins */

/**
 * Its tables are made once and lie outside of the heap: what it keeps itself must not grow while others are watched.
 */
class Census {
  /**
   * @param {import('../v8/inspector.js').InspectorLike} inspector
   * @param {{ realms?: import('../v8/live-objects.js').Realm[], mins?: Mins, isFirstLook?: boolean }} [how] `realms`: those of
   *   the program where none are given; `mins`: of which size containers are followed; `isFirstLook`: the census that knows
   *   what there is counts as the first one
   */
  constructor(inspector, { realms, mins = {}, isFirstLook = false } = {}) {
    this.inspector = inspector
    this.mins = mins
    /** Rows of containers. @type {WeakMap<object, number>} */
    this.containers = new WeakMap()
    /** Rows of classes and of bytes, by kind and name. @type {Map<string, number>} */
    this.classes = new Map()
    /** The class's row, by row. */
    this.classOf = new Uint32Array(0)
    this.rows = 0
    this.taken = 0
    this.objects = 0
    /** One column for each of the last LOOKS censuses. @type {Float64Array[]} */
    this.columns = []
    /** Rows of the containers that are looked for, and the containers. @type {Set<number>} */
    this.wanted = new Set()
    /** @type {WeakRef<object>[]} */
    this.found = []
    /** Those that grew up to the latest census, by row. @type {Map<number, WeakRef<object>>} */
    this.growing = new Map()
    this.realms = realms ?? ownRealms(inspector)
    this.size(ROWS_MAX)
    this.take()
    const [first] = this.columns
    this.size(this.rows + SPARE)
    this.columns[0].set(first.subarray(0, this.rows))
    this.taken = Number(isFirstLook)
  }

  /** Makes room for so many rows, and keeps what there is. @param {number} rows */
  size(rows) {
    const before = this.classOf
    this.classOf = new Uint32Array(rows)
    this.classOf.set(before.subarray(0, rows))
    this.columns = Array.from({ length: LOOKS }, () => new Float64Array(rows))
  }

  /** Counts. V8 collects all garbage first. 30-100 ms on a small heap, 0.5 s for a million objects. */
  take() {
    const column = this.columns[this.taken % LOOKS]
    column.fill(0)
    this.objects = 0
    this.growing.clear()
    timed('counts', () => {
      for (const realm of this.realms) visitRealm(this.inspector, realm, (objects) => this.count(objects))
    })
    this.taken++
  }

  /** @param {any[]} objects */
  count(objects) {
    const column = this.columns[this.taken % LOOKS]
    /** @type {Map<object, Known>} */
    const prototypes = new Map()
    const bytes = this.row('bytes', 'ArrayBuffer')
    this.objects += objects.length
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i]
      if (isProxy(object)) continue
      const prototype = getPrototypeOf(object)
      let known = prototypes.get(prototype)
      if (known === undefined) {
        const { name, shape } = kindOf(object, prototype)
        known = { row: this.row('class', name), shape }
        prototypes.set(prototype, known)
      }
      column[known.row]++
      const size = sizeOf(object, known.shape)
      if (known.shape === 'buffer') column[bytes] += size
      else if (size >= (this.mins[known.shape] ?? SIZE_MIN)) this.container(object, known.row, size)
    }
  }

  /** @param {'class' | 'bytes'} kind @param {string} name */
  row(kind, name) {
    const key = `${kind} ${name}`
    let row = this.classes.get(key)
    if (row === undefined) {
      row = this.rows < this.classOf.length ? this.rows++ : 0
      this.classes.set(key, row)
      this.classOf[row] = row
    }
    return row
  }

  /** @param {object} container @param {number} classRow @param {number} size */
  container(container, classRow, size) {
    let row = this.containers.get(container)
    if (row === undefined) {
      // Those made after the first look are the operation's own: their class tells of them.
      if (this.taken > 1 || this.rows >= this.classOf.length) return
      row = this.rows++
      this.containers.set(container, row)
      this.classOf[row] = classRow
    }
    this.columns[this.taken % LOOKS][row] = size
    if (this.taken > 0 && size > this.latest(row) && this.growing.size < GROWING_MAX)
      this.growing.set(row, new WeakRef(container))
    if (this.wanted.has(row)) this.found.push(new WeakRef(container))
  }

  /** The container of a row, weakly; takes a census of its own where it did not grow up to the latest. @param {number} row */
  one(row) {
    return this.growing.get(row) ?? this.find([row])[0]
  }

  /** The containers of rows, weakly; takes a census of its own. @param {number[]} rows */
  find(rows) {
    this.wanted = new Set(rows)
    this.found = []
    this.take()
    this.wanted.clear()
    return this.found
  }

  /** How large a container is now, without a census. @param {WeakRef<object>} ref */
  static sizeNow(ref) {
    const container = ref.deref()
    return container && !isProxy(container) ? sizeOf(container, kindOf(container, getPrototypeOf(container)).shape) : 0
  }

  /** What the latest census says of a row. @param {number} row */
  latest(row) {
    return this.columns[(this.taken - 1) % LOOKS][row]
  }

  /** Rows of containers of this class that had this size at each of the latest looks. @param {string} name @param {number} size */
  steady(name, size) {
    const classRow = this.classes.get(`class ${name}`)
    const columns = this.columns.slice(0, Math.min(this.taken, LOOKS))
    const rows = []
    for (let row = 0; row < this.rows; row++) {
      if (row === classRow || this.classOf[row] !== classRow) continue
      if (columns.every((column) => column[row] === size)) rows.push(row)
    }
    return rows
  }

  /** What a row counts. @param {number} row @returns {{ kind: 'class' | 'container' | 'bytes', name: string }} */
  describe(row) {
    const classRow = this.classOf[row]
    const key = [...this.classes].find(([, at]) => at === classRow)?.[0] ?? 'class Object'
    const [kind, name] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)]
    return { kind: row === classRow ? /** @type {'class' | 'bytes'} */ (kind) : 'container', name }
  }

  /**
   * What grew from the first to the last of the latest `looks` censuses, as one flat table for the native side.
   * @param {number} looks
   */
  grown(looks) {
    const columns = Array.from({ length: looks }, (_, k) => this.columns[(this.taken - looks + k) % LOOKS])
    const [first, last] = [columns[0], columns[looks - 1]]
    const rows = []
    for (let row = 0; row < this.rows; row++) if (last[row] > first[row]) rows.push(row)
    return { rows, table: new Float64Array(rows.flatMap((row) => columns.map((column) => column[row]))) }
  }
}

/** @typedef {InstanceType<typeof Census>} CensusLike */

module.exports = { Census }

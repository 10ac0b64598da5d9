// @ts-check
// Listener lists that the first calls of an operation add to, and how long they are at each look: an exact count that
// needs no census and no collection. Knows lists, not which listener came from where: see witness.js. Keeps nothing
// alive.
'use strict'

const { hub } = require('../hooks/index.js')
const { labelOf, sizeOf } = require('../v8/listener-lists.js')

/** Lists beyond these are left to the census. */
const LISTS_MAX = 500
const PREFIX = 'listener:'

/** Whether a count is that of listener lists. @param {string} name */
const isOfLists = (name) => name.startsWith(PREFIX)
/** What the witness calls such listeners: event and class. @param {string} name */
const labelOfLists = (name) => name.slice(PREFIX.length)

class Lists {
  constructor() {
    /** @type {{ ref: WeakRef<object>, type: string | symbol, family: import('../v8/listener-lists.js').Family, name: string, site: string }[]} `site`: what was first heard to add */
    this.known = []
    /** @type {WeakMap<object, Set<string | symbol>>} */
    this.heard = new WeakMap()
    /** Timers that the first calls made: what they take off later is still there at first. */
    this.timers = 0
    const nothing = () => {}
    /** @type {import('../hooks/hub.js').Sink} */
    this.sink = {
      listener: ({ family, target, type }, site) => this.hear(family, target, type, site),
      timer: () => {
        this.timers++
      },
      resource: nothing,
      descriptor: nothing,
      warning: nothing,
      tick: nothing
    }
  }

  /** @template T @param {() => Promise<T>} work during which lists are heard of @returns {Promise<T>} */
  async during(work) {
    hub().add(this.sink, globalThis, true)
    try {
      return await work()
    } finally {
      hub().remove(this.sink)
    }
  }

  /** @param {import('../v8/listener-lists.js').Family} family @param {object} target @param {string | symbol} type @param {string} site */
  hear(family, target, type, site) {
    // Dependent signals are held weakly: their number says nothing before a collection.
    if (family === 'dependents' || this.known.length >= LISTS_MAX) return
    const types = this.heard.get(target) ?? new Set()
    if (types.has(type)) return
    this.heard.set(target, types.add(type))
    this.known.push({ ref: new WeakRef(target), type, family, name: `${PREFIX}${labelOf(target, type)}`, site })
  }

  /**
   * Whether such listeners stay unless they are taken off in the call: not where timers may do so later, nor on signals,
   * which finalizers take them off of.
   * @param {string} name
   */
  areLasting(name) {
    return this.timers === 0 && this.known.every((list) => list.name !== name || list.family === 'emitter')
  }

  /** The lines that were first heard to add to lists of this name. @param {string} name @returns {Map<string, number>} */
  sitesOf(name) {
    return new Map(this.known.filter((list) => list.name === name).map(({ site }) => [site, 1]))
  }

  /** Those that are still there. @param {(name: string, size: number) => void} visit */
  each(visit) {
    for (const { ref, type, family, name } of this.known) {
      const target = ref.deref()
      if (target) visit(name, measured(family, target, type))
    }
  }
}

/** A getter of the program's that throws: nothing is known. @param {import('../v8/listener-lists.js').Family} family @param {object} target @param {string | symbol} type */
function measured(family, target, type) {
  try {
    return sizeOf(family, target, type)
  } catch {
    return 0
  }
}

/** @typedef {InstanceType<typeof Lists>} ListsLike */

module.exports = { Lists, isOfLists, labelOfLists }

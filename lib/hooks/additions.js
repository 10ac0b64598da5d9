// @ts-check
// Which lines add to containers: stand-ins for what adds to Maps, Sets and arrays, for a bounded time and only while
// somebody asks. Keeps containers weakly, and knows of them their size; what grows, and why it matters, is for others.
'use strict'

const { apply, weakRef } = require('../base/natives.js')
const { callSite } = require('../v8/call-site.js')
const { nameOf } = require('../v8/live-objects.js')
const { Replacement } = require('./replace.js')

/** Containers that are remembered, and stacks that are taken: a stack takes 2 to 80 µs. */
const CONTAINERS_MAX = 2000
const STACKS_MAX = 5000
/** And of one container. */
const STACKS_EACH_MAX = 200
/** A container is the one that is meant where its size is off by no more than this, or this share. */
const SIZE_OFF_MAX = 2
const SIZE_OFF_SHARE = 0.02

/** @type {<C extends object>(prototype: C, name: string) => (target: any) => number} */
const sizeGetter = (prototype, name) => {
  const get = /** @type {any} */ (Object.getOwnPropertyDescriptor(prototype, name)?.get)
  return (target) => apply(get, target, [])
}
const mapSize = sizeGetter(Map.prototype, 'size')
const setSize = sizeGetter(Set.prototype, 'size')
const { isArray } = Array
const { getPrototypeOf } = Object

/** @param {any} map */
const ofMap = (map) => mapSize(map)
/** @param {any} set */
const ofSet = (set) => setSize(set)
/** @param {any} array what `push` is called on need not be one */
const ofArray = (array) => (isArray(array) ? array.length : 0)

/** @typedef {{ ref: WeakRef<object>, class: string, sites: Map<string, number>, stacks: number, sizeOf: (target: any) => number, size: number }} Added */

class Additions {
  /** @param {number} [sizeMin] smaller containers are left alone @param {number} [callsMax] after so many calls it ends by itself */
  constructor(sizeMin = 1, callsMax = Infinity) {
    this.sizeMin = sizeMin
    this.callsLeft = callsMax
    this.stacksLeft = STACKS_MAX
    /** @type {WeakMap<object, Added>} */
    this.known = new WeakMap()
    /** @type {Added[]} */
    this.all = []
    this.isBusy = false
    this.isStarted = false
    const around = (/** @type {(target: any) => number} */ size) => (/** @type {any} */ original) =>
      this.wrap(original, size)
    this.replacements = [
      new Replacement(Map.prototype, 'set', around(ofMap)),
      new Replacement(Set.prototype, 'add', around(ofSet)),
      new Replacement(Array.prototype, 'push', around(ofArray)),
      new Replacement(Array.prototype, 'unshift', around(ofArray))
    ]
  }

  start() {
    this.isStarted = true
    for (const replacement of this.replacements) replacement.install()
  }

  /** V8 holds what is looked at strongly until the job is over: not to be called just before a heap is taken. */
  stop() {
    if (!this.isStarted) return
    this.isStarted = false
    for (const replacement of this.replacements) replacement.uninstall()
    for (const added of this.all) added.size = sizeIn(added)
  }

  /** @param {Function} original @param {(target: any) => number} sizeOf @returns {Function} */
  wrap(original, sizeOf) {
    const additions = this
    // No constructor, as what it stands in for.
    return {
      /** @this {any} @param {any[]} args */
      call(...args) {
        const result = apply(original, this, args)
        if (!additions.isBusy) additions.note(this, sizeOf)
        return result
      }
    }.call
  }

  /** @param {any} container @param {(target: any) => number} sizeOf */
  note(container, sizeOf) {
    if (--this.callsLeft < 0) return this.stop()
    const size = sizeOf(container)
    if (size < this.sizeMin || this.stacksLeft <= 0) return
    this.isBusy = true
    try {
      this.look(container, sizeOf)
    } catch {
      // The program's own work is done.
    } finally {
      this.isBusy = false
    }
  }

  /** @param {object} container @param {(target: any) => number} sizeOf */
  look(container, sizeOf) {
    let added = this.known.get(container)
    if (!added) {
      if (this.all.length >= CONTAINERS_MAX) return
      const ref = weakRef(container)
      added = { ref, class: nameOf(getPrototypeOf(container)), sites: new Map(), stacks: 0, sizeOf, size: 0 }
      this.known.set(container, added)
      this.all.push(added)
    }
    if (added.stacks >= STACKS_EACH_MAX) return
    added.stacks++
    this.stacksLeft--
    const site = callSite()
    if (site) added.sites.set(site, (added.sites.get(site) ?? 0) + 1)
  }

  /** Most that was added to one container so far. */
  most() {
    return Math.max(0, ...this.all.map(({ stacks }) => stacks))
  }

  /**
   * Lines that added to the container of this class that had from so many to so many entries in the end, and how often each
   * did; nothing where there is none, or more than one that differ in that.
   * @param {string} of @param {number} from @param {number} [to] @returns {Map<string, number>}
   */
  sitesOf(of, from, to = from) {
    const off = (/** @type {number} */ size) => Math.max(SIZE_OFF_MAX, size * SIZE_OFF_SHARE)
    const fits = (/** @type {number} */ size) => size >= from - off(from) && size <= to + off(to)
    const found = this.all.filter((added) => added.class === of && added.sites.size > 0 && fits(added.size))
    const [first, ...others] = found
    const isAlike = (/** @type {Added} */ { sites }) => firstLine(sites) === firstLine(first.sites)
    return first && others.every(isAlike) ? first.sites : new Map()
  }
}

/** @param {Added} added */
function sizeIn({ ref, sizeOf }) {
  const container = ref.deref()
  return container ? sizeOf(container) : 0
}

/** Of the line that added most. @param {Map<string, number>} sites */
function firstLine(sites) {
  const [most] = [...sites].sort(([, a], [, b]) => b - a)
  return most?.[0].split('\n')[0]
}

/** @typedef {InstanceType<typeof Additions>} AdditionsLike */

module.exports = { Additions }

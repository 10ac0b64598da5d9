// @ts-check
// Which lines add to containers: stand-ins for what adds to Maps, Sets and arrays, for a bounded time and only while
// somebody asks. Keeps containers weakly, and knows of them their size; what grows, and why it matters, is for others.
// Runs no code of the program, and throws nothing into it.
'use strict'

const { isProxy } = require('node:util').types
const { attempt } = require('../base/entry.js')
const { apply, weakRef } = require('../base/natives.js')
const { callSite } = require('../v8/call-site.js')
const { nameOf, sizeOf } = require('../v8/live-objects.js')
const { Replacement } = require('./replace.js')

/** Containers that are remembered, and stacks that are taken, in all and of one: a stack takes 2 to 80 µs. */
const CONTAINERS_MAX = 500
const STACKS_MAX = 5000
const STACKS_EACH_MAX = 200
/** A container is the one that is meant where its size is off by no more than this, or this share. */
const SIZE_OFF_MAX = 2
const SIZE_OFF_SHARE = 0.02
/** Whoever asked may have been stopped: then it ends by itself, in milliseconds. */
const LIFE_MS = 60_000

const { getPrototypeOf } = Object

/** Of what may be anything: 0 for what is no such container, or only looks like one. @type {Record<string, (target: any) => number>} */
const SIZES = {
  map: (target) => sizeOf(target, 'map'),
  set: (target) => sizeOf(target, 'set'),
  // A proxy of an array is one too, and would be asked.
  array: (target) => (isProxy(target) ? 0 : sizeOf(target, 'array'))
}

/** What was seen of one container: its size at first and in the end, and who made it larger. @typedef {{ class: string, sites: Map<string, number>, stacks: number, sizeIn: (target: any) => number, first: number, size: number }} Added */

class Additions {
  /** @param {{ sizeMin?: number, callsMax?: number, stacksMax?: number, enough?: number }} [bounds] smaller containers are left alone; after so many calls, stacks, or additions to one container it ends by itself */
  constructor({ sizeMin = 1, callsMax = 1_000_000, stacksMax = STACKS_MAX, enough = Infinity } = {}) {
    this.sizeMin = sizeMin
    this.callsLeft = callsMax
    this.stacksLeft = stacksMax
    this.enough = enough
    /** @type {WeakMap<object, Added>} */
    this.known = new WeakMap()
    /** @type {WeakRef<object>[]} */
    this.containers = []
    this.isBusy = false
    this.isOver = true
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    const around = (/** @type {(target: any) => number} */ size) => (/** @type {any} */ original) =>
      this.wrap(original, size)
    this.replacements = [
      new Replacement(Map.prototype, 'set', around(SIZES.map)),
      new Replacement(Set.prototype, 'add', around(SIZES.set)),
      new Replacement(Array.prototype, 'push', around(SIZES.array)),
      new Replacement(Array.prototype, 'unshift', around(SIZES.array))
    ]
  }

  start() {
    this.isOver = false
    for (const replacement of this.replacements) replacement.install()
    this.timer = setTimeout(() => this.end(), LIFE_MS)
    this.timer.unref()
  }

  /** Takes the stand-ins back: what a program has kept of them does as the original from now on. */
  end() {
    this.isOver = true
    clearTimeout(this.timer)
    for (const replacement of this.replacements) attempt(() => replacement.uninstall())
  }

  /** Ends, and reads how large containers are now. V8 holds what is looked at until the job is over: not to be called just before a heap is taken. */
  stop() {
    this.end()
    attempt(() => {
      for (const ref of this.containers) {
        const container = ref.deref()
        const added = container && this.known.get(container)
        if (added) added.size = added.sizeIn(container)
      }
    })
  }

  /** @param {Function} original @param {(target: any) => number} size @returns {Function} */
  wrap(original, size) {
    const additions = this
    // No constructor, as what it stands in for.
    return {
      /** @this {any} @param {any[]} args */
      call(...args) {
        if (additions.isOver || additions.isBusy) return apply(original, this, args)
        const before = size(this)
        const result = apply(original, this, args)
        additions.noteAddition(this, before, size)
        return result
      }
    }.call
  }

  /** @param {any} container @param {number} before its size @param {(target: any) => number} size now */
  noteAddition(container, before, size) {
    this.isBusy = true
    try {
      if (--this.callsLeft < 0) return this.end()
      // What replaces an entry adds none.
      if (before < this.sizeMin - 1 || size(container) <= before) return
      this.look(container, before, size)
    } catch {
      // The program's own work is done.
    } finally {
      this.isBusy = false
    }
  }

  /** @param {object} container @param {number} before @param {(target: any) => number} sizeIn */
  look(container, before, sizeIn) {
    let added = this.known.get(container)
    if (!added) {
      if (this.containers.length >= CONTAINERS_MAX) return
      const name = nameOf(getPrototypeOf(container))
      added = { class: name, sites: new Map(), stacks: 0, sizeIn, first: before, size: before }
      this.known.set(container, added)
      this.containers.push(weakRef(container))
    }
    if (added.stacks >= STACKS_EACH_MAX) return
    const site = callSite()
    if (site) added.sites.set(site, (added.sites.get(site) ?? 0) + 1)
    added.stacks++
    if (--this.stacksLeft <= 0 || added.stacks >= this.enough) this.end()
  }

  /**
   * Lines that made the container of this class larger that had from so many to so many entries when it was stopped, and how
   * often each did; nothing where there is none, or more than one that differ in that.
   * @param {string} of @param {number} from @param {number} [to] @returns {Map<string, number>}
   */
  sitesOf(of, from, to = from) {
    const off = (/** @type {number} */ size) => Math.max(SIZE_OFF_MAX, size * SIZE_OFF_SHARE)
    const fits = (/** @type {number} */ size) => size >= from - off(from) && size <= to + off(to)
    const [first, ...others] = this.containers.flatMap((ref) => {
      const container = ref.deref()
      const added = container && this.known.get(container)
      // One that is as large as it was is full.
      return added && added.class === of && added.size > added.first && fits(added.size) ? [added] : []
    })
    const isAlike = (/** @type {Added} */ { sites }) => firstLine(sites) === firstLine(first.sites)
    return first && others.every(isAlike) ? first.sites : new Map()
  }
}

/** Of the line that added most. @param {Map<string, number>} sites */
function firstLine(sites) {
  const [most] = [...sites].sort(([, a], [, b]) => b - a)
  return most?.[0].split('\n')[0]
}

/** @typedef {InstanceType<typeof Additions>} AdditionsLike */

module.exports = { Additions }

// @ts-check
// A counted heap, as its user holds it and compares it with an earlier one. Knows what was counted, not how.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { readLimit } = require('../base/options.js')

/** @typedef {import('./counting.js').Counted} Counted */
/** What grew is told with these. @typedef {import('../..').CensusGrowth} Growth */

/** A counted heap. See index.d.ts. */
class HeapCensus {
  /** As text: as objects what is counted here would count in the next census. */
  #text

  /** @param {Counted} counted @param {object} capture */
  constructor(counted, capture) {
    this.#text = JSON.stringify(counted)
    this.capture = Object.freeze(capture)
  }

  /** @returns {Counted} */
  get #counted() {
    return JSON.parse(this.#text)
  }

  get objects() {
    return this.#counted.objects
  }

  get buffers() {
    return this.#counted.buffers
  }

  /** @param {{ limit?: number }} [options] */
  classes(options) {
    return this.#counted.classes.slice(0, readLimit('classes', options)).map(([name, count]) => ({ name, count }))
  }

  /** @param {{ limit?: number }} [options] */
  containers(options) {
    return this.#counted.containers.slice(0, readLimit('containers', options))
  }

  /** @param {{ limit?: number }} [options] */
  listeners(options) {
    return this.#counted.listeners.slice(0, readLimit('listeners', options))
  }

  /** @param {unknown} earlier @returns {Growth[]} */
  grownSince(earlier) {
    if (typeof earlier !== 'object' || earlier === null || !(#text in earlier)) {
      throw invalidArg(`grownSince: earlier must be a HeapCensus, not ${given(earlier)}`)
    }
    const [before, after] = [earlier.#counted, this.#counted]
    const from = totalsOf(before)
    return [...totalsOf(after)]
      .map(([key, { kind, name, total }]) => ({ kind, name, from: from.get(key)?.total ?? 0, to: total }))
      .filter(({ from, to }) => to > from)
      .sort((a, b) => b.to - b.from - (a.to - a.from))
  }

  toJSON() {
    const { objects, classes, containers, listeners, buffers } = this.#counted
    const named = classes.map(([name, count]) => ({ name, count }))
    return {
      schemaVersion: 1,
      capture: this.capture,
      objects,
      classes: named,
      containers,
      listeners,
      buffers
    }
  }
}

/** @param {Counted} counted @returns {Map<string, { kind: Growth['kind'], name: string, total: number }>} */
function totalsOf({ classes, containers, listeners, buffers }) {
  const all = new Map()
  const add = (/** @type {Growth['kind']} */ kind, /** @type {string} */ name, /** @type {number} */ size) => {
    const key = `${kind}\n${name}`
    const row = all.get(key)
    if (row) row.total += size
    else all.set(key, { kind, name, total: size })
  }
  for (const [name, count] of classes) add('class', name, count)
  for (const { name, size, heldBy } of containers) add('container', heldBy ? `${name} ${heldBy}` : name, size)
  for (const { emitter, event, count } of listeners) add('listener', `'${event}' of ${emitter}`, count)
  add('buffer', 'bytes of ArrayBuffers', buffers.bytes)
  return all
}

/** @typedef {InstanceType<typeof HeapCensus>} HeapCensusLike */

module.exports = { HeapCensus }

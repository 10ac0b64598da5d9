// @ts-check
// Why a container that grows may only be filling: what its code bounds it by. Knows code that was read, not what grows.
'use strict'

const { BY_KEY, boundOf } = require('../code/bound.js')

/** A bound that is read from code may be passed by so much, for a moment. */
const BOUND_SLACK = 1.05

/** Its code bounds it by so many entries, or in a way that cannot be read, or whoever asks takes entries out. @typedef {{ name: string, at?: number, entries: number, isByKey?: boolean }} Bound */

/** Code takes time to read: what was read is kept. */
class Bounds {
  constructor() {
    /** By names and files. @type {Map<string, number | undefined>} */
    this.known = new Map()
  }

  /** @param {import('../../native.js').NativeGained} gained @param {string[]} programFiles @returns {Bound | undefined} */
  of({ names, files, entries }, programFiles) {
    const key = JSON.stringify([names, files, entries === 0])
    if (!this.known.has(key))
      this.known.set(
        key,
        boundOf({ names, files, entries }, () => programFiles, true)
      )
    const bound = this.known.get(key)
    if (bound === undefined || entries > bound * BOUND_SLACK) return
    const name = names.at(-1) ?? 'it'
    if (bound < BY_KEY) return { name, at: bound, entries }
    return { name, entries, isByKey: bound === BY_KEY }
  }
}

module.exports = { Bounds }

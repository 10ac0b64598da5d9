// @ts-check
// A heap snapshot as a graph, as its user holds it. Knows the native graph; not where it came from.
'use strict'

const { addon } = require('../base/addon.js')
const { awaitAddon, fromAddon, given, invalidArg } = require('../base/errors.js')
const { readLimit } = require('../base/options.js')
const { toPath } = require('../findings/findings.js')
const { OWNERS_FINENESS, ownersOf } = require('../report/details.js')
const { HeapCensus } = require('./census.js')

/** @typedef {import('../../native.js').NativeFineness} Fineness */

/** A heap snapshot as a graph. See index.d.ts. */
class HeapGraph {
  #heap
  #totals
  #notes

  #isAnalysed

  /** @param {InstanceType<typeof import('../../native.js').NativeHeap>} heap @param {boolean} isEager @param {object} [capture] */
  constructor(heap, isEager, capture) {
    this.#heap = heap
    this.#isAnalysed = isEager
    this.#totals = heap.totals()
    this.#notes = Object.freeze(heap.notes())
    if (capture) this.capture = Object.freeze(capture)
  }

  get nodeCount() {
    return this.#totals[0]
  }

  get edgeCount() {
    return this.#totals[1]
  }

  get selfBytes() {
    return this.#totals[2]
  }

  get notes() {
    return this.#notes
  }

  /** @param {{ limit?: number }} [options] */
  classes(options) {
    const limit = readLimit('classes', options)
    return fromAddon(() => this.#heap.classes(limit))
  }

  /** @param {number} nodeId */
  retainedBytes(nodeId) {
    return fromAddon(() => this.#heap.retainedBytes(checkId('retainedBytes', nodeId)))
  }

  /** @param {number} nodeId */
  retainerPath(nodeId) {
    return toPath(fromAddon(() => this.#heap.retainerPath(checkId('retainerPath', nodeId))))
  }

  dispose() {
    this.#heap.dispose()
    addon().giveBack()
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose()
  }

  /** Who holds the memory; nothing where dominators are left to later: they take long. @param {unknown} graph @returns {Promise<import('../..').ReportOwner[]>} */
  static async ownersOf(graph) {
    const known = /** @type {HeapGraph} */ (graph)
    return known.#isAnalysed ? ownersOf(await known.#owners(OWNERS_FINENESS)) : []
  }

  /** The same as finely as it is asked for, with the objects that each retains. @param {HeapGraph} graph @param {Fineness} fineness */
  static async countedOwnersOf(graph, fineness) {
    const found = await graph.#owners(fineness)
    return ownersOf(found).map((owner, at) => ({ ...owner, retainedCount: found[at].retainedCount }))
  }

  /** @param {Fineness} fineness */
  #owners(fineness) {
    return awaitAddon(() => this.#heap.owners(fineness))
  }

  /** @param {unknown} graph @param {string} name */
  static heapOf(graph, name) {
    if (graph instanceof HeapCensus) {
      throw invalidArg(`diffHeaps: ${name} is a census; compare it with its method grownSince()`)
    }
    if (typeof graph !== 'object' || graph === null || !(#heap in graph)) {
      throw invalidArg(`diffHeaps: ${name} must be a HeapGraph (from captureHeap or loadHeap), not ${given(graph)}`)
    }
    return /** @type {HeapGraph} */ (graph).#heap
  }
}

/** @param {string} where @param {unknown} id */
function checkId(where, id) {
  if (!Number.isSafeInteger(id) || /** @type {number} */ (id) < 0) {
    throw invalidArg(`${where}: nodeId must be an id as DevTools shows it after '@', not ${given(id)}`)
  }
  return /** @type {number} */ (id)
}

/** @typedef {InstanceType<typeof HeapGraph>} HeapGraphLike */

module.exports = { HeapGraph }

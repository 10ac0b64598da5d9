// @ts-check
// What can be read at rest without looking at objects: memory, descriptors, live resources. Writes numbers into tables
// that were made before, so that the reading itself adds nothing to what is read.
'use strict'

const v8 = require('node:v8')
const { arrayBufferBytes, heapUsage } = require('../v8/memory-usage.js')
const { activeResources } = require('../base/natives.js')

/** Requests under way and what Node itself makes and drops are not held things. */
const REQUEST =
  /Req|^(?:WriteWrap|ShutdownWrap|TickObject|Promise|TTYWrap|SignalWrap|PerformanceObserver|Immediate)|ConnectWrap/
/** Looks that a table holds. */
const LOOKS_MAX = 8

/** @typedef {'heap' | 'external' | 'arrayBuffers' | 'native'} MemoryKey memory in bytes: what is judged by its slope */

/** @param {number} looks @returns {Record<MemoryKey, Float64Array>} */
function memoryTable(looks) {
  const make = () => new Float64Array(looks)
  return { heap: make(), external: make(), arrayBuffers: make(), native: make() }
}

/**
 * @param {typeof import('../../native.js')} native @param {Record<MemoryKey, Float64Array>} table @param {number} at
 * @param {number} [uncounted] bytes outside the heap that V8 does not tell of
 */
function readMemory(native, table, at, uncounted = 0) {
  const { heapUsed, external } = heapUsage()
  const code = v8.getHeapCodeStatistics()
  const buffers = arrayBufferBytes()
  // What cannot be read just now is what it was.
  const arrayBuffers = Number.isNaN(buffers) ? (table.arrayBuffers[at - 1] ?? 0) : buffers
  const malloc = native.mallocInUse()
  table.heap[at] = heapUsed - code.code_and_metadata_size - code.bytecode_and_metadata_size
  table.external[at] = external - arrayBuffers + uncounted
  table.arrayBuffers[at] = arrayBuffers
  // What V8 was told of is in malloc too, and is judged by itself.
  table.native[at] = malloc === null ? 0 : malloc - external
}

/**
 * What is counted exactly, by name.
 * @param {typeof import('../../native.js')} native @param {import('./lists.js').ListsLike} lists
 * @param {Map<string, Float64Array>} table @param {number} at
 */
function readCounts(native, lists, table, at) {
  for (const column of table.values()) column[at] = 0
  const add = (/** @type {string} */ name, /** @type {number} */ count) => {
    let column = table.get(name)
    if (column === undefined) {
      column = new Float64Array(LOOKS_MAX)
      table.set(name, column)
    }
    column[at] += count
  }
  const heap = v8.getHeapStatistics()
  add('vm context', heap.number_of_native_contexts)
  for (const type of activeResources()) if (!REQUEST.test(type)) add(`handle:${type}`, 1)
  const seen = native.scanDescriptors([])
  seen?.kinds.forEach((kind, i) => {
    add(`fd:${kind}`, seen.counts[i])
  })
  lists.each(add)
}

module.exports = { memoryTable, readMemory, readCounts }

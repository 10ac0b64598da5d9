// @ts-check
// What keeps objects that ought to be gone, asked of a graph. Knows graphs; who wants to know, and why, it does not.
'use strict'

const { awaitAddon, fromAddon } = require('../base/errors.js')
const { HeapGraph } = require('./graph.js')

/**
 * How these nodes are kept, those that are kept alike as one.
 * @param {import('./graph.js').HeapGraphLike} graph @param {{ nodeId: number, label: string, scope: string }[]} watched
 * @param {number[]} around nodes that do not count as keeping anything
 */
function keptIn(graph, watched, around) {
  return fromAddon(() => HeapGraph.heapOf(graph, 'graph').kept(watched, around))
}

/**
 * What holds the objects that the object of class `marker` follows weakly: found aside, and good for longer than the graph.
 * @param {import('./graph.js').HeapGraphLike} graph @param {string} marker @param {string[]} labels what each of them is
 * @returns {Promise<import('../../native.js').NativeHolds>}
 */
function holdsIn(graph, marker, labels) {
  return awaitAddon(() => HeapGraph.heapOf(graph, 'graph').holds(marker, labels))
}

module.exports = { holdsIn, keptIn }

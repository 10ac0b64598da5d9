// @ts-check
// What grew from one graph to the next, as facts and as a report. Knows graphs, not how they were taken.
'use strict'

const { addon } = require('../base/addon.js')
const { awaitAddon } = require('../base/errors.js')
const { toGrowthFinding } = require('../findings/findings.js')
const { LeakReport } = require('../report/leak-report.js')
const { verdictOf } = require('../report/verdict.js')
const { examined, undecided } = require('../report/lines.js')
const { CLASSES_MAX } = require('../report/details.js')
const { HeapGraph } = require('./graph.js')

const MAY_END =
  'growth has slowed down since the last heap but one, and may be over: compare again after more of the same work'
const MAY_FILL =
  'two snapshots cannot tell a leak from a cache that fills: take a third one after more of the same work'

/** @param {InstanceType<typeof import('../../native.js').NativeHeap>[]} heaps */
async function grownBetween(heaps) {
  const found = await awaitAddon(() => addon().diffHeaps(heaps))
  return found.map((json) => /** @type {import('../findings/facts').Facts} */ (JSON.parse(json)))
}

/** What grew from each of these graphs to the next, as the native side tells it. @param {import('./graph.js').HeapGraphLike[]} graphs */
const growthOf = (graphs) => grownBetween(graphs.map((graph) => HeapGraph.heapOf(graph, 'graph')))

/**
 * Takes a graph, of a moment in seconds before which so many requests had come, as the newest of a course: what has grown up
 * to now.
 * @param {InstanceType<typeof import('../../native.js').HeapCourse>} course @param {import('./graph.js').HeapGraphLike} graph @param {number} seconds @param {number} requests
 */
const gainsOf = (course, graph, seconds, requests) =>
  awaitAddon(() => course.add(HeapGraph.heapOf(graph, 'graph'), seconds, requests))

/** @param {unknown} before @param {unknown} after @param {unknown} [final] */
async function diffHeaps(before, after, final) {
  const heaps = [HeapGraph.heapOf(before, 'before'), HeapGraph.heapOf(after, 'after')]
  if (final !== undefined) heaps.push(HeapGraph.heapOf(final, 'final'))
  const last = heaps[heaps.length - 1]
  const [grown, owners, classes] = await Promise.all([
    grownBetween(heaps),
    HeapGraph.ownersOf(final ?? after),
    awaitAddon(() => last.classChanges(heaps[0], CLASSES_MAX))
  ])
  const findings = grown.flatMap((found) => toGrowthFinding(found) ?? [])
  const nodes = last.totals()[0].toLocaleString('en')
  const seen = [examined('heap', `${heaps.length} heap snapshots, the last with ${nodes} nodes`)]
  const details = () => ({ owners, classes })
  const verdict = verdictOf(findings, [])
  const open = verdict === 'undecided' ? [undecided('may-end', heaps.length > 2 ? MAY_END : MAY_FILL)] : []
  return new LeakReport({ verdict, findings, examined: seen, undecided: open, header: null }, details)
}

module.exports = { diffHeaps, gainsOf, growthOf }

// @ts-check
// Heaps of this process, taken when asked: as a graph, or counted. Knows how they come; what they tell is for others.
'use strict'

const { addon } = require('../base/addon.js')
const { nowMs } = require('../base/clock.js')
const { readOptions } = require('../base/options.js')
const { HeapCensus } = require('./census.js')
const { countFromCopy, countObjects, readCounted } = require('./counting.js')
const { forked, pick } = require('./fork.js')
const { HeapGraph } = require('./graph.js')
const { CAPTURE_RULES, TAKE_RULES } = require('./options.js')
const { writeThinned } = require('./thin.js')
const { checkMemory, estimate, ownBytesMax, takeSnapshot } = require('./snapshot.js')
const { WAITING_BYTES_MAX, supervised } = require('./supervise.js')
const { way } = require('./way.js')

/** The tables of a census have their bounds; this is far beyond. */
const CENSUS_BYTES_MAX = 64 * 1024 * 1024

/** @param {unknown} [options] */
async function captureHeap(options) {
  const read = readOptions('captureHeap', CAPTURE_RULES, options)
  return way('captureHeap', read, captureForked, (reason) => capture('captureHeap', read, undefined, reason))
}

/**
 * A graph of a copy of the process in which large containers were thinned out first: for comparisons in a course, at a
 * fraction of the cost. Rejects as `captureHeap` with mode 'fork'.
 * @param {{ signal?: AbortSignal }} [options]
 */
async function captureThinned(options) {
  const where = 'captureThinned'
  const read = readOptions(where, CAPTURE_RULES, { ...options, mode: 'fork', redact: false, eager: false })
  const { reason } = pick(where, 'fork')
  checkMemory(where, read.force, true, 'thinned')
  const bytesMax = ownBytesMax('thinned') - estimate(true, 'thinned').copiedBytes
  return captureForked(where, read, reason, 'thinned', (fd) => writeThinned(fd, bytesMax))
}

/** @param {unknown} [options] */
async function countHeap(options) {
  const read = readOptions('countHeap', TAKE_RULES, options)
  return way('countHeap', read, countForked, (reason) => countInline('countHeap', read, reason), 'census')
}

/**
 * @param {string} where @param {Record<string, any>} read @param {string} reason
 * @param {import('./snapshot.js').Depth} [depth] @param {(fd: number) => boolean | null} [write] what the copy does; true where that takes too much memory
 */
async function captureForked(where, read, reason, depth, write) {
  const take = (/** @type {Fork} */ fork, /** @type {Task} */ task) => fork.graph(task, read.redact, !read.eager)
  const { result, capture } = await byCopy(where, read, reason, take, depth, write)
  return new HeapGraph(result, read.eager, capture)
}

/** @param {string} where @param {Record<string, any>} read @param {string} reason */
async function countForked(where, read, reason) {
  const take = async (/** @type {Fork} */ fork, /** @type {Task} */ task) =>
    readCounted(await fork.bytes(task, CENSUS_BYTES_MAX))
  const { result, capture } = await byCopy(where, read, reason, take, 'census', countFromCopy)
  return new HeapCensus(result, capture)
}

/** @typedef {InstanceType<typeof import('../../native.js').NativeFork>} Fork */
/** @typedef {InstanceType<typeof import('../../native.js').Task>} Task */

/**
 * What a copy of the process gives, and how it came.
 * @template T
 * @param {string} where @param {Record<string, any>} read @param {string} reason
 * @param {(fork: Fork, task: Task) => Promise<T>} take
 * @param {import('./snapshot.js').Depth} [depth] @param {(fd: number) => boolean | null} [write] what the copy does; true where that takes too much memory
 */
async function byCopy(where, read, reason, take, depth, write) {
  const startedMs = nowMs()
  let told = {}
  const result = await supervised(read, async (task) => {
    const done = await forked(where, read, task, (fork) => take(fork, task), depth, write)
    told = done.told
    return done.result
  })
  const totalMs = nowMs() - startedMs
  return { result, capture: { mode: 'fork', reason, ...told, totalMs } }
}

/** @param {string} where @param {Record<string, any>} read @param {string} reason */
async function countInline(where, read, reason) {
  checkMemory(where, read.force, false, 'census')
  const startedMs = nowMs()
  const counted = await supervised(read, async () => countObjects())
  const totalMs = nowMs() - startedMs
  return new HeapCensus(counted, inlineDetails(reason, totalMs, totalMs))
}

/**
 * A capture during which ids may be asked for: they are good for this graph.
 * @param {string} where @param {Record<string, any>} read @param {() => void} [whileIdsHold]
 * @param {string} [reason] why this way
 */
async function capture(where, read, whileIdsHold, reason = 'asked for') {
  checkMemory(where, read.force, false)
  const startedMs = nowMs()
  let pauseMs = 0
  const heap = await supervised(read, async (task) => {
    const intake = new (addon().HeapIntake)()
    const graph = intake.start(task, read.redact, !read.eager)
    // A failed reader is told by its promise; a failed snapshot must not leave that unhandled.
    graph.catch(() => {})
    try {
      pauseMs = takeSnapshot((chunk) => intake.pushWaiting(chunk, WAITING_BYTES_MAX), whileIdsHold)
    } catch (error) {
      task.cancel()
      throw error
    } finally {
      intake.end()
    }
    return graph
  })
  const totalMs = nowMs() - startedMs
  return new HeapGraph(heap, read.eager, inlineDetails(reason, pauseMs, totalMs))
}

/** @param {string} reason @param {number} pauseMs @param {number} totalMs */
const inlineDetails = (reason, pauseMs, totalMs) => ({
  mode: 'inline',
  reason,
  pauseMs,
  totalMs,
  attempts: 1,
  failures: []
})

module.exports = { capture, captureHeap, captureThinned, countHeap }

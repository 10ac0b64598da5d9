// @ts-check
// Graphs of snapshots that somebody else wrote: a file, or a stream of pieces. Knows the native reader, no process.
'use strict'

const path = require('node:path')
const { addon } = require('../base/addon.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { HeapGraph } = require('./graph.js')
const { LOAD_RULES } = require('./options.js')
const { WAITING_BYTES_MAX, supervised } = require('./supervise.js')

/**
 * What a source gives, until `stopped` rejects: one that never says anything again must not hold its caller.
 * @template T @param {AsyncIterable<T>} source @param {Promise<never>} stopped @returns {AsyncGenerator<T>}
 */
async function* untilStopped(source, stopped) {
  const iterator = source[Symbol.asyncIterator]()
  /** @type {{ error: unknown } | undefined} */
  let end
  /** @type {(error: unknown) => void} */
  let refuse = () => {}
  // One reaction for all pieces: Promise.race with a promise that lives on would keep each of them.
  stopped.catch((error) => {
    end = { error }
    refuse(error)
  })
  let isOver = false
  try {
    while (!isOver) {
      if (end) throw end.error
      /** @type {IteratorResult<T>} */
      const { done, value } = await new Promise((resolve, reject) => {
        refuse = reject
        Promise.resolve(iterator.next()).then(resolve, reject)
      })
      isOver = done === true
      if (!isOver) yield value
    }
  } finally {
    if (!isOver) {
      // Not awaited: a source that hangs would not answer this either. Nor does a stream's, as long as a piece is awaited.
      iterator.return?.().then(undefined, () => {})
      if (end) /** @type {{ destroy?: () => void }} */ (source).destroy?.()
    }
  }
}

/** @param {AsyncIterable<Uint8Array | string>} source @param {any} task @param {Promise<never>} stopped @param {Record<string, any>} read */
async function takeIn(source, task, stopped, { eager, redact }) {
  const intake = new (addon().HeapIntake)()
  const graph = intake.start(task, redact, !eager)
  let hasFailed = false
  // A failed reader is told by its promise; the source's own failure must not leave that unhandled.
  graph.catch(() => {
    hasFailed = true
  })
  try {
    for await (const chunk of untilStopped(source, stopped)) {
      if (hasFailed) break
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      if (!(bytes instanceof Uint8Array)) throw invalidArg(`loadHeap: chunks must be Uint8Array, not ${given(chunk)}`)
      intake.push(bytes)
      while (!hasFailed && intake.waiting() > WAITING_BYTES_MAX) await new Promise((resolve) => setTimeout(resolve, 2))
    }
  } catch (error) {
    task.cancel()
    throw error
  } finally {
    intake.end()
  }
  return graph
}

/** @param {unknown} source @param {unknown} [options] */
async function loadHeap(source, options) {
  const read = readOptions('loadHeap', LOAD_RULES, options)
  const isStream = typeof source === 'object' && source !== null && Symbol.asyncIterator in source
  if (typeof source !== 'string' && !isStream) {
    throw invalidArg(`loadHeap: source must be a path or an AsyncIterable of Uint8Array, not ${given(source)}`)
  }
  const heap = await supervised(read, (task, stopped) =>
    typeof source === 'string'
      ? addon().loadHeapFile(task, path.resolve(source), read.redact, !read.eager)
      : takeIn(/** @type {AsyncIterable<Uint8Array>} */ (source), task, stopped, read)
  )
  return new HeapGraph(heap, read.eager)
}

module.exports = { loadHeap }

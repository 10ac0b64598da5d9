// @ts-check
// Heap graphs: captured from this process, or read from a file or stream, asked and compared. Never by itself.
// Knows the native graph and files; the analysis is native.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { nowMs } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { LeakguardError, aborted, given, invalidArg } = require('../base/errors.js')
const { toGrowthFinding, toMappedStep } = require('../findings/findings.js')
const { HeapCensus, countFromCopy, countHeap, readCounted } = require('./census.js')
const { forked, pick } = require('./fork.js')
const { checkMemory, estimate, takeSnapshot } = require('./snapshot.js')
const { LeakReport } = require('../report/leak-report.js')
const { readLimit, readOptions } = require('../base/options.js')
const { OWNERS_MAX, ownersOf } = require('../report/details.js')
const { fillAside } = require('../base/write-aside.js')

const WATCH_RULES = Object.freeze({
  signal: { type: /** @type {const} */ ('signal'), default: undefined },
  onProgress: { type: /** @type {const} */ ('function'), default: undefined }
})
const ANALYSIS_RULES = Object.freeze({
  analysis: { type: /** @type {const} */ ('enum'), values: ['now', 'later'], default: 'now' }
})
const LOAD_RULES = Object.freeze({ ...WATCH_RULES, ...ANALYSIS_RULES })
const WRITE_RULES = Object.freeze({
  ...WATCH_RULES,
  mode: { type: /** @type {const} */ ('enum'), values: ['auto', 'fork', 'inline'], default: 'inline' },
  redact: { type: /** @type {const} */ ('boolean'), default: true },
  force: { type: /** @type {const} */ ('boolean'), default: false }
})
const CAPTURE_RULES = Object.freeze({
  ...WRITE_RULES,
  ...ANALYSIS_RULES,
  depth: { type: /** @type {const} */ ('enum'), values: ['graph', 'census', 'auto'], default: 'graph' }
})

/** The tables of a census have their bounds; this is far beyond. */
const CENSUS_BYTES_MAX = 64 * 1024 * 1024
/** While more than this waits to be parsed, the source waits, in bytes. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024
const PROGRESS_MS = 100
/** What a redacted piece may be longer than the piece it came from: a name that began in the one before, held back until
 *  all of it was known, at six bytes for each of its own. */
const REDACTED_EXTRA_BYTES = 64 * 1024
const MAY_FILL =
  'Two snapshots cannot tell a leak from something that fills: a third one, after more of the same work, would settle it'

/** Native errors say their code first. @param {unknown} error */
function translate(error) {
  const match = /^(ERR_LEAKGUARD_[A-Z_]+|E[A-Z]+): (.*)$/s.exec(error instanceof Error ? error.message : String(error))
  if (!match) return error
  const [message, code, what] = match
  if (code.startsWith('ERR_')) return new LeakguardError(code, what)
  // An error of the disk, told as Node tells its own.
  return /** @type {any} */ (error)?.code === code ? error : Object.assign(new Error(message), { code })
}

/** @template T @param {() => T} work @returns {T} */
function translated(work) {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

/** A heap snapshot as a graph. See index.d.ts. */
class HeapGraph {
  #heap
  #totals
  #notes

  #isAnalysed

  /** @type {'graph'} */
  depth = 'graph'

  /** @param {InstanceType<typeof import('../../native.js').NativeHeap>} heap @param {boolean} isLater @param {object} [capture] */
  constructor(heap, isLater, capture) {
    this.#heap = heap
    this.#isAnalysed = !isLater
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
    return translated(() => this.#heap.classes(limit))
  }

  /** @param {number} nodeId */
  retainedBytes(nodeId) {
    return translated(() => this.#heap.retainedBytes(checkId('retainedBytes', nodeId)))
  }

  /** @param {number} nodeId */
  retainerPath(nodeId) {
    return translated(() => this.#heap.retainerPath(checkId('retainerPath', nodeId))).map(toMappedStep)
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
    return known.#isAnalysed ? ownersOf(await known.#heap.owners(OWNERS_MAX)) : []
  }

  /** @param {unknown} graph @param {string} name */
  static heapOf(graph, name) {
    if (graph instanceof HeapCensus) {
      throw invalidArg(`diffHeaps: ${name} is a census; compare it with its method grownSince()`)
    }
    if (typeof graph !== 'object' || graph === null || !(#heap in graph)) {
      throw invalidArg(`diffHeaps: ${name} must be a HeapGraph (of captureHeap or loadHeap), not ${given(graph)}`)
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

/**
 * Watches over native work: stops it with the signal, tells how far it is. An `onProgress` that throws stops it too,
 * and what it threw is told.
 * @template T what has a method `dispose` is disposed of when nobody wants it any more
 * @param {{ signal?: AbortSignal, onProgress?: (p: { phase: string, fraction: number }) => void }} options
 * @param {(task: InstanceType<typeof import('../../native.js').Task>, stopped: Promise<never>) => Promise<T>} work
 *   `stopped` rejects when the work is to end
 * @returns {Promise<T>}
 */
async function supervised({ signal, onProgress }, work) {
  if (signal?.aborted) throw aborted(signal)
  const task = new (addon().Task)()
  /** @type {(error: unknown) => void} */
  let refuse = () => {}
  /** @type {Promise<never>} */
  const stopped = new Promise((_, reject) => {
    refuse = reject
  })
  // Most work ends without anybody having waited for this.
  stopped.catch(() => {})
  const stop = () => {
    task.cancel()
    refuse(aborted(signal))
  }
  signal?.addEventListener('abort', stop, { once: true })
  /** @type {{ error: unknown } | undefined} */
  let thrown
  const tell = (/** @type {{ phase: string, fraction: number }} */ progress) => {
    if (thrown) return
    try {
      onProgress?.(progress)
    } catch (error) {
      thrown = { error }
      stop()
    }
  }
  const interval =
    onProgress && setInterval(() => tell({ phase: task.phase(), fraction: task.fraction() }), PROGRESS_MS)
  try {
    const result = await work(task, stopped)
    tell({ phase: 'done', fraction: 1 })
    if (!thrown && !signal?.aborted) return result
    /** @type {{ dispose?: () => void }} */
    const unwanted = Object(result)
    unwanted.dispose?.()
    throw aborted(signal)
  } catch (error) {
    if (thrown) throw thrown.error
    throw signal?.aborted ? aborted(signal) : translate(error)
  } finally {
    clearInterval(interval)
    signal?.removeEventListener('abort', stop)
  }
}

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

/** @param {AsyncIterable<Uint8Array | string>} source @param {any} task @param {Promise<never>} stopped @param {boolean} isLater */
async function takeIn(source, task, stopped, isLater) {
  const intake = new (addon().HeapIntake)()
  const graph = intake.start(task, false, isLater)
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
  const isLater = read.analysis === 'later'
  const heap = await supervised(read, (task, stopped) =>
    typeof source === 'string'
      ? addon().loadHeapFile(task, path.resolve(source), false, isLater)
      : takeIn(/** @type {AsyncIterable<Uint8Array>} */ (source), task, stopped, isLater)
  )
  return new HeapGraph(heap, isLater)
}

/**
 * @overload @param {{ depth: 'census' } & Record<string, unknown>} options @returns {Promise<import('./census.js').HeapCensusLike>}
 */
/**
 * @overload @param {Record<string, unknown>} [options] @returns {Promise<HeapGraph>}
 */
/** @param {unknown} [options] @returns {Promise<any>} */
async function captureHeap(options) {
  const read = readOptions('captureHeap', CAPTURE_RULES, options)
  const isCensus = read.depth === 'census' || (read.depth === 'auto' && !fitsGraph(read))
  return isCensus
    ? way('captureHeap', read, countForked, (reason) => count('captureHeap', read, reason), 'census')
    : way('captureHeap', read, captureForked, (reason) => capture('captureHeap', read, undefined, reason))
}

/** Whether there is memory for a graph, the way it would be captured. @param {Record<string, any>} read */
function fitsGraph(read) {
  return read.force || estimate(pick('captureHeap', read.mode).mode === 'fork', 'graph').fits
}

/**
 * One way or the other, as the caller wants it. Where the choice is ours, what stands in the way of a copy of the process
 * has the program itself do it.
 * @template T
 * @param {string} where @param {Record<string, any>} read
 * @param {(where: string, read: Record<string, any>, reason: string) => Promise<T>} fork
 * @param {(reason: string) => Promise<T>} inline
 * @param {import('./snapshot.js').Depth} [depth]
 */
async function way(where, read, fork, inline, depth = 'graph') {
  const { mode, reason } = pick(where, read.mode)
  if (mode === 'inline') return inline(reason)
  try {
    checkMemory(where, read.force, true, depth)
    return await fork(where, read, reason)
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    if (read.mode !== 'auto' || !FORK_ONLY.has(code)) throw error
    return inline(message)
  }
}

/** What only forked captures fail with, or sooner than others. */
const FORK_ONLY = new Set(['ERR_LEAKGUARD_MEMORY', 'ERR_LEAKGUARD_NO_FORK', 'ERR_LEAKGUARD_FORK_FAILED'])

/** @param {string} where @param {Record<string, any>} read @param {string} reason */
async function captureForked(where, read, reason) {
  const isLater = read.analysis === 'later'
  const { result, capture } = await byCopy(where, read, reason, (fork, task) => fork.graph(task, read.redact, isLater))
  return new HeapGraph(result, isLater, capture)
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
 * @param {import('./snapshot.js').Depth} [depth] @param {(fd: number) => void} [write] what the copy does
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
  return { result, capture: { mode: 'fork', reason, ...told, totalMs, idsStable: false } }
}

/** @param {string} where @param {Record<string, any>} read @param {string} reason */
async function count(where, read, reason) {
  checkMemory(where, read.force, false, 'census')
  const startedMs = nowMs()
  const counted = await supervised(read, async () => countHeap())
  const totalMs = nowMs() - startedMs
  const details = { mode: 'inline', reason, pauseMs: totalMs, totalMs, attempts: 1, failures: [], idsStable: false }
  return new HeapCensus(counted, details)
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
    const graph = intake.start(task, read.redact, read.analysis === 'later')
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
  return new HeapGraph(heap, read.analysis === 'later', {
    mode: 'inline',
    reason,
    pauseMs,
    totalMs,
    attempts: 1,
    failures: [],
    idsStable: false
  })
}

/**
 * Writes pieces of a snapshot to a file as they come, redacted on the way.
 * @param {number} fd @param {any} options
 */
function copyTo(fd, { redact, signal, onProgress }) {
  const redactor = redact ? new (addon().Redactor)() : undefined
  let scratch = Buffer.alloc(0)
  let bytes = 0
  let toldMs = 0
  /** @param {Uint8Array} chunk */
  const redacted = (chunk) => {
    if (!redactor) return chunk
    if (scratch.length < chunk.length + REDACTED_EXTRA_BYTES)
      scratch = Buffer.alloc(chunk.length + REDACTED_EXTRA_BYTES)
    return scratch.subarray(0, redactor.push(chunk, scratch))
  }
  return {
    /** @param {Uint8Array} chunk */
    push(chunk) {
      if (signal?.aborted) throw aborted(signal)
      const out = redacted(chunk)
      for (let at = 0; at < out.length; ) at += fs.writeSync(fd, out, at)
      bytes += out.length
      if (!onProgress || nowMs() - toldMs < PROGRESS_MS) return
      toldMs = nowMs()
      onProgress({ phase: 'write', fraction: bytes / (bytes + 1e6) })
    },
    finish() {
      redactor?.finish()
      onProgress?.({ phase: 'done', fraction: 1 })
      if (signal?.aborted) throw aborted(signal)
    }
  }
}

/** @param {unknown} target @param {unknown} [options] */
async function writeHeap(target, options) {
  if (typeof target !== 'string' || target === '')
    throw invalidArg(
      `writeHeap: path must be a string${target === '' ? ', not an empty one' : `, not ${given(target)}`}`
    )
  const read = readOptions('writeHeap', WRITE_RULES, options)
  const file = path.resolve(target)
  await way(
    'writeHeap',
    read,
    () => writeWhole(file, read, (fd) => writeForked(fd, read)),
    () => {
      checkMemory('writeHeap', read.force, false)
      return writeWhole(file, read, async (fd) => {
        const copy = copyTo(fd, read)
        takeSnapshot(copy.push)
        copy.finish()
      })
    }
  )
  return file
}

/** @param {number} fd @param {Record<string, any>} read */
async function writeForked(fd, read) {
  await supervised(read, (task) => forked('writeHeap', read, task, (fork) => fork.copyTo(task, fd, read.redact)))
}

/**
 * Has a file written beside its place, and puts it there when it is whole.
 * @param {string} file @param {Record<string, any>} read @param {(fd: number) => Promise<void>} write
 */
async function writeWhole(file, read, write) {
  if (read.signal?.aborted) throw aborted(read.signal)
  try {
    await fillAside(file, ({ fd }) => write(fd), read.signal)
  } catch (error) {
    throw read.signal?.aborted ? aborted(read.signal) : translate(error)
  } finally {
    await addon().giveBackAside()
  }
}

/** @param {InstanceType<typeof import('../../native.js').NativeHeap>[]} heaps */
function grownBetween(heaps) {
  return translated(() => addon().diffHeaps(heaps)).catch((error) => {
    throw translate(error)
  })
}

/**
 * How these nodes are kept, those that are kept alike as one.
 * @param {HeapGraph} graph @param {{ nodeId: number, label: string, scope: string }[]} watched
 * @param {number[]} around nodes that do not count as keeping anything
 */
function keptIn(graph, watched, around) {
  return translated(() => HeapGraph.heapOf(graph, 'graph').kept(watched, around))
}

/**
 * What holds the objects that the object of class `marker` follows weakly: found aside, and good for longer than the graph.
 * @param {HeapGraph} graph @param {string} marker @param {string[]} labels what each of them is
 * @returns {Promise<import('../../native.js').NativeHolds>}
 */
async function holdsIn(graph, marker, labels) {
  try {
    return /** @type {any} */ (await HeapGraph.heapOf(graph, 'graph').holds(marker, labels))
  } catch (error) {
    throw translate(error)
  }
}

/** What grew from each of these graphs to the next, as the native side tells it. @param {HeapGraph[]} graphs */
const growthOf = (graphs) => grownBetween(graphs.map((graph) => HeapGraph.heapOf(graph, 'graph')))

/** @param {unknown} before @param {unknown} after @param {unknown} [final] */
async function diffHeaps(before, after, final) {
  const heaps = [HeapGraph.heapOf(before, 'before'), HeapGraph.heapOf(after, 'after')]
  if (final !== undefined) heaps.push(HeapGraph.heapOf(final, 'final'))
  const [grown, owners] = await Promise.all([grownBetween(heaps), HeapGraph.ownersOf(final ?? after)]).catch(
    (error) => {
      throw translate(error)
    }
  )
  const findings = grown.flatMap((found) => toGrowthFinding(found) ?? [])
  const looked = [
    `${heaps.length} heap snapshots, the last with ${heaps.at(-1)?.totals()[0].toLocaleString('en')} nodes`
  ]
  const details = () => ({ owners })
  if (findings.length === 0) return new LeakReport({ verdict: 'clean', findings, looked }, details)
  const isSure = findings.some(({ confidence }) => confidence !== 'possible')
  return new LeakReport(
    isSure
      ? { verdict: 'leaking', findings, looked }
      : { verdict: 'undecided', findings, looked, undecided: [MAY_FILL] },
    details
  )
}

/** @typedef {InstanceType<typeof HeapGraph>} HeapGraphLike */

module.exports = { HeapGraph, captureHeap, writeHeap, loadHeap, diffHeaps, growthOf, capture, holdsIn, keptIn }

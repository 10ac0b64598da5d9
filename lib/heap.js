// @ts-check
// Heap graphs: captured from this process, or read from a file or stream, asked and compared. Never by itself.
// Knows V8's snapshot stream and the native graph; the analysis is native.
'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const v8 = require('node:v8')
const { LeakguardError, given, invalidArg } = require('./errors.js')
const { toGrowthFindings, toStep } = require('./findings.js')
const { LeakReport } = require('./leak-report.js')
const { readOptions } = require('./options.js')

const LOAD_RULES = Object.freeze({
  signal: { type: /** @type {const} */ ('signal'), default: undefined },
  onProgress: { type: /** @type {const} */ ('function'), default: undefined }
})
const CAPTURE_RULES = Object.freeze({
  ...LOAD_RULES,
  mode: { type: /** @type {const} */ ('enum'), values: ['auto', 'fork', 'inline'], default: 'auto' },
  redact: { type: /** @type {const} */ ('boolean'), default: true },
  force: { type: /** @type {const} */ ('boolean'), default: false }
})

/** While more than this waits to be parsed, the source waits, in bytes. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024
const PROGRESS_MS = 100
/** V8's generator takes some 720 bytes an object, and small objects are 60 bytes on average; both were measured. */
const SNAPSHOT_BYTES_PER_HEAP_BYTE = 12
/** What is to be left when the capture is at its largest, as a share of what is available. */
const AVAILABLE_SHARE = 0.8

const MAY_FILL =
  'Two snapshots cannot tell a leak from something that fills: a third one, after more of the same work, would settle it'

const native = () => require('./native.js')

/** Native errors say their code first. @param {unknown} error */
function translate(error) {
  const match = /^(ERR_LEAKGUARD_[A-Z_]+): (.*)$/s.exec(error instanceof Error ? error.message : String(error))
  return match ? new LeakguardError(match[1], match[2]) : error
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

  /** @param {InstanceType<typeof import('../native.js').NativeHeap>} heap @param {object} [capture] */
  constructor(heap, capture) {
    this.#heap = heap
    this.#totals = heap.totals()
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

  /** @param {{ limit?: number }} [options] */
  classes(options) {
    const { limit } = readOptions('classes', { limit: { type: 'number', min: 1, max: 2 ** 31, default: 50 } }, options)
    return translated(() => this.#heap.classes(Math.floor(limit)))
  }

  /** @param {number} nodeId */
  retainedBytes(nodeId) {
    return translated(() => this.#heap.retainedBytes(checkId('retainedBytes', nodeId)))
  }

  /** @param {number} nodeId */
  retainerPath(nodeId) {
    return translated(() => this.#heap.retainerPath(checkId('retainerPath', nodeId))).map(toStep)
  }

  dispose() {
    this.#heap.dispose()
    native().giveBack()
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.dispose()
  }

  /** @param {unknown} graph @param {string} name */
  static heapOf(graph, name) {
    if (typeof graph !== 'object' || graph === null || !(#heap in graph)) {
      throw invalidArg(`diffHeaps: ${name} must be a HeapGraph (of captureHeap or loadHeap), not ${given(graph)}`)
    }
    return /** @type {HeapGraph} */ (graph).#heap
  }
}

/** @param {string} where @param {unknown} id */
function checkId(where, id) {
  if (!Number.isInteger(id) || /** @type {number} */ (id) < 0 || /** @type {number} */ (id) > 0xffffffff) {
    throw invalidArg(`${where}: nodeId must be an id as DevTools shows it after '@', not ${given(id)}`)
  }
  return /** @type {number} */ (id)
}

/** @param {AbortSignal | undefined} signal */
const aborted = (signal) =>
  new LeakguardError('ERR_LEAKGUARD_ABORTED', 'stopped by its caller', { cause: signal?.reason })

/**
 * Watches over native work: stops it with the signal, tells how far it is.
 * @template T
 * @param {{ signal?: AbortSignal, onProgress?: (p: { phase: string, fraction: number }) => void }} options
 * @param {(task: InstanceType<typeof import('../native.js').Task>) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function supervised({ signal, onProgress }, work) {
  if (signal?.aborted) throw aborted(signal)
  const task = new (native().Task)()
  const stop = () => task.cancel()
  signal?.addEventListener('abort', stop, { once: true })
  const tell = () => onProgress?.({ phase: task.phase(), fraction: task.fraction() })
  const interval = onProgress ? setInterval(tell, PROGRESS_MS) : undefined
  try {
    const result = await work(task)
    onProgress?.({ phase: 'done', fraction: 1 })
    return result
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : translate(error)
  } finally {
    clearInterval(interval)
    signal?.removeEventListener('abort', stop)
  }
}

/** @param {AsyncIterable<Uint8Array | string>} source @param {any} task @param {boolean} redact */
async function takeIn(source, task, redact) {
  const intake = new (native().HeapIntake)()
  const graph = intake.start(task, redact)
  // A failed reader is told by its promise; the source's own failure must not leave that unhandled.
  graph.catch(() => {})
  let hasFailed = false
  graph.then(undefined, () => {
    hasFailed = true
  })
  try {
    for await (const chunk of source) {
      if (hasFailed) break
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      if (!(bytes instanceof Uint8Array)) throw invalidArg(`loadHeap: chunks must be Uint8Array, not ${given(chunk)}`)
      intake.push(bytes)
      while (intake.waiting() > WAITING_BYTES_MAX) await new Promise((resolve) => setTimeout(resolve, 2))
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
  const heap = await supervised(read, (task) =>
    typeof source === 'string'
      ? native().loadHeapFile(task, path.resolve(source), false)
      : takeIn(/** @type {AsyncIterable<Uint8Array>} */ (source), task, false)
  )
  return new HeapGraph(heap)
}

/** Refuses a capture that would take more memory than there is. @param {boolean} force */
function checkMemory(force) {
  const statistics = v8.getHeapStatistics()
  const large = v8.getHeapSpaceStatistics().find((space) => space.space_name === 'large_object_space')
  const smallBytes = statistics.used_heap_size - (large?.space_used_size ?? 0)
  const neededBytes = smallBytes * SNAPSHOT_BYTES_PER_HEAP_BYTE
  const availableBytes = native().availableBytes()
  if (force || availableBytes === null || neededBytes <= availableBytes * AVAILABLE_SHARE) return
  const mega = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`
  throw new LeakguardError(
    'ERR_LEAKGUARD_MEMORY',
    `captureHeap: an inline snapshot of this heap (${mega(smallBytes)} of small objects) may take ${mega(neededBytes)}` +
      ` beside it, and ${mega(availableBytes)} are available here; free some, raise the limit, or pass { force: true }`
  )
}

/** @param {string[]} methods commands of the inspector's protocol, in order */
function inspect(methods) {
  try {
    const { Session } = require('node:inspector')
    const session = new Session()
    session.connect()
    for (const method of methods) session.post(method)
    session.disconnect()
  } catch {
    // Built without an inspector, or not permitted: the snapshot is slower, or leaves V8 tracking ids.
  }
}

/** The one way there is today, or why not. @param {string} mode */
function checkMode(mode) {
  if (mode !== 'fork') return
  throw new LeakguardError(
    'ERR_LEAKGUARD_NO_FORK',
    "captureHeap: mode 'fork' is not available in this version; use 'inline'"
  )
}

/**
 * V8's snapshot as a stream, and how long the program stood still for it. Node 20 looks for line ends anew for each
 * location of a script unless its line table exists, which enabling the debugger once makes.
 */
function snapshotStream() {
  if (process.versions.node.startsWith('20.')) inspect(['Debugger.enable', 'Debugger.disable'])
  const startedMs = performance.now()
  const stream = v8.getHeapSnapshot()
  return { stream, pauseMs: performance.now() - startedMs, startedMs }
}

/**
 * What a stream gives, without a listener: a guard in this thread would count those of ours.
 * @param {import('node:stream').Readable} stream
 */
async function* chunksOf(stream) {
  while (!stream.destroyed && !stream.readableEnded) {
    const chunk = stream.read()
    if (chunk === null) await new Promise((resolve) => setImmediate(resolve))
    else yield chunk
  }
  if (stream.errored) throw stream.errored
}

/**
 * After a snapshot V8 goes on tracking ids, which slows every collection; a session that leaves ends that. What V8
 * freed then is some hundred MB that the allocator would keep.
 */
function stopTracking() {
  inspect([])
  native().giveBack()
}

/** @param {unknown} [options] */
async function captureHeap(options) {
  const read = readOptions('captureHeap', CAPTURE_RULES, options)
  checkMode(read.mode)
  checkMemory(read.force)
  if (read.signal?.aborted) throw aborted(read.signal)
  const { stream, pauseMs, startedMs } = snapshotStream()
  try {
    const heap = await supervised(read, (task) => takeIn(chunksOf(stream), task, read.redact))
    const totalMs = performance.now() - startedMs
    return new HeapGraph(heap, { mode: 'inline', pauseMs, totalMs, attempts: 1, idsStable: false })
  } finally {
    stream.destroy()
    stopTracking()
  }
}

/** @param {AsyncIterable<Uint8Array | string>} stream @param {fs.promises.FileHandle} file @param {any} options */
async function copyTo(stream, file, { redact, signal, onProgress }) {
  const redactor = redact ? new (native().Redactor)() : undefined
  let bytes = 0
  for await (const chunk of stream) {
    if (signal?.aborted) throw aborted(signal)
    const raw = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const out = redactor ? redactor.push(raw) : raw
    bytes += out.length
    await file.writeFile(out)
    onProgress?.({ phase: 'write', fraction: bytes / (bytes + 1e6) })
  }
  redactor?.finish()
  onProgress?.({ phase: 'done', fraction: 1 })
}

/** @param {unknown} target @param {unknown} [options] */
async function writeHeap(target, options) {
  if (typeof target !== 'string' || target === '')
    throw invalidArg(`writeHeap: path must be a string, not ${given(target)}`)
  const read = readOptions('writeHeap', CAPTURE_RULES, options)
  checkMode(read.mode)
  checkMemory(read.force)
  if (read.signal?.aborted) throw aborted(read.signal)
  const file = path.resolve(target)
  const aside = `${file}.${randomBytes(6).toString('hex')}.partial`
  const handle = await fs.promises.open(aside, 'wx', 0o600)
  try {
    const { stream } = snapshotStream()
    try {
      await copyTo(chunksOf(stream), handle, read)
    } finally {
      stream.destroy()
      stopTracking()
    }
    await handle.close()
    await fs.promises.rename(aside, file)
  } catch (error) {
    await handle.close().catch(() => {})
    await fs.promises.rm(aside, { force: true })
    throw translate(error)
  }
  return file
}

/** @param {InstanceType<typeof import('../native.js').NativeHeap>[]} heaps */
function grownBetween(heaps) {
  return translated(() => native().diffHeaps(heaps)).catch((error) => {
    throw translate(error)
  })
}

/** What grew from each of these graphs to the next, as the native side tells it. @param {HeapGraph[]} graphs */
const growthOf = (graphs) => grownBetween(graphs.map((graph) => HeapGraph.heapOf(graph, 'graph')))

/** @param {unknown} before @param {unknown} after @param {unknown} [final] */
async function diffHeaps(before, after, final) {
  const heaps = [HeapGraph.heapOf(before, 'before'), HeapGraph.heapOf(after, 'after')]
  if (final !== undefined) heaps.push(HeapGraph.heapOf(final, 'final'))
  const findings = toGrowthFindings(await grownBetween(heaps))
  const looked = [
    `${heaps.length} heap snapshots, the last with ${heaps.at(-1)?.totals()[0].toLocaleString('en')} nodes`
  ]
  if (findings.length === 0) return new LeakReport({ verdict: 'clean', findings, looked })
  const isSure = findings.some(({ confidence }) => confidence !== 'possible')
  return new LeakReport(
    isSure
      ? { verdict: 'leaking', findings, looked }
      : { verdict: 'undecided', findings, looked, undecided: [MAY_FILL] }
  )
}

/** @typedef {InstanceType<typeof HeapGraph>} HeapGraphLike */

module.exports = { HeapGraph, captureHeap, writeHeap, loadHeap, diffHeaps, growthOf }

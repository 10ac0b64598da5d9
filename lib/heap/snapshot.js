// @ts-check
// V8's own snapshot of this thread, piece by piece or from a copy of this process, and whether there is memory for it.
// Leaves nothing behind: no id that V8 goes on tracking, no piece that waits for a collection.
// Must not know what becomes of the pieces.
'use strict'

const v8 = require('node:v8')
const { nowMs } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { LeakguardError } = require('../base/errors.js')
const { pourSync } = require('../base/output-place.js')
const { Inspector } = require('../v8/inspector.js')

/** What is to be left when the capture is at its largest, as a share of what is available. */
const AVAILABLE_SHARE = 0.8

/**
 * What each way takes for each byte of small objects, and besides. V8's generator took 12 to 17: some 720 bytes an object,
 * and more for its links. A census takes some 125 bytes an object that V8 lists, the smallest of which have 50; of a heap
 * that is thinned out little but the program's code is written.
 * @type {Record<Depth, { perByte: number, baseBytes: number }>}
 */
const NEEDS = {
  graph: { perByte: 17, baseBytes: 0 },
  census: { perByte: 3, baseBytes: 0 },
  thinned: { perByte: 1.3, baseBytes: 20e6 }
}

/**
 * A copy is ended when it has so many times what was estimated, and what the inspector and the C library take besides. Of
 * small objects without number a snapshot took 1.26 times the estimate, of others 0.2 to 0.95 times.
 */
const OWN_SLACK = 2
const OWN_BASE_BYTES = 64e6

/** Of what is outside of the heap so much is written to when it is freed. */
const EXTERNAL_SHARE = 0.25

/** A graph, one of a heap that is thinned out (`thin.js`), or counts. @typedef {'graph' | 'thinned' | 'census'} Depth */

/**
 * Refuses a capture that would take more memory than there is. A copy of the process takes it from the same: the machine,
 * and the control group that both are in.
 * @param {string} where @param {boolean} force @param {boolean} isForked @param {Depth} [depth]
 */
function checkMemory(where, force, isForked, depth = 'graph') {
  const { neededBytes, smallBytes, availableBytes, fits } = estimate(isForked, depth)
  if (force || fits) return
  if (availableBytes === null) {
    const why = 'this system does not say how much memory is available, and a copy of the process must not use it up'
    const how = "use mode 'inline', or pass { force: true }"
    throw new LeakguardError('ERR_LEAKGUARD_MEMORY', `${where}: ${why}; ${how}`)
  }
  const what = `${depth === 'census' ? 'census' : 'snapshot'} ${isForked ? 'in a copy of this process' : 'of this process'}`
  const census = depth === 'graph' ? estimate(isForked, 'census') : undefined
  const less = census
    ? `; a census (countHeap) would need ${mega(census.neededBytes)}${census.fits ? '' : ', also too much'}`
    : ''
  throw new LeakguardError(
    'ERR_LEAKGUARD_MEMORY',
    `${where}: a ${what} (${mega(smallBytes)} of small objects) may need ${mega(neededBytes)} more, and` +
      ` ${mega(availableBytes)} are available${less}; free memory, raise the limit, or pass { force: true }`
  )
}

/** @param {number} bytes */
const mega = (bytes) => `${Math.round(bytes / 1e6)} MB`

/** What a capture may take, and what there is. @param {boolean} isForked @param {Depth} depth */
function estimate(isForked, depth) {
  const small = smallBytes()
  const { total_physical_size: physical, external_memory: external } = v8.getHeapStatistics()
  // In a copy the collector that runs before a snapshot writes to the pages that both have shared, or the program does; and
  // whoever frees small Buffers to those beside them.
  const freedBytes = depth === 'thinned' ? external * EXTERNAL_SHARE : 0
  const copiedBytes = isForked ? physical + freedBytes : 0
  const { perByte, baseBytes } = NEEDS[depth]
  const neededBytes = small * perByte + baseBytes + copiedBytes
  const availableBytes = addon().availableBytes()
  // Unknown memory is none for a copy: nobody asked for a second process. A program may do with its own as it is told.
  const usableBytes = (availableBytes ?? 0) * AVAILABLE_SHARE
  const fits = availableBytes === null ? !isForked : neededBytes <= usableBytes
  return { neededBytes, copiedBytes, smallBytes: small, availableBytes, usableBytes, fits }
}

/** Of objects that are not large, garbage included. */
function smallBytes() {
  const large = v8.getHeapSpaceStatistics().find((space) => space.space_name === 'large_object_space')
  return v8.getHeapStatistics().used_heap_size - (large?.space_used_size ?? 0)
}

/** What a copy of this process may have of its own before it is ended, forced or not. @param {Depth} depth */
function ownBytesMax(depth) {
  const { neededBytes, availableBytes, usableBytes } = estimate(true, depth)
  const most = neededBytes * OWN_SLACK + OWN_BASE_BYTES
  // Nobody knows how much is left once a heap is thinned out.
  return depth === 'thinned' && availableBytes !== null ? Math.min(most, usableBytes) : most
}

/** @param {string[]} methods commands of the inspector's protocol, in order */
function inspect(methods) {
  // Built without an inspector, or not permitted: the snapshot is slower, or leaves V8 tracking ids.
  const { inspector } = Inspector.open()
  try {
    for (const method of methods) inspector?.post(method)
  } catch {
    // The same.
  } finally {
    inspector?.close()
  }
}

/**
 * Node 20 looks for line ends anew for each location of a script unless its line table exists, which enabling the
 * debugger once makes.
 */
function makeLineTables() {
  if (process.versions.node.startsWith('20.')) inspect(['Debugger.enable', 'Debugger.disable'])
}

/** Frees a piece now. Hundreds of MB of them would otherwise wait for the next full collection. @param {Uint8Array} chunk */
function discard(chunk) {
  const { buffer } = chunk
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) addon().release(buffer)
}

/**
 * Has V8 write a snapshot and gives `take` each piece, which is gone when it returns. The program stands still
 * meanwhile, as it does anyway: V8 writes all at once, and a stream would hold all of it until somebody reads.
 * When `take` throws, the rest is dropped.
 * @param {(chunk: Uint8Array) => void} take
 * @param {() => void} [whileIdsHold] called when all is written and V8 still knows the ids that it wrote
 * @returns {number} how long the program stood still, in ms
 */
function takeSnapshot(take, whileIdsHold) {
  const startedMs = nowMs()
  makeLineTables()
  const stream = v8.getHeapSnapshot()
  let isWhole = false
  /** @type {{ error: unknown } | undefined} */
  let failed
  // What Node calls with each piece. No listener: a guard in this thread would count those of ours.
  stream.push = (/** @type {Uint8Array | null} */ chunk) => {
    if (chunk === null) {
      isWhole = true
      return false
    }
    try {
      if (!failed) take(chunk)
    } catch (error) {
      failed = { error }
    }
    discard(chunk)
    return true
  }
  try {
    stream.read(0)
    whileIdsHold?.()
  } finally {
    stream.destroy()
    // V8 goes on tracking ids after a snapshot, which slows every collection; a session that leaves ends that.
    inspect([])
  }
  if (failed) throw failed.error
  if (!isWhole) throw new LeakguardError('ERR_LEAKGUARD_INTERNAL', 'V8 wrote an incomplete snapshot')
  return nowMs() - startedMs
}

/**
 * Writes a snapshot to a descriptor. Runs in a copy of the process, which ends afterwards and can open nothing: V8's own
 * way to a file would need a path.
 * @param {number} fd
 */
function writeFromCopy(fd) {
  takeSnapshot((chunk) => pourSync(fd, chunk))
  return null
}

module.exports = { checkMemory, estimate, ownBytesMax, smallBytes, takeSnapshot, writeFromCopy }

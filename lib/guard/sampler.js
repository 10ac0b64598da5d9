// @ts-check
// Looks at the thread from time to time: memory, live handles, descriptors. What costs more when there is more of it
// is asked the less often the longer it takes. Knows the ledger, not verdicts.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { Connections } = require('./connections.js')
const { collectNow, cpuMs, nowMs } = require('../base/clock.js')
const { arrayBufferBytes, heapUsage, rssBytes } = require('../v8/memory-usage.js')
const { activeResources } = require('../base/natives.js')

/** After so long a program is no test any more, and less is hurried, in milliseconds. */
const EARLY_MS = 60_000
/** A count that takes x ms is not repeated before 300 x, 0.3 % of the CPU, and later before 1500 x. */
const COST_FACTOR = 300
const COST_FACTOR_LATER = 1500
/** So much more, and no less, a count may cost than it did before. */
const COST_GROWS = 1.3
const COST_LEAST_MS = 0.5
/** Memory is read no more often: 4 µs, and 7 more where Buffers have come or gone. */
const MEMORY_MS = 50
const BUFFERS_MS = 200
/** Readings closer together than this, in milliseconds, say nothing new of memory and handles. */
const SLOW_MS = 90
/** Requests under way are not held things. */
const REQUEST =
  /Req|^(?:Timeout|WriteWrap|ShutdownWrap|TickObject|Promise|TTYWrap|SignalWrap|PerformanceObserver)|ConnectWrap/

/**
 * What only a collection can tell from garbage must not wait for hours in a program that makes little of it. The
 * guard then has one made: not in its first moments, not of a large heap, ever more rarely while it shows that nothing
 * is kept, and at no more than 2 % of the time in the first minute, 0.2 % later.
 */
const PROOF_FIRST_MS = 1500
const PROOF_EVERY_MS = 1000
const PROOF_EVERY_MAX_MS = 300_000
const PROOF_HEAP_MAX_BYTES = 128e6
const PROOF_COST_FACTOR = 50
const PROOF_COST_FACTOR_LATER = 500
const PROOF_RETRY_MS = 250
/** So much more memory than after the last collection is worth one. */
const PROOF_BYTES = 16e6
const PROOF_SHARE = 0.3
/** Fewer samples than this are not worth a collection. */
const WAITING_MIN = 16
/** Where nobody asks for an answer, V8's own collections are waited for, in milliseconds. */
const PROOF_UNASKED_MS = 600_000

function bytesHeld() {
  const { heapUsed, external } = heapUsage()
  return { heap: heapUsed, all: heapUsed + external }
}

/** Leaves out so many. @param {Map<string, number>} counts @param {string} type @param {number} some */
function less(counts, type, some) {
  const count = counts.get(type)
  if (count !== undefined) counts.set(type, Math.max(0, count - some))
}

class Sampler {
  /** @param {typeof import('../../native.js')} native @param {InstanceType<typeof import('../../native.js').ThreadLedger>} ledger
   *  @param {import('./slots.js').SlotsLike} slots */
  constructor(native, ledger, slots) {
    this.native = native
    this.ledger = ledger
    this.slots = slots
    this.connections = new Connections()
    this.startedMs = nowMs()
    this.handlesAtMs = -Infinity
    this.descriptorsAtMs = -Infinity
    this.costMs = { handles: 0, descriptors: 0 }
    this.memoryAtMs = -Infinity
    this.buffersRead = { atMs: -Infinity, external: Number.NaN, bytes: Number.NaN }
    this.lastMs = -Infinity
    this.proofAtMs = nowMs() + PROOF_FIRST_MS
    this.proofEveryMs = PROOF_EVERY_MS
    /** Before then another collection would cost more than it may. */
    this.paidAtMs = 0
    this.majors = 0
    this.majorAtMs = this.startedMs
    /** Collections that were made for us: each counts for two, as nothing is left half done. */
    this.forced = 0
    this.provenBefore = 0
    this.bytesProven = bytesHeld().all
    /** Groups seen so far: one that has gone must be counted as none. @type {Set<string>} */
    this.known = new Set()
  }

  /**
   * Has garbage collected where evidence waits for it. Never from check(): it takes some milliseconds, and a program's
   * first collections cost it some of what V8 has learnt of its objects.
   * @param {boolean} isAsked whether somebody waits for an answer
   * @param {{ undecided(): number, wantsProof(): boolean }} [lives] life cycles that wait for one too
   */
  prove(isAsked, lives) {
    const start = nowMs()
    const isWanted = isAsked && start >= this.paidAtMs && lives?.wantsProof() === true
    if (!isWanted && (start < this.proofAtMs || (!isAsked && start < this.majorAtMs + PROOF_UNASKED_MS))) return
    this.proofAtMs = start + PROOF_RETRY_MS
    const { waiting, proven } = this.slots.proofs()
    const bytes = bytesHeld()
    const isMuchMore = bytes.all > this.bytesProven + Math.max(PROOF_BYTES, this.bytesProven * PROOF_SHARE)
    const isWorthIt = isWanted || isMuchMore || waiting + (lives?.undecided() ?? 0) >= WAITING_MIN
    if (bytes.heap > PROOF_HEAP_MAX_BYTES || !isWorthIt) return
    collectNow()
    this.forced++
    const kept = bytesHeld().all
    const isFruitful = proven >= this.provenBefore + WAITING_MIN / 2 || kept >= this.bytesProven + PROOF_BYTES / 2
    this.proofEveryMs =
      isFruitful || this.forced === 1 ? PROOF_EVERY_MS : Math.min(this.proofEveryMs * 2, PROOF_EVERY_MAX_MS)
    this.provenBefore = proven
    this.bytesProven = kept
    const end = nowMs()
    const factor = end - this.startedMs < EARLY_MS ? PROOF_COST_FACTOR : PROOF_COST_FACTOR_LATER
    this.paidAtMs = end + (end - start) * factor
    this.proofAtMs = Math.max(end + this.proofEveryMs, this.paidAtMs)
  }

  /** Takes one look in. @param {number} events @param {number} majorsSeen @param {number} ticks @param {boolean} isTick */
  observe(events, majorsSeen, ticks, isTick) {
    const now = nowMs()
    const majors = majorsSeen + this.forced
    if (majors !== this.majors) this.majorAtMs = now
    this.majors = majors
    /** @type {string[]} */
    const labels = []
    /** @type {number[]} */
    const values = []
    if (now >= this.handlesAtMs) this.handlesAtMs = this.timed('handles', () => this.countHandles(labels, values))
    if (now >= this.descriptorsAtMs)
      this.descriptorsAtMs = this.timed('descriptors', () => this.countDescriptors(labels, values))
    this.slots.refresh(majors, ticks, isTick)
    let memory = /** @type {number[]} */ ([])
    if (now >= this.memoryAtMs) {
      this.memoryAtMs = now + MEMORY_MS
      const { heapUsed, external } = heapUsage()
      memory = [heapUsed, external, this.buffers(external, now), rssBytes(), majors]
    }
    this.ledger.observe(now, cpuMs(), this.slots.page, events, labels, values, memory)
    this.lastMs = now
  }

  /** Of external memory those of Buffers: what they are is known for as long as nothing has come or gone. @param {number} external @param {number} now */
  buffers(external, now) {
    const { atMs, external: before, bytes } = this.buffersRead
    if (external === before && !Number.isNaN(bytes)) return bytes
    if (now - atMs < BUFFERS_MS) return Number.NaN
    this.buffersRead = { atMs: now, external, bytes: arrayBufferBytes() }
    return this.buffersRead.bytes
  }

  /**
   * When to do it again. A time that is much longer than the one before was spent by others on a busy machine.
   * @param {'handles' | 'descriptors'} what @param {() => void} count
   */
  timed(what, count) {
    const start = nowMs()
    count()
    const end = nowMs()
    this.costMs[what] = Math.min(end - start, Math.max(this.costMs[what] * COST_GROWS, COST_LEAST_MS))
    const factor = end - this.startedMs < EARLY_MS ? COST_FACTOR : COST_FACTOR_LATER
    return end + Math.max(SLOW_MS, this.costMs[what] * factor)
  }

  /** @param {string[]} labels @param {number[]} values */
  countHandles(labels, values) {
    /** @type {Map<string, number>} */
    const counts = new Map()
    for (const type of activeResources()) {
      if (!REQUEST.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1)
    }
    for (const [type, open] of Object.entries(this.connections.open())) less(counts, type, open)
    this.group('handle:', counts, labels, values)
  }

  /** Descriptors are the process's: the main thread answers for them. @param {string[]} labels @param {number[]} values */
  countDescriptors(labels, values) {
    const seen = this.slots.scanDescriptors()
    if (!seen || !isMainThread) return
    const counts = new Map(seen.kinds.map((kind, i) => [kind, seen.counts[i]]))
    for (const open of Object.values(this.connections.open())) less(counts, 'socket', open)
    this.group('fd:', counts, labels, values)
  }

  /** @param {string} prefix @param {Map<string, number>} counts @param {string[]} labels @param {number[]} values */
  group(prefix, counts, labels, values) {
    for (const type of counts.keys()) this.known.add(prefix + type)
    for (const label of this.known) {
      if (!label.startsWith(prefix)) continue
      labels.push(label)
      values.push(counts.get(label.slice(prefix.length)) ?? 0)
    }
  }
}

module.exports = { Sampler }

// @ts-check
// Looks at the thread from time to time: memory, live handles, descriptors. What costs more when there is more of it
// is asked the less often the longer it takes. Knows the ledger, not verdicts.
'use strict'

const { isMainThread } = require('node:worker_threads')

/** A count that takes x ms is not repeated before 300 x: 0.3 % of the CPU. */
const COST_FACTOR = 300
/** Readings closer together than this, in milliseconds, say nothing new of memory and handles. */
const SLOW_MS = 90
/** Requests under way are not held things. */
const REQUEST =
  /Req|^(?:Timeout|WriteWrap|ShutdownWrap|TickObject|Promise|TTYWrap|SignalWrap|PerformanceObserver)|ConnectWrap/

class Sampler {
  /** @param {typeof import('../native.js')} native @param {InstanceType<typeof import('../native.js').ThreadLedger>} ledger
   *  @param {import('./slots.js').SlotsLike} slots */
  constructor(native, ledger, slots) {
    this.native = native
    this.ledger = ledger
    this.slots = slots
    this.handlesAtMs = -Infinity
    this.descriptorsAtMs = -Infinity
    this.memoryAtMs = -Infinity
    this.lastMs = -Infinity
    /** Groups seen so far: one that has gone must be counted as none. @type {Set<string>} */
    this.known = new Set()
  }

  /** Takes one look in. @param {number} events @param {number} majors @param {number} ticks @param {boolean} isTick */
  observe(events, majors, ticks, isTick) {
    const now = performance.now()
    /** @type {string[]} */
    const labels = []
    /** @type {number[]} */
    const values = []
    if (now >= this.handlesAtMs) this.handlesAtMs = this.timed(SLOW_MS, () => this.countHandles(labels, values))
    if (now >= this.descriptorsAtMs)
      this.descriptorsAtMs = this.timed(SLOW_MS, () => this.countDescriptors(labels, values))
    this.slots.refresh(majors, ticks, isTick)
    let memory = /** @type {number[]} */ ([])
    if (now >= this.memoryAtMs) {
      this.memoryAtMs = now + TICK_OF_MEMORY_MS
      const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
      memory = [heapUsed, external, arrayBuffers, rss, majors]
    }
    this.ledger.observe(this.slots.page, events, labels, values, memory)
    this.lastMs = now
  }

  /** When to do it again. @param {number} leastMs @param {() => void} count */
  timed(leastMs, count) {
    const start = performance.now()
    count()
    const end = performance.now()
    return end + Math.max(leastMs, (end - start) * COST_FACTOR)
  }

  /** @param {string[]} labels @param {number[]} values */
  countHandles(labels, values) {
    /** @type {Map<string, number>} */
    const counts = new Map()
    for (const type of process.getActiveResourcesInfo()) {
      if (!REQUEST.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1)
    }
    this.group('handle:', counts, labels, values)
  }

  /** Descriptors are the process's: the main thread answers for them. @param {string[]} labels @param {number[]} values */
  countDescriptors(labels, values) {
    const seen = this.slots.scanDescriptors()
    if (seen && isMainThread)
      this.group('fd:', new Map(seen.kinds.map((kind, i) => [kind, seen.counts[i]])), labels, values)
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

/** memoryUsage() costs 16 µs. */
const TICK_OF_MEMORY_MS = 50

module.exports = { Sampler }

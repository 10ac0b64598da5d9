// @ts-check
// What each garbage collection left: V8's own records, read at the collection and not some time after. Knows counts and
// floors, not what they mean.
'use strict'

const v8 = require('node:v8')

/** Records are fetched when there are about so many, 3 to 4 KB each until then. */
const RECORDS = 50
/** What fetching costs is spent again after 300 times as long at the earliest: 0.3 % of the time. */
const COST_FACTOR = 300
const MINOR = /^(?:Scavenge|Minor)/

/** @typedef {{ major: number, minor: number, floor: number, floorExt: number }} Collected NaN where nothing is known */

class Collections {
  constructor() {
    const { GCProfiler } = /** @type {any} */ (v8)
    /** @type {{ start(): void, stop(): any } | undefined} absent where this runtime has none */
    this.profiler = undefined
    this.make = typeof GCProfiler === 'function' ? () => new GCProfiler() : undefined
    this.idleUntilMs = 0
    this.seen = empty()
    this.countedFrom = { majors: 0, minors: 0 }
    this.fetchedFrom = 0
  }

  /** Called at each look in. @param {{ majors: number, minors: number }} counted by the observer of collections */
  tick({ majors, minors }) {
    if (!this.profiler) {
      if (performance.now() >= this.idleUntilMs) this.record()
    } else if (majors + minors - this.fetchedFrom >= RECORDS) {
      this.fetchedFrom = majors + minors
      this.fetch()
    }
  }

  record() {
    this.profiler = this.make?.()
    this.profiler?.start()
  }

  /** Takes the records over and goes on, or pauses if that was dear. */
  fetch() {
    const { profiler } = this
    if (!profiler) return
    const start = performance.now()
    for (const { gcType, afterGC } of profiler.stop()?.statistics ?? []) this.note(gcType, afterGC.heapStatistics)
    this.profiler = undefined
    const tookMs = performance.now() - start
    this.idleUntilMs = start + tookMs * COST_FACTOR
    // A short fetch every now and then is no reason for a gap.
    if (tookMs < 1) this.record()
  }

  /** @param {string} type @param {{ usedHeapSize: number, externalMemory: number }} after */
  note(type, after) {
    if (MINOR.test(type)) this.seen.minor++
    if (type !== 'MarkSweepCompact') return
    this.seen.major++
    this.seen.floor = after.usedHeapSize
    this.seen.floorExt = after.externalMemory
  }

  /**
   * What was collected since the last time. The load is what the observer counted: records may have gaps.
   * @param {{ majors: number, minors: number }} counted @returns {Collected}
   */
  take(counted) {
    this.fetch()
    this.fetchedFrom = counted.majors + counted.minors
    const { seen, countedFrom } = this
    this.seen = empty()
    this.countedFrom = { ...counted }
    const minor = Math.max(seen.minor, counted.minors - countedFrom.minors)
    // Without records the reading after a collection has to do.
    return this.make ? { ...seen, minor } : { ...seen, minor, major: counted.majors - countedFrom.majors }
  }

  stop() {
    this.profiler?.stop()
    this.profiler = undefined
    this.make = undefined
  }
}

/** @returns {Collected} */
const empty = () => ({ major: 0, minor: 0, floor: Number.NaN, floorExt: Number.NaN })

module.exports = { Collections }

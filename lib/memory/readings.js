// @ts-check
// What memory this thread and this process take now. What is dear is asked the less often the longer it takes. Knows
// where numbers come from, not what they say.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { nowMs } = require('../base/clock.js')
const { oldLimitBytes } = require('../v8/old-space.js')
const { arrayBufferBytes, heapUsage, rssBytes } = require('../v8/memory-usage.js')
const { getHeapSpaceStatistics } = require('../base/natives.js')

/** What takes x ms is not asked again before 300 x: 0.3 % of the time. */
const COST_FACTOR = 300
const SPACES = /** @type {Record<string, number>} */ ({
  old_space: 0,
  large_object_space: 1,
  code_space: 2,
  code_large_object_space: 2
})

/**
 * @typedef {object} Reading bytes; NaN where it was not read
 * @property {number} heapUsed @property {number} external @property {number} arrayBuffers @property {number} rss
 * @property {number} mallocUsed @property {number} mallocFree
 * @property {number} limit of the control group @property {number} groupUsed
 * @property {number} heapLimit V8's, for objects that are not young @property {number[]} spaces old, large objects, code, others
 */

/** Asks rarely for what is dear. @template T */
class Rare {
  /** @param {() => T} ask @param {T} none */
  constructor(ask, none) {
    this.ask = ask
    this.none = none
    this.notBeforeMs = -Infinity
  }

  /** @returns {T} `none` when it was not asked */
  read() {
    const start = nowMs()
    if (start < this.notBeforeMs) return this.none
    const value = this.ask()
    const end = nowMs()
    this.notBeforeMs = end + (end - start) * COST_FACTOR
    return value
  }
}

class Readings {
  /** @param {typeof import('../../native.js')} native */
  constructor(native) {
    this.malloc = new Rare(() => native.mallocFigures() ?? undefined, /** @type {number[] | undefined} */ (undefined))
    this.group = new Rare(
      () => native.groupMemory() ?? undefined,
      /** @type {{ current: number, limit: number } | undefined} */ (undefined)
    )
    this.heapLimit = oldLimitBytes()
  }

  /**
   * What rss, malloc and the group say is the process's: the main thread answers for it.
   * @param {number} oursBytes that graphs of ours hold, which malloc has handed out; NaN while one is read @returns {Reading}
   */
  read(oursBytes) {
    const { heapUsed, external } = heapUsage()
    const arrayBuffers = arrayBufferBytes()
    const spaces = [0, 0, 0, 0]
    for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics())
      spaces[SPACES[name] ?? 3] += used
    const own = { heapUsed, external, arrayBuffers, heapLimit: this.heapLimit, spaces }
    if (!isMainThread) {
      const none = Number.NaN
      return { ...own, rss: none, mallocUsed: none, mallocFree: none, limit: none, groupUsed: none }
    }
    const [mallocAll, mallocFree] = this.malloc.read() ?? [Number.NaN, Number.NaN]
    const mallocUsed = mallocAll - oursBytes
    const { current: groupUsed, limit } = this.group.read() ?? { current: Number.NaN, limit: Number.NaN }
    return { ...own, rss: rssBytes(), mallocUsed, mallocFree, limit, groupUsed }
  }
}

/** @typedef {InstanceType<typeof Readings>} ReadingsLike */

module.exports = { Readings }

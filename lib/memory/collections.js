// @ts-check
// What each major garbage collection left, read a moment after it. Knows counts and floors, not what they mean.
'use strict'

const { heapUsage } = require('../v8/memory-usage.js')

/** @typedef {{ major: number, minor: number, floor: number, floorExt: number }} Collected NaN where nothing is known */

class Collections {
  constructor() {
    this.floor = Number.NaN
    this.floorExt = Number.NaN
    this.countedFrom = { majors: 0, minors: 0 }
  }

  /** A major collection is over, a moment ago: old spaces have grown by what has been promoted since, that is hardly. @param {number} leftBytes */
  collected(leftBytes) {
    this.floor = leftBytes
    this.floorExt = heapUsage().external
  }

  /**
   * What was collected since the last time.
   * @param {{ majors: number, minors: number }} counted @returns {Collected}
   */
  take(counted) {
    const { floor, floorExt, countedFrom } = this
    this.floor = this.floorExt = Number.NaN
    this.countedFrom = { ...counted }
    const since = (/** @type {'majors' | 'minors'} */ what) => Math.max(0, counted[what] - countedFrom[what])
    return { major: since('majors'), minor: since('minors'), floor, floorExt }
  }
}

module.exports = { Collections }

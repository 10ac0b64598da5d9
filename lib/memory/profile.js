// @ts-check
// Where memory that stays was allocated: V8's sampling heap profiler over some minutes. Only what was allocated in the
// first half and outlived a collection in the second counts: what requests hold for a moment does not. Knows stacks.
'use strict'

const { nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { Inspector } = require('../v8/inspector.js')
const { sitesOf: allocated } = require('../v8/allocations.js')
const { mapPlace } = require('../findings/source-map.js')

/** Samples that a leak should leave in the window, and the bounds of bytes between two. */
const SAMPLES_WANTED = 40
const INTERVAL_LEAST_BYTES = 8192
const INTERVAL_MOST_BYTES = 524_288
const SITES_MAX = 3
/** A site counts with this share of what stays, and the first one with so many samples. */
const SITE_SHARE = 0.1
const SAMPLES_LEAST = 3

/** @typedef {{ frames: any[], count: number }} Site */

class Profile {
  /** @param {import('../v8/inspector.js').InspectorLike} inspector */
  constructor(inspector) {
    this.inspector = inspector
    /** Samples up to this one are old. */
    this.old = 0
    this.startedMs = nowMs()
  }

  /** @param {number} expectedBytes that will have leaked at its end @returns {{ profile?: Profile, why?: string }} */
  static start(expectedBytes) {
    const { inspector, why } = Inspector.open()
    if (!inspector) return { why }
    const samplingInterval = Math.round(
      Math.min(INTERVAL_MOST_BYTES, Math.max(INTERVAL_LEAST_BYTES, expectedBytes / SAMPLES_WANTED))
    )
    try {
      inspector.post('HeapProfiler.startSampling', { samplingInterval })
      return { profile: new Profile(inspector) }
    } catch (error) {
      inspector.close()
      return { why: messageOf(error) }
    }
  }

  /** What was allocated up to now is old. */
  half() {
    const { profile } = this.inspector.post('HeapProfiler.getSamplingProfile')
    for (const { ordinal } of profile.samples) if (ordinal > this.old) this.old = ordinal
  }

  /** Ends it. @returns {{ sites: Site[], bytes: number }} places of what stayed, most bytes first, and all such bytes */
  stop() {
    try {
      const { profile } = this.inspector.post('HeapProfiler.stopSampling')
      return sitesOf(profile, this.old || Number.POSITIVE_INFINITY)
    } finally {
      this.inspector.close()
    }
  }

  /** Ends it without an answer. */
  drop() {
    try {
      this.stop()
    } catch {
      // it was over
    }
  }
}

/** @param {any} profile @param {number} newest ordinal that counts */
function sitesOf({ head, samples }, newest) {
  /** @type {Map<number, { bytes: number, samples: number }>} */
  const byNode = new Map()
  let bytes = 0
  for (const { nodeId, size, ordinal } of samples) {
    if (ordinal > newest) continue
    const seen = byNode.get(nodeId) ?? { bytes: 0, samples: 0 }
    byNode.set(nodeId, { bytes: seen.bytes + size, samples: seen.samples + 1 })
    bytes += size
  }
  const ranked = allocated(head, ({ id }) => byNode.get(id))
  const isSeen = ranked.length > 0 && ranked[0].samples >= SAMPLES_LEAST
  const best = isSeen ? ranked.filter((site) => site.bytes >= bytes * SITE_SHARE).slice(0, SITES_MAX) : []
  return { sites: best.map((site) => ({ frames: site.frames.map(mapPlace), count: site.bytes })), bytes }
}

module.exports = { Profile, sitesOf }

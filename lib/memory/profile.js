// @ts-check
// Where memory that stays was allocated: V8's sampling heap profiler over some minutes. Only what was allocated in the
// first half and outlived a collection in the second counts: what requests hold for a moment does not. Knows stacks.
'use strict'

const { nowMs } = require('../base/clock.js')
const { Inspector } = require('../v8/inspector.js')
const { isOwn } = require('../base/own.js')
const { frameOf } = require('../v8/allocations.js')
const { mapPlace } = require('../findings/source-map.js')

/** Samples that a leak should leave in the window, and the bounds of bytes between two. */
const SAMPLES_WANTED = 40
const INTERVAL_LEAST_BYTES = 8192
const INTERVAL_MOST_BYTES = 524_288
const FRAMES_MAX = 5
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
      return { why: error instanceof Error ? error.message : String(error) }
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
  /** @type {Map<string, Site & { samples: number }>} */
  const sites = new Map()
  collect(head, [], byNode, sites)
  const ranked = [...sites.values()].sort((a, b) => b.count - a.count)
  const isSeen = ranked.length > 0 && ranked[0].samples >= SAMPLES_LEAST
  const best = isSeen ? ranked.filter(({ count }) => count >= bytes * SITE_SHARE).slice(0, SITES_MAX) : []
  return { sites: best.map(({ frames, count }) => ({ frames: frames.map(mapPlace), count })), bytes }
}

/** @param {any} node @param {any[]} above frames of the program, nearest first @param {Map<number, { bytes: number, samples: number }>} byNode @param {Map<string, Site & { samples: number }>} sites */
function collect(node, above, byNode, sites) {
  const frame = frameOf(node.callFrame)
  const isOurs = frame !== undefined && isOwn(frame.file)
  const frames = frame && !isOurs ? [frame, ...above].slice(0, FRAMES_MAX) : above
  const own = byNode.get(node.id)
  if (own && frames.length > 0 && !isOurs) {
    const key = frames.map(({ file, line, column }) => `${file}:${line}:${column}`).join('\n')
    const site = sites.get(key) ?? { frames, count: 0, samples: 0 }
    sites.set(key, { frames, count: site.count + own.bytes, samples: site.samples + own.samples })
  }
  for (const child of node.children) collect(child, frames, byNode, sites)
}

module.exports = { Profile, sitesOf }

// @ts-check
// What is asked once growth of memory stands, one step after the other and each at most once for a field: where what
// stays is allocated, then, only if allowed, what a heap captured in a child says. Knows steps and budgets.
'use strict'

const { isOwn } = require('../measure/allocations.js')
const { collectNow } = require('../gc.js')
const { Profile } = require('./profile.js')

/** Time that a profile runs at least, in milliseconds, unless it may not run that long. */
const PROFILE_LEAST_MS = 10_000
/** A window in which this many bytes leak is long enough. */
const WANTED_BYTES = 1e6
/** A collection is had made where none came by itself, of heaps up to this size. */
const COLLECT_MAX_BYTES = 128e6
/** So much longer than asked a profile waits for collections. */
const PATIENCE = 3
/** Lines of a captured heap, of what keeps at least this share of it. */
const HELD_MAX = 3
const HELD_SHARE = 0.05
/** What is known is good for so long: growth that comes and goes does not start a profile each time. */
const KNOWN_MS = 6 * 3_600_000

/** @typedef {{ sites: any[], notes: string[] }} Evidence */
/** @typedef {{ profile: 'auto' | 'never', profileMs: number, explain: 'never' | 'fork', collect: 'auto' | 'never' }} Options */

class Ladder {
  /** @param {Options} options @param {() => string[]} related what else grows, one line each */
  constructor(options, related) {
    this.options = options
    this.related = related
    /** @type {Map<string, Evidence & { atMs: number }>} by field */
    this.known = new Map()
    /** The step under way. @type {{ field: string, windowMs: number, profile?: InstanceType<typeof Profile>, majors: number, isHalf: boolean, isCapturing?: boolean } | undefined} */
    this.step = undefined
  }

  /** What is known of a field, once all steps are done. @param {string} field @returns {Evidence | undefined} */
  evidence(field) {
    return this.known.get(field)
  }

  /**
   * Called at each look in.
   * @param {string | undefined} field that stands @param {number} bytesPerHour of real time @param {number} majors
   */
  tick(field, bytesPerHour, majors) {
    if (this.step && this.step.field !== field) this.drop()
    if (field === undefined || this.known.has(field) || this.step?.isCapturing) return
    if (this.step) this.goOn(this.step, majors)
    else this.begin(field, bytesPerHour, majors)
  }

  /** @param {string} field @param {number} bytesPerHour @param {number} majors */
  begin(field, bytesPerHour, majors) {
    const { profile: mode, profileMs } = this.options
    // Native memory has no stack of JavaScript.
    if (mode === 'never' || !['heapUsed', 'external', 'arrayBuffers'].includes(field))
      return this.profiled(field, { sites: [], notes: [] })
    const wantedMs = (WANTED_BYTES / bytesPerHour) * 3_600_000
    const windowMs = Math.min(profileMs, Math.max(PROFILE_LEAST_MS, wantedMs))
    const { profile, why } = Profile.start((bytesPerHour * windowMs) / 3_600_000)
    if (!profile) return this.profiled(field, { sites: [], notes: [`no heap profile could be taken: ${why}`] })
    this.step = { field, windowMs, profile, majors, isHalf: false }
  }

  /** @param {NonNullable<Ladder['step']>} step @param {number} majors */
  goOn(step, majors) {
    const { profile, windowMs } = step
    if (!profile) return
    const tookMs = performance.now() - profile.startedMs
    const dueMs = step.isHalf ? windowMs : windowMs / 2
    if (tookMs < dueMs) return
    if (majors === step.majors && tookMs < dueMs * PATIENCE) {
      const isSmall = process.memoryUsage().heapUsed <= COLLECT_MAX_BYTES
      if (this.options.collect === 'never' || !isSmall) return
      collectNow()
    }
    if (!step.isHalf) {
      profile.half()
      step.isHalf = true
      step.majors = majors
      return
    }
    this.step = undefined
    const { sites, bytes } = profile.stop()
    const said = `heap profile over ${Math.round(tookMs / 1000)} s: ${(bytes / 1e6).toFixed(1)} MB of what was allocated in its first half stayed`
    this.profiled(step.field, { sites, notes: [said] })
  }

  /** @param {string} field @param {Evidence} evidence */
  profiled(field, evidence) {
    const found = { sites: evidence.sites, notes: [...evidence.notes, ...this.related()] }
    if (this.options.explain !== 'fork' || field !== 'heapUsed') {
      this.known.set(field, { ...found, atMs: performance.now() })
      return
    }
    this.step = { field, windowMs: 0, majors: 0, isHalf: true, isCapturing: true }
    explain().then((notes) => {
      this.known.set(field, { ...found, notes: [...found.notes, ...notes], atMs: performance.now() })
      this.step = undefined
    })
  }

  /** Ends the step under way, and forgets it. */
  drop() {
    this.step?.profile?.drop()
    if (!this.step?.isCapturing) this.step = undefined
  }

  /** The field no longer grows: should it again much later, all is asked anew. @param {string} field */
  forget(field) {
    if (performance.now() - (this.known.get(field)?.atMs ?? 0) > KNOWN_MS) this.known.delete(field)
  }
}

/** What holds most of a heap that was captured in a child, redacted; never rejects. @returns {Promise<string[]>} */
async function explain() {
  try {
    const { HeapGraph, captureHeap } = require('../heap.js')
    const graph = await captureHeap({ mode: 'fork', redact: true })
    try {
      const held = holders(await HeapGraph.ownersOf(graph))
      if (held.length > 0) return held
      const classes = graph.classes({ limit: HELD_MAX })
      return classes.map(
        ({ name, count, retainedBytes }) => `captured heap: ${count} of ${name} keep ${mega(retainedBytes)}`
      )
    } finally {
      graph.dispose()
    }
  } catch (error) {
    return [`no heap could be captured: ${error instanceof Error ? error.message : error}`]
  }
}

/**
 * Variables, fields and properties that keep most: one line each, none for what is held by one that has a line.
 * @param {import('../..').ReportOwner[]} owners in preorder @returns {string[]}
 */
function holders(owners) {
  const least = (owners[0]?.retainedBytes ?? 0) * HELD_SHARE
  const ranked = owners
    .map((owner, at) => ({ ...owner, at, end: endOf(owners, at) }))
    .filter(({ name, class: of, retainedBytes, file }) => {
      return name && !of.startsWith('(') && retainedBytes >= least && !(file && isOwn(file))
    })
    .sort((a, b) => b.retainedBytes - a.retainedBytes || a.at - b.at)
  /** @type {typeof ranked} */
  const chosen = []
  for (const one of ranked) {
    const isTold = chosen.some(({ at, end }) => one.at > at && one.at < end)
    if (!isTold && chosen.length < HELD_MAX) chosen.push(one)
  }
  return chosen.map(({ name, class: of, count, retainedBytes, at, end, file, line }) => {
    const inside = owners.slice(at + 1, end).filter(({ depth }) => depth === owners[at].depth + 1)
    const most = inside.find((one) => inside.every((other) => other.retainedBytes <= one.retainedBytes))
    const above = owners.slice(0, at).findLast(({ depth }) => depth === owners[at].depth - 1)
    const where = above && !above.class.startsWith('(') ? `, ${above.class}` : ''
    const place = file ? ` at ${file}:${line}` : ''
    const what = most ? `, ${mega(most.retainedBytes)} of it by ${most.count} of ${most.class}` : ''
    return `captured heap: ${name} (${count > 1 ? `${count} of ` : ''}${of}${where})${place} keeps ${mega(retainedBytes)}${what}`
  })
}

/** Where what an owner holds ends in the list. @param {import('../..').ReportOwner[]} owners @param {number} at */
function endOf(owners, at) {
  const next = owners.findIndex(({ depth }, i) => i > at && depth <= owners[at].depth)
  return next === -1 ? owners.length : next
}

/** @param {number} bytes */
const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** @typedef {InstanceType<typeof Ladder>} LadderLike */

module.exports = { Ladder, holders }

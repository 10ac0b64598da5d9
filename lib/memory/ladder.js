// @ts-check
// What is asked once growth of memory stands, one step after the other and each at most once for a field: where what
// stays is allocated, then, only if allowed, what became more in two censuses and what a captured heap says, both of copies
// of the process. Knows steps and budgets.
'use strict'

const { setTimeout: wait } = require('node:timers/promises')
const { collectNow } = require('../gc.js')
const { isOwn } = require('../measure/allocations.js')
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
/** Lines of what two censuses differ in. */
const GROWN_MAX = 3
/** Classes that everything is made of. */
const COMMON = new Set(['Object', 'Array', 'Function', 'Promise'])
/** What has growth that JavaScript knows of. */
const FIELDS = ['heapUsed', 'external', 'arrayBuffers']
/** What is known is good for so long: growth that comes and goes does not start a profile each time. */
const KNOWN_MS = 6 * 3_600_000

/** @typedef {{ sites: any[], notes: string[] }} Evidence */
/** A census, or why there is none; and when that was. @typedef {{ census?: import('../heap-census.js').HeapCensusLike, why?: string, atMs: number }} Census */
/** @typedef {{ profile: 'auto' | 'never', profileMs: number, explain: 'never' | 'census' | 'fork', collect: 'auto' | 'never' }} Options */

class Ladder {
  /** @param {Options} options @param {() => string[]} related what else grows, one line each */
  constructor(options, related) {
    this.options = options
    this.related = related
    /** @type {Map<string, Evidence & { atMs: number }>} by field */
    this.known = new Map()
    /** The step under way. @type {{ field: string, windowMs: number, profile?: InstanceType<typeof Profile>, majors: number, isHalf: boolean, isCapturing?: boolean, census?: Promise<Census> } | undefined} */
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
    const { profile: mode, profileMs, explain } = this.options
    const isKnownToV8 = FIELDS.includes(field)
    const wantedMs = (WANTED_BYTES / bytesPerHour) * 3_600_000
    const windowMs = Math.min(profileMs, Math.max(PROFILE_LEAST_MS, wantedMs))
    const step = { field, windowMs, majors, isHalf: false }
    const census = explain !== 'never' && isKnownToV8 ? takeCensus() : undefined
    // Native memory has no stack of JavaScript.
    if (mode === 'never' || !isKnownToV8) return this.profiled({ ...step, census }, { sites: [], notes: [] })
    const { profile, why } = Profile.start((bytesPerHour * windowMs) / 3_600_000)
    if (profile) this.step = { ...step, profile, census }
    else this.profiled({ ...step, census }, { sites: [], notes: [`no heap profile could be taken: ${why}`] })
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
    this.profiled(step, { sites, notes: [said] })
  }

  /** @param {NonNullable<Ladder['step']>} step @param {Evidence} evidence */
  profiled({ field, windowMs, census }, evidence) {
    const found = { sites: evidence.sites, notes: [...evidence.notes, ...this.related()] }
    if (!census) {
      this.known.set(field, { ...found, atMs: performance.now() })
      return
    }
    this.step = { field, windowMs, majors: 0, isHalf: true, isCapturing: true }
    const isWhole = this.options.explain === 'fork' && field === 'heapUsed'
    explain(census, windowMs, isWhole).then((notes) => {
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

/** Never rejects. @returns {Promise<Census>} */
async function takeCensus() {
  try {
    const { captureHeap } = require('../heap.js')
    const census = await captureHeap({ mode: 'fork', depth: 'census' })
    return { census, atMs: performance.now() }
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error), atMs: performance.now() }
  }
}

/**
 * @param {Promise<Census>} earlier @param {number} windowMs that lies between two censuses at least
 * @param {boolean} isWhole whether a heap is to be captured, too
 * @returns {Promise<string[]>}
 */
async function explain(earlier, windowMs, isWhole) {
  const before = await earlier
  if (before.census) await wait(Math.max(0, before.atMs + windowMs - performance.now()), undefined, { ref: false })
  const after = before.census ? await takeCensus() : before
  const why = after.why
  const counted = why ? [`no census could be taken: ${why}`] : grownBetween(before, after)
  return [...counted, ...(isWhole ? await heldMost() : [])]
}

/** What became most from one census to the next. @param {Census} before @param {Census} after @returns {string[]} */
function grownBetween(before, after) {
  if (!before.census || !after.census) return []
  const seconds = Math.max(1, Math.round((after.atMs - before.atMs) / 1000))
  const grown = after.census.grownSince(before.census)
  const telling = grown.filter(({ kind, name }) => kind !== 'class' || !COMMON.has(name))
  const bytes = telling.filter(({ kind, from, to }) => kind === 'buffer' && to - from > WANTED_BYTES)
  const counts = telling.filter(({ kind }) => kind !== 'buffer')
  return [...bytes, ...counts].slice(0, GROWN_MAX).map(({ kind, name, from, to }) => {
    const size = (/** @type {number} */ n) => (kind === 'buffer' ? mega(n) : n.toLocaleString('en'))
    return `census: ${KINDS[kind]}${name} grew from ${size(from)} to ${size(to)} in ${seconds} s`
  })
}

const KINDS = { class: 'objects of ', container: 'entries of ', listener: 'listeners of ', buffer: '' }

/** What holds most of a heap that was captured in a child, redacted; never rejects. @returns {Promise<string[]>} */
async function heldMost() {
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

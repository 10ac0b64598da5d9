// @ts-check
// What is asked once growth of memory stands, one step after the other and each at most once for a field: where what
// stays is allocated, then, only if allowed, what copies of the process say. Knows steps and budgets.
'use strict'

const { collectNow, nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { heapUsage } = require('../v8/memory-usage.js')
const { explain, takeCensus } = require('./copies.js')
const { Profile } = require('./profile.js')

/** Time that a profile runs at least, in milliseconds, unless it may not run that long. */
const PROFILE_LEAST_MS = 10_000
/** A window in which this many bytes leak is long enough. */
const WANTED_BYTES = 1e6
/** A collection is had made where none came by itself, of heaps up to this size. */
const COLLECT_MAX_BYTES = 128e6
/** So much longer than asked a profile waits for collections. */
const PATIENCE = 3
/** What has growth that JavaScript knows of. */
const FIELDS = ['heapUsed', 'external', 'arrayBuffers']
/** What is known is good for so long: growth that comes and goes does not start a profile each time. */
const KNOWN_MS = 6 * 3_600_000

/** @typedef {import('../findings/facts').Tagged} Tagged */
/** @typedef {{ sites: import('../findings/facts').Site[], evidence: Tagged[] }} Known */
/** `copies`: of the process, as the option `explain` allows. @typedef {{ hasProfile: boolean, profileMs: number, copies: 'never' | 'census' | 'heap', forceGc: 'auto' | 'never' }} Options */

class Ladder {
  /** @param {Options} options @param {() => Tagged[]} related what else grows */
  constructor(options, related) {
    this.options = options
    this.related = related
    /** What is known, once all steps are done, by field. @type {Map<string, Known & { atMs: number }>} */
    this.known = new Map()
    /** The step under way. @type {{ field: string, windowMs: number, profile?: InstanceType<typeof Profile>, majors: number, isHalf: boolean, isCapturing?: boolean, census?: Promise<import('./copies.js').Census> } | undefined} */
    this.step = undefined
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
    const { hasProfile, profileMs, copies } = this.options
    const isKnownToV8 = FIELDS.includes(field)
    const wantedMs = (WANTED_BYTES / bytesPerHour) * 3_600_000
    const windowMs = Math.min(profileMs, Math.max(PROFILE_LEAST_MS, wantedMs))
    const step = { field, windowMs, majors, isHalf: false }
    const census = copies !== 'never' && isKnownToV8 ? takeCensus() : undefined
    // Native memory has no stack of JavaScript.
    if (!hasProfile || !isKnownToV8) return this.profiled({ ...step, census }, [])
    const { profile, why } = Profile.start((bytesPerHour * windowMs) / 3_600_000)
    if (profile) this.step = { ...step, profile, census }
    else this.profiled({ ...step, census }, [], { type: 'notSeen', what: 'profile', why: String(why) })
  }

  /** @param {NonNullable<Ladder['step']>} step @param {number} majors */
  goOn(step, majors) {
    const { profile, windowMs } = step
    if (!profile) return
    const tookMs = nowMs() - profile.startedMs
    const dueMs = step.isHalf ? windowMs : windowMs / 2
    if (tookMs < dueMs) return
    if (majors === step.majors && tookMs < dueMs * PATIENCE) {
      const isSmall = heapUsage().heapUsed <= COLLECT_MAX_BYTES
      if (this.options.forceGc === 'never' || !isSmall) return
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
    this.profiled(step, sites, { type: 'profile', seconds: Math.round(tookMs / 1000), bytes })
  }

  /** @param {NonNullable<Ladder['step']>} step @param {Known['sites']} sites @param {...Tagged} seen */
  profiled({ field, windowMs, census }, sites, ...seen) {
    const found = { sites, evidence: [...seen, ...this.related()] }
    if (!census) {
      this.known.set(field, { ...found, atMs: nowMs() })
      return
    }
    this.step = { field, windowMs, majors: 0, isHalf: true, isCapturing: true }
    const isWhole = this.options.copies === 'heap' && field === 'heapUsed'
    explain(census, windowMs, isWhole)
      .catch((error) => [{ type: 'notSeen', what: 'comparison', why: messageOf(error) }])
      .then((more) => {
        this.known.set(field, { ...found, evidence: [...found.evidence, ...more], atMs: nowMs() })
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
    if (nowMs() - (this.known.get(field)?.atMs ?? 0) > KNOWN_MS) this.known.delete(field)
  }
}

/** @typedef {InstanceType<typeof Ladder>} LadderLike */

module.exports = { FIELDS, Ladder }

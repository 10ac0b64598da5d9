// @ts-check
// A guard without a caller: reports when the process ends, now and then before, on a signal, and once memory is nearly used
// up (the out-of-memory report); together with the service's other processes. Knows when and where to, not what is found.
'use strict'

const { isMainThread, threadId } = require('node:worker_threads')
const { Entry, attempt } = require('../base/entry.js')
const { oldLimitBytes } = require('../v8/old-space.js')
const { LeakReport } = require('../report/leak-report.js')
const { examined, undecided } = require('../report/lines.js')
const { nowMs } = require('../base/clock.js')
const { PARTS, Parts, isLaunched, makeParts } = require('../report/parts.js')
const { programName } = require('../base/program.js')
const { LOOK_MS, ReportFiles, reasonOf } = require('../report/files.js')
const { outputsText } = require('../base/outputs.js')
const { say } = require('../base/say.js')

const RealDate = Date
/** Time between two checks of how much memory is used: the shorter the smaller the heap may be, by bytes of its limit for a
 *  millisecond. Each collection is a check of its own. */
const END_LOOK_MIN_MS = 100
const END_LOOK_MAX_MS = 1000
const END_LOOK_BYTES = 1e6
/** An out-of-memory report is written above this share of a limit, and may be written again once it was below the other. */
const OOM_SHARE = 0.8
const AGAIN_SHARE = 0.7

/** @typedef {import('../base/outputs.js').Output} Output */
/** @typedef {{ report: Output[], signal?: string, oomReport: boolean, compare?: number[] }} Settings `compare`: milliseconds before each heap */
/** @typedef {{ check(): import('../..').LeakReport, withHeaps(found: import('../report/leak-report.js').LeakReportLike): import('../report/leak-report.js').LeakReportLike, requests(): number, limits(): { of: 'heap' | 'group', share: number, bytes: number }[], onCollected: () => void, hub: { quietly(work: () => void): void, calm(): void }, running: boolean, hasReader: boolean, entry: import('../base/entry.js').EntryLike }} GuardLike */

class Unattended {
  /** @param {GuardLike} guard @param {Settings} settings */
  constructor(guard, settings) {
    this.guard = guard
    this.settings = settings
    /** Where the service's processes leave their reports; undefined where none can be left. @type {import('../report/parts.js').PartsLike | undefined} */
    this.parts = undefined
    /** @type {Set<string>} */
    this.missed = new Set()
    /** Why this process knows of no other one. */
    this.alone = ''
    this.files = new ReportFiles(settings.report, (why) => this.miss(why))
    this.hasWarned = false
    this.entry = new Entry()
    /** What heaps show that were taken as `compare` says. @type {import('../report/leak-report.js').LeakReportLike | undefined} */
    this.compared = undefined
  }

  attend() {
    const { oomReport } = this.settings
    if (isMainThread) this.attendProcess()
    if (!oomReport) return
    const everyMs = Math.min(END_LOOK_MAX_MS, Math.max(END_LOOK_MIN_MS, oldLimitBytes() / END_LOOK_BYTES))
    setInterval(() => this.lookForEnd(), everyMs).unref()
    this.guard.onCollected = () => this.lookForEnd()
  }

  /** What is of the process: its main thread answers for it. */
  attendProcess() {
    const { signal, report, compare } = this.settings
    this.guard.hasReader = report.length > 0 || signal !== undefined || Boolean(process.env[PARTS])
    this.guard.hub.calm()
    if (this.guard.hasReader) {
      this.parts = this.join()
      process.on('exit', () => this.end())
      setInterval(() => this.look(), LOOK_MS).unref()
    }
    if (compare) this.compare(compare)
    if (signal) process.on(signal, () => this.tell(report.length > 0 ? report : [{ format: 'stderr' }]))
  }

  /** @param {number[]} gapsMs */
  compare(gapsMs) {
    const { find } = require('../memory/find.js')
    const how = {
      gapsMs,
      requests: () => this.guard.requests(),
      onHeap: (/** @type {import('../report/leak-report.js').LeakReportLike} */ known) => this.know(known)
    }
    const onProgress = (/** @type {object} */ progress) => this.tellProgress(progress)
    find('LEAKGUARD_COMPARE', undefined, { onProgress }, how).then(
      (found) => {
        this.know(found)
        this.look()
      },
      (error) => {
        const why = `heaps could not be compared: ${reasonOf(error)}`
        this.compared ??= open('failed', why)
        this.miss(why)
      }
    )
  }

  /** What heaps show so far is there for the others: this process may be killed. @param {import('../report/leak-report.js').LeakReportLike} known */
  know(known) {
    this.compared = known
    this.quietly('compare', () => void this.leave(this.own()))
  }

  /** For who has started this process and shows it. @param {any} progress */
  tellProgress({ phase, heap, heaps, leftMs }) {
    const isDone = phase === 'done'
    attempt(() => this.parts?.leaveProgress(isDone ? undefined : { phase, heap, heaps, leftMs }))
  }

  join() {
    const { report } = this.settings
    // Children may go elsewhere: what is named from here is there for them too.
    if (report.length > 0) process.env.LEAKGUARD_OUTPUT = outputsText(report)
    const named = process.env[PARTS]
    const parts = named ? Parts.join(named, (why) => say(`leakguard: ${why}\n`)) : undefined
    if (parts) return parts
    try {
      const made = makeParts(report)
      process.env[PARTS] = made.folder
      return made
    } catch (error) {
      this.alone = `reports of child processes cannot be collected: ${reasonOf(error)}`
      this.miss(this.alone)
    }
  }

  /** What cannot be had is said once. @param {string} why */
  miss(why) {
    if (this.missed.has(why)) return
    this.missed.add(why)
    say(`leakguard: ${why}\n`)
  }

  /** Of this process. */
  own() {
    const { compared, guard, settings } = this
    const heaps = settings.compare ? (compared ?? open('time', 'heaps are not compared yet')) : undefined
    const checked = () => (heaps ? guard.withHeaps(heaps) : guard.check())
    const report = guard.running ? checked() : open('stopped', this.whyStopped())
    if (this.alone) report.examined.push(examined('processes', this.alone))
    report.examined.push(examined('time', momentOf(new RealDate(), nowMs() / 1000)))
    return report
  }

  whyStopped() {
    const { closed } = this.guard.entry
    return closed === undefined ? 'the program stopped the guard' : `leakguard has stopped itself: ${closed}`
  }

  /** @param {import('../..').LeakReport} report of this process */
  part(report) {
    return [{ pid: process.pid, report, program: programName() }]
  }

  /** Writes what is new, and what was true some time ago anew: a process that is killed leaves what was known shortly before. */
  look() {
    this.quietly('look', () => {
      const isFirst = this.parts?.lead() ?? true
      const own = this.own()
      const report = this.parts && isFirst ? this.parts.look(this.part(own)).report() : own
      const files = this.files.due(report)
      if (!files) return
      const why = this.leave(own)
      if (isFirst) this.files.write(report, files)
      else if (why) this.miss(why)
    })
  }

  /** For the other processes. @param {import('../..').LeakReport} own @returns {string | undefined} why not, for who does not tell it itself */
  leave(own) {
    try {
      this.parts?.leave(own)
    } catch (error) {
      return `cannot leave a report for the first process: ${reasonOf(error)}`
    }
  }

  /** @param {Output[]} to */
  tell(to) {
    this.quietly('signal', () => {
      const own = this.own()
      this.leave(own)
      this.files.write(this.parts ? this.parts.look(this.part(own)).report() : own, to)
    })
  }

  end() {
    this.quietly('end', () => {
      const own = this.own()
      if (this.parts) this.parts.end(this.part(own), (all) => this.files.write(all.report()))
      else this.files.write(own)
    })
  }

  /** Memory that is nearly used up: what is known is told while it can be. */
  lookForEnd() {
    if (!this.guard.running) return
    this.quietly('out-of-memory report', () => {
      const shares = this.used()
      const [most] = shares.sort((a, b) => b.share - a.share)
      if (!most || most.share < AGAIN_SHARE) this.hasWarned = false
      if (!most || most.share < OOM_SHARE || this.hasWarned) return
      this.hasWarned = true
      const who = isMainThread ? `process ${process.pid}` : `worker ${threadId} of process ${process.pid}`
      const words = `leakguard: ${who} has used ${Math.round(most.share * 100)} % of ${most.what}. The report so far:\n`
      const own = this.own()
      // There is no memory to read files with.
      say(`${words}${own.render('text', { source: false })}\n`)
      if (!isMainThread) return
      const why = this.leave(own)
      if (this.parts?.lead() ?? true)
        this.files.write(this.parts ? this.parts.together(this.part(own)).report() : own, this.files.files)
      else if (why) this.miss(why)
    })
  }

  /** Shares of the limits that are used, and how they are called. */
  used() {
    const names = { heap: "V8's heap limit", group: "the control group's memory limit" }
    return this.guard
      .limits()
      .map(({ of, share, bytes }) => ({ share, what: `${names[of]} (${Math.round(bytes / 1e6)} MB)` }))
  }

  /** Our own work is none of the program's, and an error in it is not the program's either. @param {string} place @param {() => void} work */
  quietly(place, work) {
    const { entry } = this
    const before = entry.errors
    entry.enter(place, () => this.guard.hub.quietly(work))
    // At the end no warning is printed any more; one that has stopped itself has had its own.
    if (place === 'end' && entry.errors > before && this.guard.entry.closed === undefined)
      say(`leakguard: no report: ${entry.last}\n`)
  }
}

/** Nothing is known. @param {string} reason @param {string} why */
const open = (reason, why) =>
  new LeakReport({ verdict: 'undecided', findings: [], undecided: [undecided(reason, why)] })

/** When a report was true. @param {Date} at @param {number} seconds since the process began */
const momentOf = (at, seconds) => `last checked ${at.toISOString()}, ${seconds.toFixed(1)} s after the start`

/** A child process has a record of its own; but for the one that `leakguard run` starts. @param {string} file */
function recordOf(file) {
  const folder = process.env[PARTS]
  const isChild = process.send !== undefined || (folder && !isLaunched(folder))
  return isChild ? `${file}.process-${process.pid}` : file
}

/** @param {any} guard @param {Settings} settings */
function attend(guard, settings) {
  const unattended = new Unattended(guard, settings)
  guard.hub.quietly(() => unattended.attend())
}

module.exports = { attend, recordOf }

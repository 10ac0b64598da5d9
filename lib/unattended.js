// @ts-check
// A guard that nobody asks: reports when the process ends, on a signal, and as last words before memory is used up; of
// child processes too, through a folder that the first process makes. Knows when and where to, not what is found.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { LeakReport } = require('./leak-report.js')
const { merged } = require('./merged.js')
const { writeAsideSync } = require('./write-aside.js')

/** The folder for the reports of child processes, for whom it may concern. */
const PARTS = 'LEAKGUARD_PARTS'
/** So often it is looked whether there is something new to write, in milliseconds. */
const LOOK_MS = 10_000
/** So often it is looked whether memory is nearly used up. */
const END_LOOK_MS = 1000
/** Last words are said above this share of a limit, and may be said again once it was below the other. The heap's limit
 *  includes the young generation, so that old objects never reach it. */
const LAST_SHARE = 0.85
const AGAIN_SHARE = 0.7
const PARTS_MAX = 64
const PART_BYTES_MAX = 1e6

/** @typedef {{ report: string[], signal?: string, lastWords: boolean }} Settings `report`: files, or `stderr` */
/** @typedef {{ check(): import('..').LeakReport, memoryNow(): import('..').MemoryNow | undefined, freshMemory(): import('..').MemoryNow | undefined, hub: { quietly(work: () => void): void, calm(): void }, running: boolean, hasReader: boolean }} GuardLike */

class Unattended {
  /** @param {GuardLike} guard @param {Settings} settings */
  constructor(guard, settings) {
    this.guard = guard
    this.settings = settings
    this.isFirst = !process.env[PARTS]
    /** Where child processes leave their reports; undefined where none can be made. @type {string | undefined} */
    this.parts = undefined
    /** @type {string[]} */
    this.missing = []
    this.written = ''
    this.hasSpoken = false
  }

  attend() {
    const { signal, report, lastWords } = this.settings
    this.guard.hasReader = report.length > 0 || signal !== undefined
    this.guard.hub.calm()
    if (report.length > 0 || signal) {
      this.parts = this.folder()
      process.on('exit', () => this.end())
      setInterval(() => this.look(), LOOK_MS).unref()
    }
    if (signal) process.on(signal, () => this.tell(report.length > 0 ? report : ['stderr']))
    if (lastWords) setInterval(() => this.lookForEnd(), END_LOOK_MS).unref()
  }

  folder() {
    if (!this.isFirst) return process.env[PARTS]
    try {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-'))
      process.env[PARTS] = folder
      return folder
    } catch (error) {
      this.missing.push(`reports of child processes cannot be collected: ${messageOf(error)}`)
    }
  }

  /** Of this process, and in the first one of its children too. */
  report() {
    const own = this.guard.running
      ? this.guard.check()
      : new LeakReport({ verdict: 'undecided', findings: [], undecided: ['the guard was stopped by the program'] })
    own.looked.push(...this.missing)
    return this.isFirst ? merged([{ pid: process.pid, report: own }, ...this.others()]) : own
  }

  /** @returns {{ pid: number, report: any }[]} */
  others() {
    if (!this.parts) return []
    try {
      const files = fs.readdirSync(this.parts).filter((name) => /^\d+\.json$/.test(name))
      return files.slice(0, PARTS_MAX).flatMap((name) => this.part(path.join(String(this.parts), name)))
    } catch {
      return [] // the folder is gone: nobody has left anything
    }
  }

  /** @param {string} file */
  part(file) {
    try {
      if (fs.statSync(file).size > PART_BYTES_MAX) return []
      return [{ pid: Number.parseInt(path.basename(file), 10), report: JSON.parse(fs.readFileSync(file, 'utf8')) }]
    } catch {
      return [] // it is being written, or gone
    }
  }

  /** Writes when something has changed: a process that is killed leaves what was known some seconds before. */
  look() {
    this.quietly(() => {
      const report = this.report()
      const key = JSON.stringify([
        report.verdict,
        report.findings.map((/** @type {import('..').Finding} */ { fingerprint }) => fingerprint)
      ])
      if (key === this.written) return
      this.written = key
      this.write(report, this.files())
    })
  }

  files() {
    if (this.isFirst) return this.settings.report.filter((to) => to !== 'stderr')
    return this.parts ? [path.join(this.parts, `${process.pid}.json`)] : []
  }

  /** @param {string[]} to */
  tell(to) {
    this.quietly(() => this.write(this.report(), to))
  }

  end() {
    this.quietly(() => {
      this.write(this.report(), this.isFirst ? this.settings.report : this.files())
      if (this.isFirst && this.parts) fs.rmSync(this.parts, { recursive: true, force: true })
    })
  }

  /** Memory that is nearly used up: what is known is told while it can be. */
  lookForEnd() {
    if (!this.guard.running) return
    this.quietly(() => {
      const shares = this.used()
      const [most] = shares.sort((a, b) => b.share - a.share)
      if (!most || most.share < AGAIN_SHARE) this.hasSpoken = false
      if (!most || most.share < LAST_SHARE || this.hasSpoken) return
      this.hasSpoken = true
      const words = `leakguard: process ${process.pid} has used ${Math.round(most.share * 100)} % of ${most.what}; what is known of it:\n`
      say(`${words}${this.guard.check()}\n`)
      this.write(this.report(), this.files())
    })
  }

  /** Shares of the limits that are used. */
  used() {
    const { heapUsed, rss } = process.memoryUsage()
    const before = this.guard.memoryNow()
    const isNear = before && (heapUsed > before.heapLimit * AGAIN_SHARE || rss > Number(before.limit) * AGAIN_SHARE)
    const { heapLimit, heapFloor = 0, limit, groupUsed } = (isNear ? this.guard.freshMemory() : before) ?? {}
    const mega = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`
    return [
      // Garbage goes: what the last collection left counts.
      ...(heapLimit
        ? [{ share: Math.min(heapFloor, heapUsed) / heapLimit, what: `V8's limit for the heap, ${mega(heapLimit)}` }]
        : []),
      ...(limit && groupUsed ? [{ share: groupUsed / limit, what: `the control group's limit, ${mega(limit)}` }] : [])
    ]
  }

  /** @param {import('..').LeakReport} report @param {string[]} to */
  write(report, to) {
    for (const place of to) {
      if (place === 'stderr') say(`${report}\n`)
      else this.toFile(place, /\.json$/.test(place) ? `${JSON.stringify(report, null, 2)}\n` : `${report}\n`)
    }
  }

  /** @param {string} file @param {string} text */
  toFile(file, text) {
    try {
      writeAsideSync(file, text)
    } catch (error) {
      const why = `${file} cannot be written: ${messageOf(error)}`
      if (this.missing.includes(why)) return
      this.missing.push(why)
      say(`leakguard: ${why}\n`)
    }
  }

  /** Our own work is none of the program's, and an error in it is not the program's either. @param {() => void} work */
  quietly(work) {
    try {
      this.guard.hub.quietly(work)
    } catch (error) {
      say(`leakguard: no report: ${messageOf(error)}\n`)
    }
  }
}

/** At once, and whatever the program has done to its streams. @param {string} text */
function say(text) {
  try {
    fs.writeSync(2, text)
  } catch {
    // nobody listens
  }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error))

/** @param {any} guard @param {Settings} settings */
function attend(guard, settings) {
  const unattended = new Unattended(guard, settings)
  guard.hub.quietly(() => unattended.attend())
}

module.exports = { attend }

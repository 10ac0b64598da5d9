// @ts-check
// Where reports go that no caller takes: files, stderr and GitHub, when something is new, and files anew each minute. Must
// not know what is reported.
'use strict'

const { nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { placeOf } = require('../base/output-place.js')
const { say } = require('../base/say.js')
const { toGithub } = require('./step.js')
const { writeAsideSync } = require('../base/write-aside.js')

/** Time between two checks for something new to write, in milliseconds. */
const LOOK_MS = 10_000
/** So often files are written anew: what they say was true not long ago. */
const WRITE_MS = 60_000

/** @typedef {import('../base/outputs.js').Output} Output */

class ReportFiles {
  /** @param {Output[]} places @param {(why: string) => void} miss what cannot be written */
  constructor(places, miss) {
    this.places = places
    this.miss = miss
    this.written = ''
    this.writtenMs = 0
  }

  /** Those that hold one report. */
  get files() {
    return this.places.filter(({ file }) => file !== undefined)
  }

  /**
   * Whether a report is to be written now: whole where it is new, else only where it replaces the one before.
   * @param {import('../..').LeakReport} report @param {number} [now] @returns {Output[] | undefined} the files, if it is
   */
  due({ verdict, findings }, now = nowMs()) {
    const key = JSON.stringify([verdict, findings.map(({ fingerprint, confidence }) => [fingerprint, confidence])])
    const isNew = key !== this.written
    if (!isNew && now - this.writtenMs < WRITE_MS - LOOK_MS / 2) return
    this.written = key
    this.writtenMs = now
    return isNew ? this.files : this.files.filter(({ file }) => isReplaced(String(file)))
  }

  /** @param {import('../..').LeakReport} report @param {Output[]} [to] */
  write(report, to = this.places) {
    /** Places by what was wrong. @type {Map<string, string[]>} */
    const lost = new Map()
    for (const output of to) {
      try {
        writeOutput(output, report)
      } catch (error) {
        const why = reasonOf(error)
        lost.set(why, [...(lost.get(why) ?? []), output.file ?? output.format])
      }
    }
    for (const [why, places] of lost) this.miss(`${places.join(', ')} cannot be written: ${why}`)
  }
}

/** @param {Output} output @param {import('../..').LeakReport} report */
function writeOutput({ format, file }, report) {
  if (format === 'stderr') return say(`${report}\n`)
  if (format === 'github') return toGithub(report)
  writeAsideSync(String(file), rendered(report, format))
}

/** A file ends with a line's end. @param {import('../..').LeakReport} report @param {string} format */
function rendered(report, format) {
  const text = report.render(/** @type {import('../..').ReportFormat} */ (format))
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Whether what is written there replaces what was there: a terminal or a pipe would get one report after the other. @param {string} file */
function isReplaced(file) {
  try {
    return placeOf(file).kind === 'file'
  } catch {
    return true
  }
}

/** Without the file that was tried, whose name is another one each time. @param {unknown} error */
const reasonOf = (error) => messageOf(error).replace(/, \w+ '.*$/s, '')

module.exports = { LOOK_MS, ReportFiles, isReplaced, reasonOf, rendered }

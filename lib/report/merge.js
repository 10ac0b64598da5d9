// @ts-check
// The reports of several processes as one of the service, bounded at any number of them, and those of processes that have
// ended as a summary that can be kept. Knows reports, not where they come from; what others wrote is checked.
'use strict'

const { LeakReport } = require('./leak-report.js')
const { readHeader, together: headersTogether } = require('./header.js')
const { CONFIDENCES, KINDS, rankOf, verdictOf } = require('./verdict.js')
const { examined, undecided } = require('./lines.js')
const { service } = require('../base/service.js')

// Taken when the file loads: a program may have a clock of its own later.
const { now } = Date

const PROCESSES_SHOWN = 8
const FINDINGS_MAX = 256
/** Of what one process says, besides findings. */
const LINES_MAX = 16
const TEXT_MAX = 1000
/** A finding that is larger than this, in characters of JSON, keeps its first lines only. */
const FINDING_MAX = 16_000
const EVIDENCE_KEPT = 8
/** What ended processes had found is told for a day. */
const KEPT_MS = 24 * 3_600_000

/** @typedef {{ pid: number, report: any, program?: string }} Part */
/** How many processes, and the first of them. @typedef {{ count: number, pids: number[] }} Processes */
/** @typedef {{ finding: any, processes: Processes, atMs: number }} Found */
/** What one process says. @typedef {{ pid: number, undecided: import('../..').Undecided[], examined: import('../..').Examined[] }} Said */

/** What several processes say. Of two, those of the first come first, in all lists. */
class Together {
  constructor() {
    /** @type {Processes} */
    this.processes = { count: 0, pids: [] }
    /** Names of programs, and how many processes each had. @type {Map<string, number>} */
    this.programs = new Map()
    /** @type {Map<string, Found>} */
    this.found = new Map()
    /** @type {Said[]} */
    this.said = []
    /** Processes that could not tell. */
    this.undecided = 0
    this.allowed = 0
    /** What they are. @type {import('../..').ReportHeader | undefined} */
    this.header = undefined
    /** Where there is but one process, its report. @type {any} */
    this.only = undefined
    /** Of them all, those that are there. */
    this.living = 0
    /** Processes that are there, and whose reports were not read. */
    this.unread = 0
  }

  /** @param {Part} part */
  static of({ pid, report, program = '' }) {
    const one = new Together()
    one.processes = { count: 1, pids: [pid] }
    one.programs.set(program, 1)
    for (const finding of report.findings.slice(0, FINDINGS_MAX)) {
      one.found.set(finding.fingerprint, { finding, processes: one.processes, atMs: now() })
    }
    one.undecided = Number(report.undecided.length > 0)
    one.said = [{ pid, undecided: undecidedOf(report.undecided), examined: examinedOf(report.examined) }]
    one.allowed = report.allowed
    one.header = report.header
    one.only = report
    return one
  }

  /** @param {Together} other */
  add(other) {
    if (other.processes.count > 0) this.only = this.processes.count === 0 ? other.only : undefined
    this.processes = both(this.processes, other.processes)
    for (const [name, count] of other.programs) {
      if (this.programs.has(name) || this.programs.size < PROCESSES_SHOWN)
        this.programs.set(name, (this.programs.get(name) ?? 0) + count)
    }
    for (const [fingerprint, { finding, processes, atMs }] of other.found) {
      const known = this.found.get(fingerprint)
      this.found.set(fingerprint, {
        finding: known?.finding ?? finding,
        processes: known ? both(known.processes, processes) : processes,
        atMs: Math.max(known?.atMs ?? 0, atMs)
      })
    }
    // The surest stay; among equals those of the first.
    if (this.found.size > FINDINGS_MAX) this.found = new Map(this.ranked().slice(0, FINDINGS_MAX))
    this.said = [...this.said, ...other.said].slice(0, PROCESSES_SHOWN)
    this.undecided += other.undecided
    this.allowed += other.allowed
    this.header = headersTogether(this.header, other.header)
    return this
  }

  ranked() {
    return [...this.found].sort(([, a], [, b]) => rankOf(a.finding) - rankOf(b.finding))
  }

  /** @returns {import('../..').LeakReport} */
  report() {
    if (this.only && this.unread === 0) return this.only
    const { count } = this.processes
    const findings = this.ranked().map(([, { finding, processes }]) => ({
      ...finding,
      evidence: [...finding.evidence, `in ${processes.count} of ${count} processes: ${list(processes)}`]
    }))
    /** @type {import('../..').Undecided[]} */
    const open = this.said.flatMap((said) => said.undecided.map((line) => ({ ...line, process: said.pid })))
    const unsaid = this.undecided - this.said.filter((said) => said.undecided.length > 0).length
    if (unsaid > 0)
      open.push(undecided('processes', `${unsaid} more process${unsaid === 1 ? '' : 'es'} could not be judged`))
    const unread = Number.isFinite(this.unread) ? this.unread : 'perhaps'
    return new LeakReport(
      {
        verdict: verdictOf(findings, open),
        findings,
        undecided: open,
        examined: [
          examined('processes', `${count} processes: ${list(this.processes)}`),
          ...this.said.flatMap((said) => said.examined.map((line) => ({ ...line, process: said.pid }))),
          ...(this.unread > 0 ? [examined('processes', `${unread} more processes, whose reports were not read`)] : [])
        ],
        allowed: this.allowed,
        header: this.header ?? null
      },
      // All of them are started by this one.
      () => ({ service: service() })
    )
  }

  toJSON() {
    const { processes, said, undecided, allowed, header, only } = this
    const found = [...this.found.values()].map((one) => ({ ...one, finding: shortened(one.finding) }))
    return { processes, programs: [...this.programs], found, said, undecided, allowed, header, only }
  }

  /** What toJSON() made, or nothing of what it did not make. @param {any} json */
  static read(json) {
    const read = new Together()
    if (!isProcesses(json?.processes)) return read
    read.processes = both(json.processes, NONE)
    for (const one of some(json.programs)) {
      if (Array.isArray(one) && typeof one[0] === 'string' && isCount(one[1])) read.programs.set(cut(one[0]), one[1])
    }
    const sinceMs = now() - KEPT_MS
    for (const one of some(json.found)) {
      const [finding] = findingsOf([one?.finding])
      if (!finding || !isProcesses(one.processes) || !(one.atMs > sinceMs)) continue
      read.found.set(finding.fingerprint, { finding, processes: both(one.processes, NONE), atMs: one.atMs })
    }
    for (const one of some(json.said).slice(0, PROCESSES_SHOWN)) {
      if (isCount(one?.pid))
        read.said.push({
          pid: one.pid,
          undecided: undecidedOf(one.undecided),
          examined: examinedOf(one.examined)
        })
    }
    if (isCount(json.undecided)) read.undecided = json.undecided
    if (isCount(json.allowed)) read.allowed = json.allowed
    read.header = readHeader(json.header)
    if (read.processes.count === 1 && json.only) read.only = readPart(json.only)
    return read
  }
}

/** @param {unknown} value @returns {value is number} */
const isCount = (value) => Number.isSafeInteger(value) && Number(value) >= 0

/** @param {any} value @returns {value is Processes} */
const isProcesses = (value) => isCount(value?.count) && Array.isArray(value.pids) && value.pids.every(isCount)

/** @param {any} value @returns {any[]} */
const some = (value) => (Array.isArray(value) ? value.slice(0, FINDINGS_MAX) : [])

/** @param {string} text */
const cut = (text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text)

/** Lines that are told by this word. @param {any} value @param {'reason' | 'what'} key @returns {any[]} */
const lines = (value, key) =>
  some(value)
    .slice(0, LINES_MAX)
    .filter((line) => line?.text && [line.text, line[key], line.at].every((part) => typeof part === 'string'))
    .map((line) => ({ text: cut(line.text), [key]: cut(line[key]), at: cut(line.at) }))

/** @param {any} value @returns {import('../..').Undecided[]} */
const undecidedOf = (value) => lines(value, 'reason')

/** @param {any} value @returns {import('../..').Examined[]} */
const examinedOf = (value) => lines(value, 'what')

/** @param {Processes} a @param {Processes} b @returns {Processes} */
const both = (a, b) => ({ count: a.count + b.count, pids: [...a.pids, ...b.pids].slice(0, PROCESSES_SHOWN) })

/** @type {Processes} */
const NONE = { count: 0, pids: [] }

/** @param {any} finding */
const isShort = (finding) => JSON.stringify(finding).length <= FINDING_MAX

/** @param {any} finding */
function shortened(finding) {
  if (isShort(finding)) return finding
  const { message, advice, evidence, retainerPath: _, ...others } = finding
  return {
    ...others,
    message: cut(message),
    advice: cut(advice),
    evidence: evidence.slice(0, EVIDENCE_KEPT).map(cut)
  }
}

/** Those that are findings, and of a size. @param {any} found @returns {any[]} */
function findingsOf(found) {
  return some(found).flatMap((finding) => {
    if (!KINDS.includes(finding?.kind) || !CONFIDENCES.includes(finding.confidence)) return []
    try {
      LeakReport.from({ schemaVersion: 2, verdict: 'leaking', findings: [finding] })
      return [shortened(finding)].filter(isShort)
    } catch {
      return []
    }
  })
}

/** A report that another process wrote, without what is none. @param {any} json @returns {import('../..').LeakReport} */
function readPart(json) {
  const isReport = ['clean', 'leaking', 'undecided'].includes(json?.verdict) && Array.isArray(json.findings)
  const findings = isReport ? findingsOf(json.findings) : []
  const open = isReport ? undecidedOf(json.undecided) : []
  if (!(isReport && json.verdict === 'clean') && findings.length + open.length === 0)
    open.push(undecided('failed', 'its report could not be read'))
  return LeakReport.from({
    schemaVersion: 2,
    verdict: verdictOf(findings, open),
    findings,
    undecided: open,
    examined: examinedOf(json?.examined),
    allowed: isCount(json?.allowed) ? json.allowed : 0,
    details: json?.details
  })
}

/** @param {Processes} processes */
const list = ({ count, pids }) => pids.join(', ') + (count > pids.length ? ', …' : '')

/** These, and those that have ended. @param {Part[]} parts @param {Together} [ended] */
function together(parts, ended = new Together()) {
  const all = new Together()
  for (const part of parts) all.add(Together.of(part))
  return all.add(ended)
}

/** The same leak in several processes is one finding. One process's report stays as it is. @param {Part[]} parts */
const merged = (parts) => (parts.length === 1 ? parts[0].report : together(parts).report())

/** @typedef {InstanceType<typeof Together>} TogetherLike */

module.exports = { Together, merged, readPart, together }

// @ts-check
// What was read -> the processes of a fleet: which service, version and pod each is of, and what it has found. Reports,
// profiles and indexes of captures are known, reports one each or an array. Knows their form, nothing of other processes.
'use strict'

const { LeakReport } = require('../report/leak-report.js')
const { leaksOf } = require('../pprof/changes.js')
const { readProfile } = require('../pprof/read.js')

/** @typedef {import('../..').Finding} Finding */
/** @typedef {{ service: string, version?: string, pod?: string, pid?: number, atMs: number, source: string, findings: Finding[], isPartial?: boolean }} Process */

/** What a service is called that does not say so. */
const UNNAMED = '(unnamed)'
/** How what gzip writes begins. */
const isCompressed = (/** @type {Uint8Array} */ bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b

/** The newest time that a report tells of itself. @param {import('../..').LeakReport} report @param {number} otherwise */
function timeOf({ examined, undecided }, otherwise) {
  const times = [...examined, ...undecided].map(({ at }) => Date.parse(at)).filter((ms) => !Number.isNaN(ms))
  return times.length > 0 ? Math.max(...times) : otherwise
}

/** @param {any} json @param {string} source @param {number} atMs @returns {Process} */
function ofReport(json, source, atMs) {
  const report = LeakReport.from(json)
  const { name = UNNAMED, ...rest } = report.details?.service ?? {}
  return { service: name, ...rest, atMs: timeOf(/** @type {any} */ (report), atMs), source, findings: report.findings }
}

/** What lies beside a capture; the process may have found more. @param {any} index @param {string} source @returns {Process} */
function ofIndex({ service, at, finding }, source) {
  const findings = finding ? [{ evidence: [], advice: '', ...finding }] : []
  const { name, ...rest } = service ?? {}
  // Checked as a report is.
  const shape = { schemaVersion: 2, verdict: 'undecided', findings, details: { service: { name, ...rest } } }
  return { ...ofReport(shape, source, Date.parse(at) || 0), isPartial: true }
}

/** @param {any} json */
const isIndex = (json) => json?.schemaVersion === 1 && typeof json.sha256 === 'string' && typeof json.file === 'string'

/** Its leaks, as findings without their words. @param {Uint8Array} bytes @param {string} source @returns {Promise<Process>} */
async function ofProfile(bytes, source) {
  const profile = await readProfile(bytes)
  const label = (/** @type {string} */ wanted) =>
    profile.samples[0]?.labels.find(({ key }) => key === wanted)?.text || undefined
  const hasLeaks = profile.types.some(({ name }) => name === 'leak_objects')
  if (!hasLeaks) throw new Error('it is a profile without leak_objects')
  const findings = leaksOf(profile).map(
    ({ fingerprint, kind, confidence, name, file, line, unit, grown }) =>
      /** @type {Finding} */ ({
        kind,
        message: name,
        culprit: { name, ...(file && line > 0 ? { file, line } : {}) },
        growth: { unit, total: grown },
        confidence,
        evidence: [],
        fingerprint,
        advice: ''
      })
  )
  const version = label('version')
  const pod = label('pod')
  return {
    service: label('service') ?? UNNAMED,
    ...(version ? { version } : {}),
    ...(pod ? { pod } : {}),
    atMs: profile.timeMs,
    source,
    findings
  }
}

/** @param {import('./sources.js').Source} source @returns {Promise<Process[]>} rejects with what is wrong with it */
async function processesOf({ name, bytes = new Uint8Array(), atMs = Date.now() }) {
  if (isCompressed(bytes)) return [await ofProfile(bytes, name)]
  const json = JSON.parse(
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\ufeff/, '')
  )
  if (isIndex(json)) return [ofIndex(json, name)]
  return (Array.isArray(json) ? json : [json]).map((one, at) =>
    ofReport(one, at > 0 ? `${name}#${at + 1}` : name, atMs)
  )
}

/** Which of two is told of a process: what is whole before parts, and of these all. @param {Process} a @param {Process} b @returns {Process} */
function newer(a, b) {
  const [last, first] = b.atMs > a.atMs ? [b, a] : [a, b]
  if (Boolean(a.isPartial) !== Boolean(b.isPartial)) return a.isPartial ? b : a
  return a.isPartial ? { ...last, findings: [...last.findings, ...first.findings] } : last
}

/** Each process once, as it is known last. @param {readonly Process[]} all @returns {Process[]} */
function newestOfEach(all) {
  /** @type {Map<string, Process>} */
  const newest = new Map()
  for (const one of all) {
    const { service, version = '', pod, pid = '', source } = one
    const key = pod === undefined ? source : [service, version, pod, pid].join('\n')
    const known = newest.get(key)
    newest.set(key, known ? newer(known, one) : one)
  }
  return [...newest.values()]
}

module.exports = { newestOfEach, processesOf }

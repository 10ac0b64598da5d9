// @ts-check
// JSON of a report -> what a report is made of. Checks its shape with exact words; knows the format, no analysis.
'use strict'

const { LeakguardError, given, invalidArg } = require('../base/errors.js')
const { readHeader } = require('./header.js')
const { FILES_MAX, LINE_MAX } = require('./source.js')
const { CONFIDENCES, KINDS } = require('./verdict.js')

/** Longest JSON that is read, in bytes. */
const BYTES_MAX = 256e6
/** Of ways to explain. */
const RUNGS = ['profile', 'census', 'graph']
const TIMES_MAX = 16
/** Of life cycles. */
const LIVES = [
  ...['server request', 'client request', 'server socket', 'client socket', 'server stream', 'client stream'],
  ...['child process', 'worker']
]
const LIFE_COUNTS = ['begun', 'followed', 'over', 'undecided', 'retained', 'collected']
const SERIES_MAX = 24
const MARKS_MAX = 100
const COUNTS_MAX = 200
const OWNERS_MAX = 1000
const CLASSES_MAX = 40
const CLASS_NUMBERS = ['count', 'countChange', 'shallowBytes', 'bytesChange']
/** Pieces of code of a file, and their lines. */
const EXCERPTS_MAX = 1000
const EXCERPT_LINES_MAX = 1000

/** @param {string} what */
const malformed = (what) => new LeakguardError('ERR_LEAKGUARD_INVALID_REPORT', `LeakReport.from: ${what}`)

/** @param {any} value @param {string} where @param {string} type */
function check(value, where, type) {
  const is = type === 'array' ? Array.isArray(value) : typeof value === type && value !== null
  if (!is) throw malformed(`${where} must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}, not ${given(value)}`)
}

/** Every item by `read`, holes too. @template T @param {any} list @param {string} where @param {(item: any, where: string) => T} read @returns {T[]} */
function all(list, where, read) {
  check(list, where, 'array')
  return Array.from(list, (item, i) => read(item, `${where}[${i}]`))
}

/** @param {any} value @param {string} where @returns {string} */
function text(value, where) {
  check(value, where, 'string')
  return value
}

/** @param {any} value @param {string} where @returns {number} */
function finite(value, where) {
  if (!Number.isFinite(value)) throw malformed(`${where} must be a finite number, not ${given(value)}`)
  return value
}

/** @param {any} value @param {string} where @returns {number} */
function position(value, where) {
  if (!isPosition(value)) throw malformed(`${where} must be a positive integer, not ${given(value)}`)
  return value
}

/** What may be missing: read where it is there. @template T @param {string} key @param {any} from @param {string} where @param {(value: any, where: string) => T} read */
const optional = (key, from, where, read) =>
  from[key] === undefined ? {} : { [key]: read(from[key], `${where}.${key}`) }

/** What only adds: left out where it does not fit. @param {string} key @param {any} from @param {(value: any) => boolean} fits */
const fitting = (key, from, fits) => (fits(from[key]) ? { [key]: from[key] } : {})
const isText = (/** @type {unknown} */ value) => typeof value === 'string'
const isNumber = (/** @type {unknown} */ value) => typeof value === 'number' && Number.isFinite(value)
/** Told by its type; what else it has is its own. */
const isFact = (/** @type {any} */ value) => typeof value === 'object' && value !== null && isText(value.type)
const isObject = (/** @type {any} */ value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isPlace = (/** @type {any} */ value) => isText(value?.file) && isPosition(value.line)
const isFrees = (/** @type {any} */ value) => [value?.bytes, value?.count, value?.share].every(isNumber)
const isPosition = (/** @type {any} */ value) => Number.isSafeInteger(value) && value > 0

/** @param {any} value @param {string} where @returns {{ file?: string, line?: number }} */
function place(value, where) {
  return { ...optional('file', value, where, text), ...optional('line', value, where, position) }
}

/** @param {any} step @param {string} where @returns {import('../..').RetainerStep} */
function stepOf(step, where) {
  check(step, where, 'object')
  const { name, edge, link } = step
  const read = { name: text(name, `${where}.name`), edge: text(edge, `${where}.edge`), ...place(step, where) }
  return isFact(link) ? { ...read, link } : read
}

/** What is known of a finding and nothing else: formats may rely on its shape. @param {any} finding @param {string} where @returns {import('../..').Finding} */
function findingOf(finding, where) {
  check(finding, where, 'object')
  const { culprit, growth, kind, confidence } = finding
  for (const [key, value] of Object.entries({ kind, confidence })) check(value, `${where}.${key}`, 'string')
  for (const [key, value] of Object.entries({ culprit, growth })) check(value, `${where}.${key}`, 'object')
  return {
    // Of a later version, or made up.
    kind: KINDS.includes(kind) ? kind : 'unknown',
    message: text(finding.message, `${where}.message`),
    culprit: {
      ...fitting('name', culprit, isText),
      ...place(culprit, `${where}.culprit`),
      ...fitting('column', culprit, isPosition),
      ...fitting('function', culprit, isText)
    },
    growth: {
      unit: growth.unit === 'bytes' ? 'bytes' : 'count',
      total: finite(growth.total, `${where}.growth.total`),
      ...fitting('perHour', growth, isNumber),
      ...fitting('perOperation', growth, isNumber)
    },
    confidence: CONFIDENCES.includes(confidence) ? confidence : 'possible',
    evidence: all(finding.evidence, `${where}.evidence`, text),
    ...optional('retainerPath', finding, where, (path, at) => all(path, at, stepOf)),
    fingerprint: text(finding.fingerprint, `${where}.fingerprint`),
    advice: text(finding.advice, `${where}.advice`),
    ...fitting('subject', finding, isFact),
    ...fitting('change', finding, isFact),
    ...fitting('holder', finding, isObject),
    ...fitting('callers', finding, (callers) => Array.isArray(callers) && callers.every(isPlace)),
    ...fitting('samples', finding, (samples) => Array.isArray(samples) && samples.every(isText)),
    ...fitting('addedAt', finding, (places) => Array.isArray(places) && places.every(isPlace)),
    ...fitting('frees', finding, isFrees)
  }
}

/** Numbers and names that pictures need; what lacks one of them is left out, and what is no part of it. @param {any} json */
function detailsOf(json) {
  if (typeof json !== 'object' || json === null) return undefined
  const isPoint = (/** @type {any} */ point) => Array.isArray(point) && point.length === 2 && point.every(isNumber)
  const points = (/** @type {any} */ list) => (Array.isArray(list) && list.every(isPoint) ? list : undefined)
  const moments = (/** @type {any} */ list) =>
    Array.isArray(list) && list.length > 0 && list.every(isNumber) ? list.slice(0, MARKS_MAX) : undefined
  const string = (/** @type {any} */ value) => (typeof value === 'string' ? value : undefined)
  const number = (/** @type {any} */ value) => (isNumber(value) ? value : undefined)
  /** Without what is undefined. @template T @param {T} row @returns {any} */
  const row = (row) =>
    Object.fromEntries(Object.entries(/** @type {any} */ (row)).filter(([, value]) => value !== undefined))
  const list = (/** @type {any} */ value, /** @type {number} */ max) =>
    (Array.isArray(value) ? value : []).filter((x) => typeof x === 'object' && x).slice(0, max)
  const placed = (/** @type {any} */ { file, line, column }) =>
    string(file) && isPosition(line) ? { file, line, column: number(column) } : {}
  return {
    series: list(json.series, SERIES_MAX)
      .filter((s) => typeof s.name === 'string' && points(s.points))
      .map(({ name, unit, x, points: read, floors, trend, onset, limit, fingerprint, collections, captures }) =>
        row({
          name,
          unit: unit === 'bytes' ? 'bytes' : 'count',
          x: x === 'calls' ? 'calls' : 'seconds',
          points: read,
          floors: points(floors),
          collections: moments(collections),
          captures: moments(captures),
          trend: points(trend),
          onset: number(onset),
          limit: number(limit),
          fingerprint: string(fingerprint)
        })
      ),
    counts: list(json.counts, COUNTS_MAX)
      .filter((c) => typeof c.label === 'string' && isNumber(c.live))
      .map((c) =>
        row({
          pool: string(c.pool) ?? 'group',
          label: c.label,
          live: c.live,
          highWater: number(c.highWater) ?? c.live,
          thread: string(c.thread),
          ...placed(c),
          function: string(c.function)
        })
      ),
    owners: list(json.owners, OWNERS_MAX)
      .filter(
        (o) =>
          typeof o.class === 'string' &&
          o.depth >= 0 &&
          Number.isSafeInteger(o.depth) &&
          o.retainedBytes >= 0 &&
          isNumber(o.retainedBytes)
      )
      .map((o) =>
        row({
          depth: o.depth,
          name: string(o.name),
          class: o.class,
          count: number(o.count) ?? 1,
          retainedBytes: o.retainedBytes,
          ...placed(o)
        })
      ),
    classes: list(json.classes, CLASSES_MAX)
      .filter((one) => typeof one.name === 'string' && CLASS_NUMBERS.every((key) => isNumber(one[key])))
      .map(({ name, count, countChange, shallowBytes, bytesChange }) => ({
        ...{ name, count, countChange },
        ...{ shallowBytes, bytesChange }
      })),
    rungs: list(json.rungs, RUNGS.length)
      .filter(({ rung, available }) => RUNGS.includes(rung) && typeof available === 'boolean')
      .map(({ rung, available, why }) => row({ rung, available, why: string(why) })),
    ...serviceOf(json.service),
    times: list(json.times, TIMES_MAX)
      .filter(({ part, ms }) => typeof part === 'string' && isNumber(ms))
      .map(({ part, ms }) => ({ part, ms })),
    lifecycles: list(json.lifecycles, LIVES.length)
      .filter((one) => LIVES.includes(one.kind))
      .map(
        ({ kind, ...counts }) =>
          /** @type {any} */ ({
            kind,
            ...Object.fromEntries(LIFE_COUNTS.map((name) => [name, Math.max(0, Math.trunc(number(counts[name]) ?? 0))]))
          })
      )
  }
}

/** A piece of code, its lines cut where they are too long. @param {any} excerpt */
function excerptOf({ from, lines }) {
  return { from, lines: lines.slice(0, EXCERPT_LINES_MAX).map((/** @type {string} */ line) => line.slice(0, LINE_MAX)) }
}
const isExcerpt = (/** @type {any} */ value) =>
  isPosition(value?.from) && Array.isArray(value.lines) && value.lines.every(isText)

/** Files and their code; what is no such thing is left out. @param {any} sources @returns {import('../..').ReportSource[]} */
function sourcesOf(sources) {
  if (!Array.isArray(sources)) return []
  return sources
    .slice(0, FILES_MAX)
    .filter((source) => isText(source?.file) && isText(source.hash) && /^[0-9a-f]{16}$/.test(source.hash))
    .map(({ file, hash, excerpts }) => ({
      file,
      hash,
      ...(Array.isArray(excerpts) ? { excerpts: excerpts.slice(0, EXCERPTS_MAX).filter(isExcerpt).map(excerptOf) } : {})
    }))
}

/** Of which service, version and pod it is. @param {any} service */
function serviceOf(service) {
  const isLabel = (/** @type {unknown} */ value) => isText(value) && value !== ''
  const isPid = (/** @type {unknown} */ value) => isPosition(value)
  const known = isObject(service)
    ? {
        ...fitting('name', service, isLabel),
        ...fitting('version', service, isLabel),
        ...fitting('pod', service, isLabel),
        ...fitting('pid', service, isPid)
      }
    : {}
  return Object.keys(known).length > 0 ? { service: known } : {}
}

/** @param {any} line @param {string} where @param {'reason' | 'what'} key @returns {any} */
function lineOf(line, where, key) {
  check(line, where, 'object')
  const read = { text: text(line.text, `${where}.text`), [key]: text(line[key], `${where}.${key}`) }
  return { ...read, at: text(line.at, `${where}.at`), ...fitting('process', line, isPosition) }
}

/** What a report of a trend has besides; nothing where it has none. @param {any} json */
function ofTrendOf(json) {
  if (!isText(json.message)) return undefined
  return {
    ...fitting('metric', json, isText),
    ...fitting('onsetIndex', json, isNumber),
    ...fitting('perHour', json, isNumber),
    ...fitting('confidence', json, (confidence) => CONFIDENCES.includes(confidence)),
    ...fitting('reachesLimitAt', json, isNumber),
    message: json.message
  }
}

/** What a report is made of. @param {unknown} source text of JSON, or what it says */
function readReport(source) {
  const json = /** @type {any} */ (typeof source === 'string' ? parse(source) : source)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalidArg(`LeakReport.from: json must be the JSON of a report, as text or parsed, not ${given(json)}`)
  try {
    return partsOf(json)
  } catch (error) {
    if (error instanceof LeakguardError) throw error
    throw malformed(`the input cannot be read: ${/** @type {any} */ (error)?.message}`)
  }
}

/** @param {any} json */
function partsOf(json) {
  const { schemaVersion, verdict } = json
  if (schemaVersion !== 2)
    throw malformed(`schemaVersion must be 2, not ${given(schemaVersion)}: is this a leakguard report?`)
  if (!['clean', 'leaking', 'undecided'].includes(verdict))
    throw malformed(`verdict must be clean, leaking or undecided, not ${given(verdict)}`)
  const { undecided = [], examined = [], allowed = 0 } = json
  const parts = {
    verdict: /** @type {import('../..').Verdict} */ (verdict),
    findings: all(json.findings, 'findings', findingOf),
    undecided: all(undecided, 'undecided', (line, where) => lineOf(line, where, 'reason')),
    examined: all(examined, 'examined', (line, where) => lineOf(line, where, 'what')),
    allowed: finite(allowed, 'allowed'),
    ofTrend: ofTrendOf(json),
    sources: sourcesOf(json.sources),
    header: readHeader(json.details?.header) ?? null
  }
  return { parts, details: detailsOf(json.details) }
}

/** @param {string} text */
function parse(text) {
  if (text.length > BYTES_MAX) throw malformed(`reports larger than ${BYTES_MAX / 1e6} MB are refused`)
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw malformed(`not JSON: ${/** @type {Error} */ (error).message}`)
  }
}

module.exports = { readReport }

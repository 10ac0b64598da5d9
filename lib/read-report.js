// @ts-check
// JSON of a report -> the report again. Checks its shape with exact words; knows the format, no analysis.
'use strict'

const { LeakguardError, given, invalidArg } = require('./errors.js')
const { LeakReport } = require('./leak-report.js')

/** Longest JSON that is read, in bytes. */
const BYTES_MAX = 256e6

/** @param {string} what */
const malformed = (what) => new LeakguardError('ERR_LEAKGUARD_INVALID_REPORT', `readReport: ${what}`)

/** @param {any} value @param {string} where @param {string} type */
function check(value, where, type) {
  const is = type === 'array' ? Array.isArray(value) : typeof value === type && value !== null
  if (!is) throw malformed(`${where} must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}, not ${given(value)}`)
}

/** @param {any} value @param {string} where */
function checkPlace(value, where) {
  if (value.file !== undefined) check(value.file, `${where}.file`, 'string')
  if (value.line !== undefined) check(value.line, `${where}.line`, 'number')
}

/** @param {any} list @param {string} where @param {string} type */
function checkAll(list, where, type) {
  check(list, where, 'array')
  list.forEach((/** @type {any} */ item, /** @type {number} */ i) => {
    check(item, `${where}[${i}]`, type)
  })
}

/** @param {any} finding @param {string} where */
function checkFinding(finding, where) {
  check(finding, where, 'object')
  for (const key of ['kind', 'message', 'confidence', 'fingerprint', 'advice'])
    check(finding[key], `${where}.${key}`, 'string')
  for (const key of ['culprit', 'growth']) check(finding[key], `${where}.${key}`, 'object')
  check(finding.growth.total, `${where}.growth.total`, 'number')
  checkPlace(finding.culprit, `${where}.culprit`)
  checkAll(finding.evidence, `${where}.evidence`, 'string')
  if (finding.retainerPath === undefined) return
  checkAll(finding.retainerPath, `${where}.retainerPath`, 'object')
  for (const step of finding.retainerPath) {
    check(step.name, `${where}.retainerPath: name`, 'string')
    check(step.edge, `${where}.retainerPath: edge`, 'string')
    checkPlace(step, `${where}.retainerPath`)
  }
}

/** Only numbers and names that pictures need; others are left out. @param {any} json */
function detailsOf(json) {
  const isNumber = (/** @type {unknown} */ value) => typeof value === 'number' && Number.isFinite(value)
  const isPoint = (/** @type {any} */ point) => Array.isArray(point) && point.length === 2 && point.every(isNumber)
  const list = (/** @type {any} */ value) =>
    Array.isArray(value) ? value.filter((x) => typeof x === 'object' && x) : []
  return {
    series: list(json.series).filter(
      (s) => typeof s.name === 'string' && Array.isArray(s.points) && s.points.every(isPoint)
    ),
    counts: list(json.counts).filter((c) => typeof c.label === 'string' && isNumber(c.live)),
    owners: list(json.owners).filter(
      (o) => typeof o.class === 'string' && isNumber(o.depth) && isNumber(o.retainedBytes)
    )
  }
}

/** See index.d.ts. @param {unknown} source @returns {import('..').LeakReport} */
function readReport(source) {
  const json = /** @type {any} */ (typeof source === 'string' ? parse(source) : source)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalidArg(`readReport: source must be the JSON of a report, as text or parsed, not ${given(json)}`)
  if (json.schemaVersion !== 1)
    throw malformed(`schemaVersion must be 1, not ${given(json.schemaVersion)}: is this a report of leakguard?`)
  if (!['clean', 'leaking', 'undecided'].includes(json.verdict))
    throw malformed(`verdict must be clean, leaking or undecided, not ${given(json.verdict)}`)
  check(json.findings, 'findings', 'array')
  json.findings.forEach((/** @type {any} */ finding, /** @type {number} */ i) => {
    checkFinding(finding, `findings[${i}]`)
  })
  const { undecided = [], looked = [], allowed = 0 } = json
  checkAll(undecided, 'undecided', 'string')
  checkAll(looked, 'looked', 'string')
  check(allowed, 'allowed', 'number')
  const { verdict, findings } = json
  return new LeakReport({ verdict, findings, undecided, looked, allowed }, () => detailsOf(json))
}

/** @param {string} text */
function parse(text) {
  if (text.length > BYTES_MAX) throw malformed(`a report of more than ${BYTES_MAX / 1e6} MB is not read`)
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw malformed(`no JSON: ${/** @type {Error} */ (error).message}`)
  }
}

module.exports = { readReport }

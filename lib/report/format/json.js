// @ts-check
// Report -> plain object with a fixed order of keys, as schema/report.json describes it.
'use strict'

/** Facts of a finding that only adds. */
const FACTS = ['subject', 'change', 'holder', 'callers', 'addedAt', 'samples', 'frees']
/** What a report of a trend has besides. */
const OF_TREND = ['metric', 'onsetIndex', 'perHour', 'confidence', 'reachesLimitAt', 'message']
const DETAILS = ['header', 'series', 'counts', 'owners', 'classes', 'lifecycles', 'rungs', 'times', 'service']

/** Those of these keys that an object has, in this order. @param {any} from @param {readonly string[]} keys */
const some = (from, keys) =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]))

/** @param {any} finding */
function findingToJson(finding) {
  const { kind, message, culprit, growth, confidence, evidence, retainerPath, fingerprint, advice } = finding
  const json = { kind, message, culprit: { ...culprit }, growth: { ...growth }, confidence, evidence: [...evidence] }
  return { ...json, ...(retainerPath ? { retainerPath } : {}), fingerprint, advice, ...some(finding, FACTS) }
}

/** Which files its lines are of, by digest; their code only where it is asked for. @param {any} report @param {boolean} isWithCode */
function sourcesOf({ sources }, isWithCode) {
  const told = sources.map((/** @type {any} */ { file, hash, excerpts }) => ({
    file,
    hash,
    ...(isWithCode && excerpts ? { excerpts } : {})
  }))
  return told.length > 0 ? { sources: told } : {}
}

/** @param {any} report @param {{ source?: boolean }} [options] */
function toJson(report, { source = false } = {}) {
  const { schemaVersion, verdict, findings, undecided, examined, allowed, details } = report
  return {
    schemaVersion,
    verdict,
    findings: findings.map(findingToJson),
    undecided: undecided.map((/** @type {any} */ one) => ({ ...one })),
    examined: examined.map((/** @type {any} */ one) => ({ ...one })),
    ...(allowed > 0 ? { allowed } : {}),
    ...some(report, OF_TREND),
    ...(details ? { details: some(details, DETAILS) } : {}),
    ...sourcesOf(report, source)
  }
}

module.exports = { toJson }

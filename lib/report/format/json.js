// @ts-check
// Report -> plain object with a fixed order of keys, as schema/report.json describes it.
'use strict'

/** Facts of a finding that only adds. */
const FACTS = ['subject', 'change', 'holder', 'callers', 'frees']
/** What a report of a trend has besides. */
const OF_TREND = ['metric', 'onsetIndex', 'perHour', 'confidence', 'reachesLimitAt', 'message']
const DETAILS = ['series', 'counts', 'owners', 'lifecycles', 'rungs', 'times', 'service']

/** Those of these keys that an object has, in this order. @param {any} from @param {readonly string[]} keys */
const some = (from, keys) =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]))

/** @param {any} finding */
function findingToJson(finding) {
  const { kind, message, culprit, growth, confidence, evidence, retainerPath, fingerprint, advice } = finding
  const json = { kind, message, culprit: { ...culprit }, growth: { ...growth }, confidence, evidence: [...evidence] }
  return { ...json, ...(retainerPath ? { retainerPath } : {}), fingerprint, advice, ...some(finding, FACTS) }
}

/** @param {any} report */
function toJson(report) {
  const { schemaVersion, verdict, findings, undecided, examined, allowed, details } = report
  return {
    schemaVersion,
    verdict,
    findings: findings.map(findingToJson),
    undecided: undecided.map((/** @type {any} */ one) => ({ ...one })),
    examined: examined.map((/** @type {any} */ one) => ({ ...one })),
    ...(allowed > 0 ? { allowed } : {}),
    ...some(report, OF_TREND),
    ...(details ? { details: some(details, DETAILS) } : {})
  }
}

module.exports = { toJson }

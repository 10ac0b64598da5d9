// @ts-check
// Report -> plain object with a fixed order of keys, as schema/report.json describes it.
'use strict'

/** @param {any} finding */
function findingToJson(finding) {
  const { kind, message, culprit, growth, confidence, evidence, retainerPath, fingerprint, advice } = finding
  const json = { kind, message, culprit: { ...culprit }, growth: { ...growth }, confidence, evidence: [...evidence] }
  return { ...json, ...(retainerPath ? { retainerPath } : {}), fingerprint, advice }
}

/** @param {string} name @param {any[] | undefined} list */
const section = (name, list) => (list && list.length > 0 ? { [name]: list.map((one) => ({ ...one })) } : {})

/** @param {any} report */
function toJson(report) {
  const { schemaVersion, verdict, findings, undecided, looked, allowed } = report
  return {
    schemaVersion,
    verdict,
    findings: findings.map(findingToJson),
    undecided: [...undecided],
    looked: [...looked],
    ...(allowed > 0 ? { allowed } : {}),
    ...section('series', report.series),
    ...section('counts', report.counts),
    ...section('owners', report.owners),
    ...section('lifecycles', report.lifecycles)
  }
}

module.exports = { toJson }

// @ts-check
// A fleet as a report, for the formats that there are: each row is the finding where it grows fastest, with what is known of the
// others as evidence. Knows rows, not how they were found.
'use strict'

const { examined } = require('../report/lines.js')
const { LeakReport } = require('../report/leak-report.js')
const { verdictOf } = require('../report/verdict.js')
const { count, size } = require('../base/text.js')

/** @param {number} value @param {'count' | 'bytes'} unit */
const amount = (value, unit) => (unit === 'bytes' ? size(value) : count(value))

/** Since which version, in words. @param {import('./fleet.js').Row} row */
function sinceText({ since, sinceFirst, until }) {
  if (since === undefined) return ''
  const begin = sinceFirst ? `${since} or before` : since
  return until === undefined ? begin : `${begin} to ${until}`
}

/** What is known of the others. @param {import('./fleet.js').Row} row */
function evidenceOf(row) {
  const since = sinceText(row)
  const rate = row.perHour === undefined ? '' : `, ${amount(row.perHour, row.unit)} per hour in half of them`
  return [
    `in ${count(row.processes)} of ${count(row.of)} processes of ${row.services.join(', ')}${rate}`,
    ...(since ? [`since version ${since}`] : []),
    ...(row.most ? [`grows fastest in ${row.most}`] : [])
  ]
}

/** @param {import('./fleet.js').Fleet} fleet @param {readonly import('./fleet.js').Row[]} rows */
function reportOf({ processes, services, rare }, rows) {
  const findings = rows.map((row) => ({
    ...row.finding,
    culprit: row.culprit,
    confidence: row.confidence,
    evidence: [...evidenceOf(row), ...row.finding.evidence]
  }))
  const seen = services.map(({ name, processes: of, versions }) => {
    const known = versions.map(({ version, processes: each }) => `${version} (${count(each)})`).join(', ')
    return examined('processes', `${count(of)} processes of ${name}${known ? `: ${known}` : ''}`)
  })
  const left = rare.filter((row) => !rows.includes(row)).length
  const note =
    left > 0 ? [examined('allowed', `${count(left)} more, each in no more processes than chance explains`)] : []
  return new LeakReport({
    verdict: verdictOf(findings, []),
    findings,
    examined: [...(processes === 0 ? [] : seen), ...note]
  })
}

module.exports = { amount, reportOf, sinceText }

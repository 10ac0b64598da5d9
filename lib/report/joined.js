// @ts-check
// Reports of several moments or processes as one: what both found stands once. Knows findings, not where they come from.
'use strict'

const { LeakReport } = require('./leak-report.js')

/** @typedef {import('../..').LeakReport} Report */

/** Lines that say the same are one. @template {{ text: string }} T @param {T[]} lines */
const once = (lines) => [...new Map(lines.map((line) => [line.text, line])).values()]

/** @param {Report} before @param {Report} report */
function joined(before, report) {
  const isNew = (/** @type {import('../..').Finding} */ { fingerprint }) =>
    before.findings.every((finding) => finding.fingerprint !== fingerprint)
  const findings = [...before.findings, ...report.findings.filter(isNew)]
  const isLeaking = [before, report].some(({ verdict }) => verdict === 'leaking')
  return new LeakReport({
    verdict: isLeaking ? 'leaking' : report.verdict,
    findings,
    undecided: once([...before.undecided, ...report.undecided]),
    examined: once([...before.examined, ...report.examined]),
    allowed: before.allowed + report.allowed
  })
}

module.exports = { joined }

// @ts-check
// The reports of several processes as one of the service. Knows reports, not where they come from.
'use strict'

const { LeakReport } = require('./leak-report.js')

const PROCESSES_SHOWN = 8
const FINDINGS_MAX = 256
const RANKS = ['certain', 'likely', 'possible']

/** @typedef {{ pid: number, report: any }} Part */

/** The same leak in several processes is one finding. One process's report stays as it is. @param {Part[]} parts */
function merged(parts) {
  if (parts.length === 1) return parts[0].report
  /** @type {Map<string, { finding: any, pids: number[] }>} */
  const found = new Map()
  for (const { pid, report } of parts) {
    for (const finding of report.findings) {
      const known = found.get(finding.fingerprint)
      if (known) known.pids.push(pid)
      else if (found.size < FINDINGS_MAX) found.set(finding.fingerprint, { finding, pids: [pid] })
    }
  }
  const findings = [...found.values()].map(({ finding, pids }) => ({
    ...finding,
    evidence: [...finding.evidence, `in ${pids.length} of ${parts.length} processes: ${list(pids)}`]
  }))
  const rank = (/** @type {{ confidence: string }} */ { confidence }) => RANKS.indexOf(confidence)
  const verdicts = new Set(parts.map(({ report }) => report.verdict))
  return new LeakReport({
    verdict: verdicts.has('leaking') ? 'leaking' : verdicts.has('undecided') ? 'undecided' : 'clean',
    findings: findings.sort((a, b) => rank(a) - rank(b)),
    undecided: each(parts, ({ report }) => report.undecided ?? []),
    looked: [
      `${parts.length} processes: ${list(parts.map(({ pid }) => pid))}`,
      ...each(parts, ({ report }) => report.looked ?? [])
    ],
    allowed: parts.reduce((sum, { report }) => sum + (report.allowed ?? 0), 0)
  })
}

/** @param {Part[]} parts @param {(part: Part) => string[]} lines */
const each = (parts, lines) =>
  parts.slice(0, PROCESSES_SHOWN).flatMap((part) => lines(part).map((line) => `process ${part.pid}: ${line}`))

/** @param {number[]} pids */
const list = (pids) => pids.slice(0, PROCESSES_SHOWN).join(', ') + (pids.length > PROCESSES_SHOWN ? ', …' : '')

module.exports = { merged }

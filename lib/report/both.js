// @ts-check
// Two reports of one process as one: what a guard has counted, and what its heaps show. Knows findings, not where they come from.
'use strict'

const { LeakReport } = require('./leak-report.js')
const { rankOf, verdictOf } = require('./verdict.js')

/** @typedef {import('../..').Finding} Finding */

/** Whether both tell of one holder. @param {Finding} one @param {Finding} other */
function isSame(one, other) {
  if (one.fingerprint === other.fingerprint) return true
  const [a, b] = [one, other].map(({ holder, culprit }) => ({ ...culprit, ...holder }))
  const isPlace = a.file !== undefined && a.file === b.file && a.line !== undefined && a.line === b.line
  return isPlace && one.kind === other.kind && a.name === b.name && a.column === b.column
}

/** @param {import('../..').LeakReport} first whose words stay where both say the same as surely @param {Pick<import('../..').LeakReport, 'findings' | 'undecided' | 'examined' | 'allowed' | 'details'>} second */
function both(first, second) {
  const isSaid = (/** @type {Finding} */ finding, /** @type {readonly Finding[]} */ by, /** @type {number} */ slack) =>
    by.some((one) => isSame(one, finding) && rankOf(one) < rankOf(finding) + slack)
  const findings = [
    ...first.findings.filter((finding) => !isSaid(finding, second.findings, 0)),
    ...second.findings.filter((finding) => !isSaid(finding, first.findings, 1))
  ].sort((a, b) => rankOf(a) - rankOf(b))
  const open = [...first.undecided, ...second.undecided]
  return new LeakReport(
    {
      verdict: verdictOf(findings, open),
      findings,
      undecided: open,
      examined: [...first.examined, ...second.examined],
      allowed: first.allowed + second.allowed
    },
    () => ({ ...second.details, ...first.details })
  )
}

module.exports = { both }

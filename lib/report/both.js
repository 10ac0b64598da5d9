// @ts-check
// Two reports of one process as one: what a guard has counted, and what its heaps show. Knows findings, not where they come from.
'use strict'

const { LeakReport } = require('./leak-report.js')
const { rankOf, verdictOf } = require('./verdict.js')

/** @typedef {import('../..').Finding} Finding */

/** Whether both tell of one holder. @param {Finding} one @param {Finding} other */
function isSame(one, other) {
  if (one.fingerprint === other.fingerprint) return true
  const [a, b] = [one, other].map(({ holder, culprit }) => holder ?? culprit)
  return a.file !== undefined && a.file === b.file && a.line !== undefined && a.line === b.line
}

/** @param {import('../..').LeakReport} first whose words stay where both say the same @param {import('../..').LeakReport} second */
function both(first, second) {
  const more = second.findings.filter((finding) => !first.findings.some((one) => isSame(one, finding)))
  const findings = [...first.findings, ...more].sort((a, b) => rankOf(a) - rankOf(b))
  const open = [...first.undecided, ...second.undecided]
  return new LeakReport(
    {
      verdict: verdictOf(findings, open),
      findings,
      undecided: open,
      examined: [...first.examined, ...second.examined],
      allowed: first.allowed + second.allowed
    },
    () => ({ ...first.details, ...second.details })
  )
}

module.exports = { both }

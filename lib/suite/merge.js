// @ts-check
// What all processes of a suite found, as one report, and what it rests on. The same leak found by several tests is one
// finding. Knows parts, not where they are.
'use strict'

const { LeakReport } = require('../report/leak-report.js')
const { examined, undecided } = require('../report/lines.js')
const { isSure, rankOf, verdictOf } = require('../report/verdict.js')

const TESTS_SHOWN = 5

/** @typedef {import('./parts.js').Part} Part */
/** @typedef {import('./parts.js').Place} Place */
/** A leak, and the tests that it was seen with. @typedef {{ finding: import('../..').Finding, tests: Place[] }} Leak */
/**
 * @typedef {object} Suite
 * @property {string[]} runners
 * @property {number} files that have run tests
 * @property {number} tests
 * @property {number} repeated
 * @property {number} spentMs
 * @property {{ name: string, file: string, why: string }[]} skipped
 * @property {Leak[]} leaks
 * @property {import('../..').LeakReport} report
 */

/** @param {Part[]} parts @param {(finding: import('../..').Finding) => boolean} [isKnown] leaks that are accepted @returns {Suite} */
function merged(parts, isKnown = () => false) {
  /** @type {Map<string, Leak>} */
  const byPrint = new Map()
  for (const { finding, tests } of parts.flatMap((part) => part.leaks)) {
    const known = byPrint.get(finding.fingerprint)
    if (known) known.tests.push(...tests.filter((test) => !known.tests.some((one) => isSame(one, test))))
    else byPrint.set(finding.fingerprint, { finding, tests: [...tests] })
  }
  const all = [...byPrint.values()].sort((a, b) => rankOf(a.finding) - rankOf(b.finding))
  const leaks = all.filter(({ finding }) => isSure(finding) && !isKnown(finding))
  const allowed = all.filter(({ finding }) => isSure(finding) && isKnown(finding)).length
  const sum = (/** @type {'tests' | 'repeated' | 'spentMs'} */ key) => parts.reduce((all, part) => all + part[key], 0)
  const [tests, repeated] = [sum('tests'), sum('repeated')]
  const open = parts
    .flatMap((part) => part.open)
    .map(({ tests: some, what, reason }) => undecided(reason, `${listed(some)}: ${what}`))
  const findings = leaks.map(({ finding, tests: some }) => ({
    ...finding,
    evidence: [...finding.evidence, `seen when tests were repeated: ${listed(some)}`]
  }))
  const report = LeakReport.from({
    schemaVersion: 2,
    verdict: verdictOf(findings, open),
    findings,
    undecided: open,
    examined: [examined('calls', `${repeated} of ${tests} tests, repeated with their hooks`)],
    ...(allowed > 0 ? { allowed } : {})
  })
  return {
    runners: [...new Set(parts.map(({ runner }) => runner))],
    files: parts.length,
    tests,
    repeated,
    spentMs: Math.round(sum('spentMs')),
    skipped: parts.flatMap((part) => part.skipped),
    leaks,
    report
  }
}

/** @param {Place} one @param {Place} other */
const isSame = (one, other) => one.name === other.name && one.file === other.file

/** @param {Place[]} tests */
function listed(tests) {
  const shown = tests.slice(0, TESTS_SHOWN).map(({ name }) => `'${name}'`)
  const more = tests.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

module.exports = { merged }

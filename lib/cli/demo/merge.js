// @ts-check
// What the guard counted and what grew between heaps, as one report. Knows when two findings are of one leak, not how
// either was found.

'use strict'

const leakguard = require('../../../index.js')
const { rankOf, verdictOf } = require('../../report/verdict.js')

/** @typedef {import('../../../index.js').LeakReport} LeakReport */
/** @typedef {import('../../../index.js').Finding} Finding */

/**
 * What was counted, with what `grown` adds to it: a leak that both have keeps what was counted and gets the path by which it is
 * retained.
 * @param {LeakReport} counted
 * @param {LeakReport} grown
 * @returns {LeakReport}
 */
function merge(counted, grown) {
  /** @type {Set<Finding>} */
  const seen = new Set()
  const explained = counted.findings.map((finding) => {
    const same = grown.findings.filter((other) => isSameLeak(finding, other))
    for (const other of same) seen.add(other)
    return same.length > 0 ? { ...finding, retainerPath: same[0].retainerPath } : finding
  })
  const rest = grown.findings.filter((finding) => !seen.has(finding))
  const findings = [...explained, ...rest].sort((a, b) => rankOf(a) - rankOf(b))
  const undecided = [...counted.undecided, ...grown.undecided]
  return leakguard.LeakReport.from({
    ...counted.toJSON(),
    verdict: verdictOf(findings, undecided),
    findings,
    undecided,
    examined: [...counted.examined, ...grown.examined],
    details: { ...counted.details, owners: grown.details?.owners, classes: grown.details?.classes },
    // By their digests: their code is looked for anew, for the lines of both.
    sources: [...counted.sources, ...grown.sources].map(({ file, hash }) => ({ file, hash }))
  })
}

/** A count names the line that adds, a heap the function that was added or holds: the kind and the file are common. */
function isSameLeak(/** @type {Finding} */ counted, /** @type {Finding} */ grown) {
  return (
    counted.kind === grown.kind && counted.culprit.file !== undefined && counted.culprit.file === grown.culprit.file
  )
}

module.exports = { merge }

// @ts-check
// The verdict that findings and open questions come to, which finding comes first, and which kinds there are. Knows how
// sure a finding is, and nothing else of it.
'use strict'

/** @typedef {import('../..').Finding} Finding */

/** What kinds of findings there are, as schema/report.json has them. */
const KINDS = [
  ...['listener', 'timer', 'handle', 'cache', 'collection', 'object', 'closure', 'promise'],
  ...['string', 'buffer', 'context', 'native', 'heap']
]
/** How sure a finding is, surest first. */
const CONFIDENCES = /** @type {const} */ (['certain', 'likely', 'possible'])

/** 0 for the surest. @param {Pick<Finding, 'confidence'>} finding */
const rankOf = ({ confidence }) => CONFIDENCES.indexOf(confidence)

/** What accuses: a sign does not. @param {Pick<Finding, 'confidence'>} finding */
const isSure = ({ confidence }) => confidence !== 'possible'

/** @param {readonly Pick<Finding, 'confidence'>[]} findings @param {readonly unknown[]} open what could not be decided @returns {import('../..').Verdict} */
function verdictOf(findings, open) {
  if (findings.some(isSure)) return 'leaking'
  return findings.length + open.length > 0 ? 'undecided' : 'clean'
}

module.exports = { CONFIDENCES, KINDS, isSure, rankOf, verdictOf }

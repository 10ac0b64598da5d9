// @ts-check
// Two reports of one operation, before and after a change: what the second does to the leaks of the first. Knows how findings
// of two versions are told to be the same, not how they were measured.
'use strict'

const { LeakReport } = require('./leak-report.js')
const { examined, undecided } = require('./lines.js')
const { verdictOf } = require('./verdict.js')

/** A rate is another one when it is below or above these shares of what it was. */
const LESS = 0.6
const MORE = 1.6

/** @typedef {import('../..').Finding} Finding */
/** `unseen`: it is not told any more, and something else leaks or could not be decided. @typedef {'fixed' | 'unseen' | 'less' | 'same' | 'more' | 'new'} Outcome */
/** One leak of one version, or of both. @typedef {{ outcome: Outcome, before?: Finding, after?: Finding }} Change */

/** How many, or how many bytes, an operation leaves. @param {Finding | undefined} finding */
const rateOf = (finding) => finding?.growth.perOperation ?? 0

/** @param {Finding} before @param {Finding} after @returns {Outcome} */
function outcomeOf(before, after) {
  const share = rateOf(after) / rateOf(before)
  return share < LESS ? 'less' : share > MORE ? 'more' : 'same'
}

/**
 * Whether it may be the same leak: a change moves files and renames what is around it.
 * @type {((one: Finding, other: Finding) => boolean)[]} surest first
 */
const SAME = [
  (one, other) => one.fingerprint === other.fingerprint,
  (one, other) => one.kind === other.kind && one.culprit.name !== undefined && one.culprit.name === other.culprit.name
]
/** Where each of both has but one of its kind. @param {Finding} one @param {Finding} other @param {readonly Finding[]} before @param {readonly Finding[]} after */
const isOnly = ({ kind }, other, before, after) =>
  kind === other.kind && [before, after].every((all) => all.filter((finding) => finding.kind === kind).length === 1)

/** What became of each leak. @param {readonly Finding[]} before @param {readonly Finding[]} after @param {import('../..').Verdict} verdict of after @returns {Change[]} */
function changesOf(before, after, verdict) {
  /** @type {Outcome} */
  const gone = verdict === 'clean' ? 'fixed' : 'unseen'
  /** @type {Map<Finding, Finding>} */
  const twins = new Map()
  const isFree = (/** @type {Finding} */ finding) => ![...twins.values()].includes(finding)
  /** @type {typeof SAME} */
  const rules = [...SAME, (one, other) => isOnly(one, other, before, after)]
  for (const isSame of rules)
    for (const one of before) {
      const twin = twins.has(one) ? undefined : after.find((other) => isFree(other) && isSame(one, other))
      if (twin) twins.set(one, twin)
    }
  const known = before.map((one) => {
    const twin = twins.get(one)
    return twin ? { outcome: outcomeOf(one, twin), before: one, after: twin } : { outcome: gone, before: one }
  })
  return [
    ...known,
    ...after.filter(isFree).map((finding) => ({ outcome: /** @type {Outcome} */ ('new'), after: finding }))
  ]
}

/** @param {Finding} finding */
function nameOf({ kind, culprit: { name, file, line } }) {
  // Two versions of a package are in two folders.
  const place = file === undefined ? '' : ` (${file.split(/[\\/]node_modules[\\/]/).at(-1)}:${line})`
  return `${kind}${name === undefined ? '' : ` '${name}'`}${place}`
}

/** @param {Finding | undefined} finding */
function perCall(finding) {
  if (!finding) return 'none'
  const rate = Number(rateOf(finding).toPrecision(3)).toLocaleString('en')
  return `${rate} ${finding.growth.unit === 'bytes' ? 'bytes ' : ''}per call`
}

/** @type {Record<Outcome, string>} */
const WORDS = {
  fixed: 'fixed',
  unseen: 'not seen any more',
  less: 'leaks less',
  same: 'leaks as before',
  more: 'leaks more',
  new: 'new'
}

/** @param {Change} change */
function lineOf({ outcome, before, after }) {
  const finding = /** @type {Finding} */ (after ?? before)
  const now = outcome === 'unseen' ? 'nothing told' : perCall(after)
  return `${WORDS[outcome]}: ${nameOf(finding)}, ${perCall(before)} before, ${now} after`
}

/**
 * The second of two reports, with what it says of the first.
 * @param {import('./leak-report.js').LeakReportLike} before @param {import('./leak-report.js').LeakReportLike} after
 */
function compared(before, after) {
  const open = [...after.undecided]
  const isSeen = before.verdict === 'leaking'
  if (before.verdict === 'undecided') {
    const why = before.undecided.map(({ text }) => text).join('; ')
    open.push(undecided('before', `whether it leaked before could not be decided: ${why}`))
  }
  const changes = changesOf(isSeen ? before.findings : [], after.findings, after.verdict)
  const nothing = isSeen || before.verdict === 'undecided' ? [] : ['nothing leaked before']
  const lines = [...changes.map(lineOf), ...nothing].map((text) => examined('compared', text))
  return new LeakReport(
    {
      verdict: verdictOf(after.findings, open),
      findings: after.findings,
      undecided: open,
      examined: [...lines, ...after.examined]
    },
    () => after.details
  )
}

/** Whether it is the same leak, by more than its kind. @param {Finding} one @param {Finding} other */
const isSameLeak = (one, other) => SAME.some((isSame) => isSame(one, other))

module.exports = { changesOf, compared, isSameLeak }

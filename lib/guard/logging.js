// @ts-check
// What a guard finds, told once, and once more when it is over: to a logger that has pino's methods, an object first, then the
// message, or to whoever follows. Knows two events, no guard.
'use strict'

const { attempt } = require('../base/entry.js')
const { given, invalidArg } = require('../base/errors.js')

/** @typedef {import('../..').Finding} Finding */
/** @typedef {import('node:events').EventEmitter & { reported: Map<string, Finding> }} Source */

/** What a line has besides its message. @param {Finding} finding @param {string} [summary] of the report that has it */
const fieldsOf = ({ kind, confidence, fingerprint, culprit, growth, advice }, summary) => ({
  leakguard: { kind, confidence, fingerprint, culprit, growth, advice, ...(summary ? { summary } : {}) }
})

/** An error of who is told is not the program's: it gave us one to tell. @param {() => any} tell */
function told(tell) {
  attempt(() => {
    const result = tell()
    if (typeof result?.then === 'function') result.then(undefined, () => {})
  })
}

/**
 * Tells each finding that is announced, once for as long as it stands, and when it no longer grows.
 * @param {Source} guard @param {{ found: (finding: Finding, report: import('../..').LeakReport) => unknown, over: (finding: Finding) => unknown }} to
 * @returns {() => void} ends that
 */
function follow(guard, { found, over }) {
  /** Told, and not over since. @type {Set<string>} */
  const standing = new Set()
  const onLeak = (/** @type {import('../..').LeakReport} */ report) => {
    for (const finding of report.findings) {
      // Others of the report are not confirmed yet.
      if (!guard.reported.has(finding.fingerprint) || standing.has(finding.fingerprint)) continue
      standing.add(finding.fingerprint)
      told(() => found(finding, report))
    }
  }
  const onRecovered = (/** @type {Finding} */ finding) => {
    standing.delete(finding.fingerprint)
    told(() => over(finding))
  }
  guard.on('leak', onLeak)
  guard.on('recovered', onRecovered)
  return () => {
    guard.off('leak', onLeak)
    guard.off('recovered', onRecovered)
  }
}

/** What a finding says when it is over. @param {Finding} finding */
const overOf = ({ message }) => `no longer grows: ${message}`

/** @param {Source} guard @param {any} logger */
function attach(guard, logger) {
  for (const method of ['warn', 'info']) {
    if (typeof logger?.[method] === 'function') continue
    throw invalidArg(`logTo: logger must have the method '${method}', as pino's have; got ${given(logger)}`)
  }
  follow(guard, {
    found: (finding, report) => logger.warn(fieldsOf(finding, report.summary()), finding.message),
    over: (finding) => logger.info(fieldsOf(finding), overOf(finding))
  })
}

module.exports = { attach, follow, overOf }

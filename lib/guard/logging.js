// @ts-check
// What a guard finds, as one structured line each, to a logger that has pino's methods: an object first, then the message.
// Knows two events, no guard.
'use strict'

const { attempt } = require('../base/entry.js')
const { given, invalidArg } = require('../base/errors.js')

/** @typedef {import('../..').Finding} Finding */

/** What a line has besides its message. @param {Finding} finding @param {string} [summary] of the report that has it */
const fieldsOf = ({ kind, confidence, fingerprint, culprit, growth, advice }, summary) => ({
  leakguard: { kind, confidence, fingerprint, culprit, growth, advice, ...(summary ? { summary } : {}) }
})

/** An error of the logger is not the program's: it gave us one to write to. @param {() => any} write */
function written(write) {
  attempt(() => {
    const result = write()
    if (typeof result?.then === 'function') result.then(undefined, () => {})
  })
}

/** @param {import('node:events').EventEmitter & { reported: Map<string, Finding> }} guard @param {any} logger */
function attach(guard, logger) {
  for (const method of ['warn', 'info']) {
    if (typeof logger?.[method] === 'function') continue
    throw invalidArg(`logTo: logger must have the method '${method}', as pino's have; got ${given(logger)}`)
  }
  /** Told, and not over since. @type {Set<string>} */
  const told = new Set()
  guard.on('leak', (report) => {
    for (const finding of report.findings) {
      // Others of the report are not confirmed yet.
      if (!guard.reported.has(finding.fingerprint) || told.has(finding.fingerprint)) continue
      told.add(finding.fingerprint)
      written(() => logger.warn(fieldsOf(finding, report.summary()), finding.message))
    }
  })
  guard.on('recovered', (/** @type {Finding} */ finding) => {
    told.delete(finding.fingerprint)
    written(() => logger.info(fieldsOf(finding), `no longer grows: ${finding.message}`))
  })
}

module.exports = { attach }

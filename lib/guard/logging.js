// @ts-check
// What a guard finds, as one structured line each, to a logger that has pino's methods: an object first, then the message.
// Knows two events, no guard.
'use strict'

const { attempt } = require('../base/entry.js')
const { given, invalidArg } = require('../base/errors.js')
const { isSure } = require('../report/verdict.js')

/** @typedef {import('../..').Finding} Finding */

/** What a line has besides its message. @param {Finding} finding */
const fieldsOf = ({ kind, confidence, fingerprint, culprit, growth, advice }) => ({
  leakguard: { kind, confidence, fingerprint, culprit, growth, advice }
})

/** @param {import('node:events').EventEmitter} guard @param {any} logger */
function attach(guard, logger) {
  for (const method of ['warn', 'info']) {
    if (typeof logger?.[method] === 'function') continue
    throw invalidArg(`logTo: logger must have the method '${method}', as pino's have; got ${given(logger)}`)
  }
  /** Told, and not over since. @type {Set<string>} */
  const told = new Set()
  // An error of the logger is not the program's: it gave us one to write to.
  guard.on('leak', ({ findings }) => {
    for (const finding of findings) {
      if (!isSure(finding) || told.has(finding.fingerprint)) continue
      told.add(finding.fingerprint)
      attempt(() => logger.warn(fieldsOf(finding), finding.message))
    }
  })
  guard.on('recovered', (/** @type {Finding} */ finding) => {
    told.delete(finding.fingerprint)
    attempt(() => logger.info(fieldsOf(finding), `no longer grows: ${finding.message}`))
  })
}

module.exports = { attach }

// @ts-check
// Errors of the public API. Match on `code`: across realms `instanceof` does not hold.
'use strict'

const { kLeakguardError } = require('./symbols.js')

/** An error with a stable `code` (`ERR_LEAKGUARD_*`). */
class LeakguardError extends Error {
  /** @param {string} code @param {string} message @param {ErrorOptions} [options] */
  constructor(code, message, options) {
    super(message, options)
    this.code = code
    Object.defineProperty(this, kLeakguardError, { value: true })
  }

  get name() {
    return `LeakguardError [${this.code}]`
  }
}

/** Thrown where a leak is a failure. */
class LeakError extends Error {
  /** @param {import('../..').LeakReport} report */
  constructor(report) {
    super(String(report))
    this.code = /** @type {const} */ ('ERR_LEAKGUARD_LEAK')
    this.report = report
    // The message is the report: runners that print what an error has besides would tell it twice.
    Object.defineProperty(this, 'report', { enumerable: false })
    Object.defineProperty(this, kLeakguardError, { value: true })
  }

  get name() {
    return 'LeakError'
  }
}

/**
 * What a person gave, for an error message: never its content, which may be private.
 * @param {unknown} value
 */
function given(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `a ${typeof value}`
  let name
  try {
    name = value.constructor?.name
  } catch {}
  return typeof name === 'string' && name && name !== 'Object' ? `an instance of ${name}` : 'an object'
}

/** The end of work that its caller has stopped. @param {AbortSignal | undefined} signal */
const aborted = (signal) =>
  new LeakguardError('ERR_LEAKGUARD_ABORTED', 'stopped by its caller', { cause: signal?.reason })

/** @param {string} message */
const invalidArg = (message) => new LeakguardError('ERR_LEAKGUARD_INVALID_ARG', message)

module.exports = { LeakguardError, LeakError, aborted, given, invalidArg }

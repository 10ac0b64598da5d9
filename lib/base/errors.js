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

/** Named as Node names what a signal has stopped. */
class AbortError extends LeakguardError {
  get name() {
    return 'AbortError'
  }
}

/** The end of work that its caller has stopped. @param {AbortSignal | undefined} signal */
const aborted = (signal) => new AbortError('ERR_LEAKGUARD_ABORTED', 'aborted by the caller', { cause: signal?.reason })

/** Codes that napi has for what it does not like itself, a panic among it; Node's have no small letters. */
const OF_NAPI = /^[A-Z]+[a-z]/

/**
 * What the addon has thrown, as the public API throws it. Errors of the system stay what they are.
 * @param {unknown} error
 */
function ofAddon(error) {
  const { code, message, [kLeakguardError]: isOurs } = Object(error)
  if (isOurs || typeof code !== 'string') return error
  if (OF_NAPI.test(code)) return new LeakguardError('ERR_LEAKGUARD_INTERNAL', `a bug in leakguard: ${message}`)
  return code.startsWith('ERR_LEAKGUARD_') ? new LeakguardError(code, message) : error
}

/** What the addon gives, or throws as ours. @template T @param {() => T} work @returns {T} */
function fromAddon(work) {
  try {
    return work()
  } catch (error) {
    throw ofAddon(error)
  }
}

/** The same of what it promises. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function awaitAddon(work) {
  try {
    return await work()
  } catch (error) {
    throw ofAddon(error)
  }
}

/** @param {string} message */
const invalidArg = (message) => new LeakguardError('ERR_LEAKGUARD_INVALID_ARG', message)

module.exports = { LeakguardError, LeakError, aborted, awaitAddon, fromAddon, given, invalidArg, ofAddon }

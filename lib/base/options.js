// @ts-check
// Checks options with exact words. Knows the shape of options, not what they are for.
'use strict'

const { LeakguardError, given, invalidArg } = require('./errors.js')
const { nearest } = require('./nearest.js')

/**
 * @typedef {object} Rule
 * @property {'number' | 'boolean' | 'enum' | 'signal' | 'function' | 'string' | 'any'} type `any` is checked by its owner
 * @property {unknown} default
 * @property {number} [min]
 * @property {number} [max]
 * @property {readonly string[]} [values]
 */

/** @param {string} where @param {string} name @param {Rule} rule @param {unknown} value */
function checkOne(where, name, rule, value) {
  const at = `${where}: option '${name}'`
  if (rule.type === 'boolean' && typeof value !== 'boolean')
    throw invalidArg(`${at} must be true or false, not ${given(value)}`)
  if (rule.type === 'string' && (typeof value !== 'string' || value === ''))
    throw invalidArg(`${at} must be a non-empty string, got ${value === '' ? "''" : given(value)}`)
  if (rule.type === 'function' && typeof value !== 'function')
    throw invalidArg(`${at} must be a function, not ${given(value)}`)
  if (rule.type === 'signal' && typeof (/** @type {any} */ (value)?.aborted) !== 'boolean')
    throw invalidArg(`${at} must be an AbortSignal, not ${given(value)}`)
  if (rule.type === 'number') {
    const { min = -Infinity, max = Infinity } = rule
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
      throw invalidArg(`${at} must be a number from ${min} to ${max}, not ${given(value)}`)
    }
  }
  if (rule.type === 'enum' && !rule.values?.includes(/** @type {string} */ (value))) {
    const list = rule.values?.map((v) => `'${v}'`).join(', ')
    throw invalidArg(`${at} must be one of ${list}, not ${typeof value === 'string' ? `'${value}'` : given(value)}`)
  }
}

/**
 * Options with defaults filled in. Throws ERR_LEAKGUARD_INVALID_ARG or ERR_LEAKGUARD_UNKNOWN_OPTION.
 * @param {string} where the function that was called
 * @param {Record<string, Rule>} rules
 * @param {unknown} options
 * @returns {Record<string, any>}
 */
function readOptions(where, rules, options) {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw invalidArg(`${where}: options must be an object, not ${given(options)}`)
  }
  const known = Object.keys(rules)
  for (const name of Object.keys(options ?? {})) {
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    const hint = meant ? `did you mean '${meant}'?` : `known options: ${known.map((k) => `'${k}'`).join(', ')}`
    throw new LeakguardError('ERR_LEAKGUARD_UNKNOWN_OPTION', `${where}: unknown option '${name}'; ${hint}`)
  }
  /** @type {Record<string, any>} */
  const read = {}
  for (const name of known) {
    const value = /** @type {any} */ (options)?.[name]
    if (value !== undefined) checkOne(where, name, rules[name], value)
    read[name] = value === undefined ? rules[name].default : value
  }
  return read
}

const LIMIT_RULES = Object.freeze({
  limit: { type: /** @type {const} */ ('number'), min: 1, max: 2 ** 31, default: 50 }
})

/** How many rows of a table are wanted: the option `limit`, a whole number. @param {string} where @param {unknown} options @returns {number} */
const readLimit = (where, options) => Math.floor(readOptions(where, LIMIT_RULES, options).limit)

/** Whether a switch of the environment is on. @param {string} name */
const isOn = (name) => /^(?:1|true)$/.test(process.env[name] ?? '')

module.exports = { isOn, readLimit, readOptions }

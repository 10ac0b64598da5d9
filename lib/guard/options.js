// @ts-check
// The options of start(): what there is, and what is right. Must not know what a guard does with them.
'use strict'

const os = require('node:os')
const path = require('node:path')
const { checkRules } = require('../findings/allow.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')

const RULES = Object.freeze({
  callSites: { type: /** @type {const} */ ('enum'), values: ['sampled', 'all'], default: 'sampled' },
  forceGc: { type: /** @type {const} */ ('enum'), values: ['auto', 'never'], default: 'auto' },
  minGrowthMs: { type: /** @type {const} */ ('number'), min: 100, max: 86_400_000, default: 1000 },
  memory: { type: /** @type {const} */ ('any'), default: Object.freeze({}) },
  explain: {
    type: /** @type {const} */ ('enum'),
    values: ['auto', 'never', 'profile', 'census', 'heap'],
    default: 'auto'
  },
  capture: { type: /** @type {const} */ ('any'), default: undefined },
  watched: { type: /** @type {const} */ ('enum'), values: ['tell', 'explain', 'never'], default: 'tell' },
  allow: { type: /** @type {const} */ ('any'), default: Object.freeze([]) },
  baseline: { type: /** @type {const} */ ('string'), default: undefined }
})

const MEMORY_RULES = Object.freeze({
  sampleMs: { type: /** @type {const} */ ('number'), min: 100, max: 3_600_000, default: 10_000 },
  record: { type: /** @type {const} */ ('string'), default: undefined }
})

const CAPTURE_RULES = Object.freeze({
  to: { type: /** @type {const} */ ('string'), default: undefined },
  on: { type: /** @type {const} */ ('any'), default: Object.freeze(['leak']) },
  limits: { type: /** @type {const} */ ('any'), default: Object.freeze({}) },
  redact: { type: /** @type {const} */ ('boolean'), default: true }
})

/** Of captures that come by themselves. */
const LIMIT_RULES = Object.freeze({
  everyMs: { type: /** @type {const} */ ('number'), min: 0, max: 604_800_000, default: 600_000 },
  max: { type: /** @type {const} */ ('number'), min: 1, max: 1000, default: 10 }
})

/** @typedef {{ sampleMs: number, record?: string }} MemoryOptions */
/** @typedef {{ to: string, on: readonly string[], limits: { everyMs: number, max: number }, redact: boolean }} CaptureOptions */

/** @param {unknown} option @returns {false | MemoryOptions} */
function readMemory(option) {
  if (option === false) return false
  if (typeof option !== 'object' || option === null)
    throw invalidArg(`start: option 'memory' must be false or an object, not ${given(option)}`)
  return /** @type {MemoryOptions} */ (readOptions("start: option 'memory'", MEMORY_RULES, option))
}

/** @param {unknown} name */
const isSignal = (name) => typeof name === 'string' && name in os.constants.signals

/** @param {unknown} option @returns {CaptureOptions | undefined} */
function readCapture(option) {
  if (option === undefined) return undefined
  if (typeof option !== 'object' || option === null)
    throw invalidArg(`start: option 'capture' must be an object, not ${given(option)}`)
  const { to, on, limits, redact } = readOptions("start: option 'capture'", CAPTURE_RULES, option)
  if (to === undefined) throw invalidArg("start: option 'capture' needs a folder to write to: capture.to")
  if (!Array.isArray(on)) throw invalidArg(`start: option 'capture.on' must be an array, not ${given(on)}`)
  const isKnown = (/** @type {unknown} */ one) => one === 'leak' || one === 'limit' || isSignal(one)
  const wrong = on.find((one) => !isKnown(one))
  if (wrong !== undefined || on.length === 0) {
    throw invalidArg("start: option 'capture.on' must list 'leak', 'limit' or names of signals such as 'SIGUSR2'")
  }
  const { everyMs, max } = readOptions("start: option 'capture.limits'", LIMIT_RULES, limits)
  return { to: path.resolve(to), on: [...on], limits: { everyMs, max: Math.floor(max) }, redact }
}

/** Options of start() with defaults filled in. Throws ERR_LEAKGUARD_INVALID_ARG or ERR_LEAKGUARD_UNKNOWN_OPTION. @param {unknown} options @returns {Record<string, any>} */
function readGuardOptions(options) {
  const { capture, memory, ...others } = readOptions('start', RULES, options)
  checkRules('start', others.allow)
  const read = { ...others, memory: readMemory(memory) }
  return capture === undefined ? read : { ...read, capture: readCapture(capture) }
}

/**
 * What the project's own tests and benchmarks ask for: how many seconds one counts as in all that concerns trends, and the
 * longest time that a heap profile runs.
 */
function readTestSettings({ LEAKGUARD_TEST_TIME_SCALE: scale, LEAKGUARD_TEST_PROFILE_MS: profileMs } = process.env) {
  return { timeScale: Number(scale) || 1, profileMs: Number(profileMs) || 600_000 }
}

module.exports = { isSignal, readCapture, readGuardOptions, readTestSettings }

// @ts-check
// The options of start(): what there is, and what is right. Must not know what a guard does with them.
'use strict'

const { checkRules } = require('../findings/allow.js')
const { readCapture } = require('./captures.js')
const { readOptions } = require('../base/options.js')

const RULES = Object.freeze({
  sites: { type: /** @type {const} */ ('enum'), values: ['sampled', 'exact'], default: 'sampled' },
  collect: { type: /** @type {const} */ ('enum'), values: ['auto', 'never'], default: 'auto' },
  historyMs: { type: /** @type {const} */ ('number'), min: 100, max: 86_400_000, default: 1000 },
  memory: { type: /** @type {const} */ ('enum'), values: ['auto', 'never'], default: 'auto' },
  sampleMs: { type: /** @type {const} */ ('number'), min: 100, max: 3_600_000, default: 10_000 },
  timeScale: { type: /** @type {const} */ ('number'), min: 1, max: 10_000, default: 1 },
  record: { type: /** @type {const} */ ('string'), default: undefined },
  profile: { type: /** @type {const} */ ('enum'), values: ['auto', 'never'], default: 'auto' },
  profileMs: { type: /** @type {const} */ ('number'), min: 1000, max: 3_600_000, default: 600_000 },
  explain: { type: /** @type {const} */ ('enum'), values: ['auto', 'never', 'census', 'fork'], default: 'auto' },
  allow: { type: /** @type {const} */ ('any'), default: Object.freeze([]) },
  baseline: { type: /** @type {const} */ ('string'), default: undefined },
  watched: { type: /** @type {const} */ ('enum'), values: ['tell', 'explain', 'never'], default: 'tell' },
  capture: { type: /** @type {const} */ ('any'), default: undefined }
})

/** Options of start() with defaults filled in. Throws ERR_LEAKGUARD_INVALID_ARG or ERR_LEAKGUARD_UNKNOWN_OPTION. @param {unknown} options @returns {Record<string, any>} */
function readGuardOptions(options) {
  const { capture: asked, ...others } = readOptions('start', RULES, options)
  const capture = readCapture(asked)
  checkRules('start', others.allow)
  return capture ? { ...others, capture } : others
}

module.exports = { readGuardOptions }

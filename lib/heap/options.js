// @ts-check
// Options of what works on heaps, as tables. Knows their names and kinds, not what is done with them.
'use strict'

const WATCH_RULES = Object.freeze({
  signal: { type: /** @type {const} */ ('signal'), default: undefined },
  onProgress: { type: /** @type {const} */ ('function'), default: undefined }
})
/** Of what makes a graph: whether dominators, retained sizes and paths are found at once. */
const EAGER_RULES = Object.freeze({
  eager: { type: /** @type {const} */ ('boolean'), default: true }
})
const LOAD_RULES = Object.freeze({
  ...WATCH_RULES,
  ...EAGER_RULES,
  redact: { type: /** @type {const} */ ('boolean'), default: false }
})
const TAKE_RULES = Object.freeze({
  ...WATCH_RULES,
  mode: { type: /** @type {const} */ ('enum'), values: ['auto', 'fork', 'inline'], default: 'inline' },
  redact: { type: /** @type {const} */ ('boolean'), default: true },
  force: { type: /** @type {const} */ ('boolean'), default: false }
})
const CAPTURE_RULES = Object.freeze({ ...TAKE_RULES, ...EAGER_RULES })

module.exports = { CAPTURE_RULES, LOAD_RULES, TAKE_RULES }

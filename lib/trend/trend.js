// @ts-check
// Checks samples with exact words and hands them over as one page of numbers. Knows their fields, not what a leak is.
'use strict'

const { given, invalidArg } = require('../base/errors.js')

/** Numbers of a sample, in the order of src/binding/trend.rs. */
const FIELDS = /** @type {const} */ ([
  ['t'],
  ['heapUsed'],
  ['external'],
  ['arrayBuffers'],
  ['rss'],
  ['malloc', 'used'],
  ['malloc', 'free'],
  ['limit'],
  ['gc', 'major'],
  ['gc', 'minor'],
  ['gc', 'floor'],
  ['gc', 'floorExt']
])
const GROUPS = /** @type {const} */ (['malloc', 'gc'])
const SAMPLES_MAX = 1_000_000

/** Whether nothing was read: absent, or null as JSON writes what is no number. @param {unknown} value */
const isMissing = (value) => value === undefined || value === null

/** @param {unknown} sample @param {number} index @returns {Record<string, any>} */
function checkShape(sample, index) {
  if (typeof sample !== 'object' || sample === null || Array.isArray(sample)) {
    throw invalidArg(`analyzeTrend: samples[${index}] must be an object, not ${given(sample)}`)
  }
  const fields = /** @type {Record<string, unknown>} */ (sample)
  for (const group of GROUPS) {
    const value = fields[group]
    if (!isMissing(value) && typeof value !== 'object') {
      throw invalidArg(`analyzeTrend: samples[${index}].${group} must be an object, not ${given(value)}`)
    }
  }
  return fields
}

/** @param {Record<string, any>} sample @param {number} index @param {readonly string[]} path */
function read(sample, index, path) {
  const value = path.length === 1 ? sample[path[0]] : sample[path[0]]?.[path[1]]
  const isTime = path[0] === 't'
  if (isMissing(value) && !isTime) return Number.NaN
  const isFit = typeof value === 'number' && Number.isFinite(value) && (isTime || value >= 0)
  if (isFit) return value
  const wanted = isTime ? 'a finite number (seconds)' : 'a finite number from 0, or missing'
  throw invalidArg(`analyzeTrend: samples[${index}].${path.join('.')} must be ${wanted}, not ${given(value)}`)
}

/**
 * The samples that are the first of another process than those before; undefined where nothing says so, and it has to be guessed.
 * @param {readonly Record<string, any>[]} samples
 */
function startsOf(samples) {
  const starts = []
  let started
  for (let index = 0; index < samples.length; index++) {
    const now = read(samples[index], index, ['started'])
    if (Number.isNaN(now) || now === started) continue
    if (started !== undefined) starts.push(index)
    started = now
  }
  return started === undefined ? undefined : starts
}

/** @param {unknown} samples */
function toPage(samples) {
  if (!Array.isArray(samples)) throw invalidArg(`analyzeTrend: samples must be an array, not ${given(samples)}`)
  if (samples.length > SAMPLES_MAX) {
    throw invalidArg(`analyzeTrend: samples must be at most ${SAMPLES_MAX}, not ${samples.length}`)
  }
  const page = new Float64Array(samples.length * FIELDS.length)
  let at = 0
  for (let index = 0; index < samples.length; index++) {
    const sample = checkShape(samples[index], index)
    for (const path of FIELDS) page[at++] = read(sample, index, path)
    const time = page[index * FIELDS.length]
    const before = index === 0 ? time : page[(index - 1) * FIELDS.length]
    if (time < before) {
      throw invalidArg(
        `analyzeTrend: samples[${index}].t must not be before that of samples[${index - 1}] (${before}), got ${time}`
      )
    }
  }
  return page
}

/** What the native side says of samples. @param {unknown} samples @returns {import('../../native.js').NativeTrend} */
function judge(samples) {
  const page = toPage(samples)
  /** @type {typeof import('../base/native.js')} */
  const native = require('../base/native.js')
  return native.analyzeTrend(page, startsOf(/** @type {any} */ (samples)))
}

/** The samples of a page of numbers, as FIELDS has them. @param {readonly number[]} page @returns {import('../..').TrendSample[]} */
function samplesOf(page) {
  return Array.from({ length: page.length / FIELDS.length }, (_, index) => {
    /** @type {Record<string, any>} */
    const sample = {}
    FIELDS.forEach(([group, field], at) => {
      const value = page[index * FIELDS.length + at]
      if (Number.isNaN(value)) return
      if (field === undefined) sample[group] = value
      else sample[group] = { ...sample[group], [field]: value }
    })
    return /** @type {import('../..').TrendSample} */ (sample)
  })
}

module.exports = { judge, samplesOf }

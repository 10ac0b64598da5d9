// @ts-check
// Files of samples for `leakguard trend`: JSON or CSV, or one line that says what is wrong. Knows no verdict.

'use strict'

const fs = require('node:fs')
const { SAMPLE_FIELDS } = require('../base/sample-fields.js')
const { CommandError, fileError } = require('./errors.js')
const { printable } = require('../base/text.js')

/** @typedef {Record<string, any> & { t: number }} Sample */

/** Columns of CSV, as the fields of a sample are called; what else stands there is left out. */
const COLUMNS = [...SAMPLE_FIELDS, 'started']
const BYTES_MAX = 512e6

/** @param {string} file @returns {Sample[]} */
function readSamples(file) {
  const text = readText(file).replace(/^\ufeff/, '')
  const isJson = /^\s*[[{]/.test(text)
  return isJson ? fromJson(file, text) : fromCsv(file, text)
}

/** @param {string} file */
function readText(file) {
  try {
    if (fs.statSync(file).size > BYTES_MAX) throw new Error(`larger than ${BYTES_MAX / 1e6} MB`)
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError('read', file, error)
  }
}

/** An array of samples, an object with one, or a sample on each line. @param {string} file @param {string} text */
function fromJson(file, text) {
  const whole = parsed(text)
  if (Array.isArray(whole)) return whole
  if (Array.isArray(whole?.samples)) return whole.samples
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const samples = lines.map(parsed)
  const broken = samples.indexOf(undefined)
  if (broken === -1 && whole?.samples === undefined) return samples
  throw bad(file, 'not a JSON array of samples, an object with "samples", or one sample per line')
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {}
}

/** @param {string} file @param {string} text @returns {Sample[]} */
function fromCsv(file, text) {
  const [head, ...lines] = text.split(/\r?\n/)
  const names = head.split(',').map(unquoted)
  if (!names.includes('t')) {
    throw bad(file, `neither JSON nor CSV with a header: its first line must name the fields (${COLUMNS.join(', ')})`)
  }
  const samples = lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const cells = line.split(',').map(unquoted)
    if (cells.length > names.length)
      throw bad(file, `line ${index + 2} has ${cells.length} fields, the header ${names.length}`)
    return [sampleOf(file, names, cells, index + 2)]
  })
  return inOneTime(samples)
}

/**
 * A record that several processes have gone on with: each begins its time anew. Where `started` tells when, in seconds,
 * it goes on instead.
 * @param {Sample[]} samples
 */
function inOneTime(samples) {
  const [first] = samples
  if (typeof first?.started !== 'number') return samples
  let [started, later, last] = [first.started, 0, first.t]
  return samples.map((sample) => {
    if (typeof sample.started === 'number' && sample.started !== started) {
      started = sample.started
      later = Math.max(started - first.started, last - sample.t)
    }
    last = sample.t + later
    return { ...sample, t: last }
  })
}

/** @param {string} file @param {string[]} names @param {string[]} cells @param {number} line @returns {Sample} */
function sampleOf(file, names, cells, line) {
  /** @type {Record<string, any>} */
  const sample = {}
  cells.forEach((cell, at) => {
    const name = names[at]
    if (!COLUMNS.includes(name) || cell === '') return
    const value = Number(cell)
    if (Number.isNaN(value) && cell !== 'NaN')
      throw bad(file, `line ${line}: ${name} is not a number: ${cell.slice(0, 40)}`)
    if (Number.isNaN(value) && name !== 't') return
    const [group, field] = name.split('.')
    if (field === undefined) sample[group] = value
    else sample[group] = { ...sample[group], [field]: value }
  })
  return /** @type {Sample} */ (sample)
}

/** @param {string} cell */
const unquoted = (cell) => cell.trim().replace(/^"(.*)"$/, '$1')

/** @param {string} file @param {string} reason */
const bad = (file, reason) => new CommandError(printable(`${file}: ${reason}`), 2)

module.exports = { readSamples }

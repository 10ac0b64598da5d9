// @ts-check
// What GitHub shows of a step: annotations, and one table in its summary, to which the processes of the step add. Knows how
// reports are joined and files are locked, not what is found.
'use strict'

const fs = require('node:fs')
const zlib = require('node:zlib')
const { LeakReport } = require('./leak-report.js')
const { joined } = require('./joined.js')
const { locked } = require('../base/locked.js')

/** The part of the summary that is ours; GitHub shows no comment. What it tells is beside it, to be added to. */
const BEGIN = '<!-- leakguard '
const END = '<!-- leakguard: end -->'
const OURS = new RegExp(`${BEGIN}([A-Za-z0-9+/=]+) -->\\n[^]*?${END}\\n`)
/** A report that is larger is none of ours. */
const BYTES_MAX = 64e6

/** @typedef {import('../..').LeakReport} Report */

/** The report that stands there. @param {string} data @returns {Report | undefined} */
function reportIn(data) {
  try {
    const json = zlib.inflateRawSync(Buffer.from(data, 'base64'), { maxOutputLength: BYTES_MAX })
    return LeakReport.from(json.toString())
  } catch {
    // Somebody has changed it: it stays as it is.
  }
}

/** @param {Report} report */
function partOf(report) {
  const { details: _, ...json } = /** @type {any} */ (report.toJSON())
  const data = zlib.deflateRawSync(JSON.stringify(json)).toString('base64')
  return `${BEGIN}${data} -->\n${report.render('markdown')}${END}\n`
}

/** @param {string} summary @param {Report} report */
function summaryWith(summary, report) {
  const found = OURS.exec(summary)
  const before = found ? reportIn(found[1]) : undefined
  if (!found || !before) return `${summary}${summary === '' || summary.endsWith('\n') ? '' : '\n'}${partOf(report)}`
  const after = summary.slice(found.index + found[0].length)
  return summary.slice(0, found.index) + partOf(joined(before, report)) + after
}

/** Annotations on stdout, where GitHub reads them, and the table. @param {Report} report */
function toGithub(report) {
  const annotations = report.render('github')
  if (annotations) fs.writeSync(1, `\n${annotations}`)
  const { GITHUB_STEP_SUMMARY: file } = process.env
  if (!file) return
  // The runner has made it, and reads it by its name: it is written in place.
  locked(file, () => {
    const summary = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    fs.writeFileSync(file, summaryWith(summary, report))
  })
}

module.exports = { toGithub }

// @ts-check
// Files that commands write, told and failing as commands do. Knows no format.
'use strict'

const { writeAside } = require('../base/write-aside.js')
const { fileError } = require('./errors.js')
const { printable } = require('../base/text.js')

/** Which form a file is written in, by how its name ends. @type {Record<string, string>} */
const BY_ENDING = {
  '.html': 'html',
  '.htm': 'html',
  '.sarif': 'sarif',
  '.md': 'markdown',
  '.json': 'json',
  '.txt': 'text'
}

/** @param {string} target @param {string | Uint8Array} text @returns {Promise<string>} the path as it was given */
async function writeOutput(target, text) {
  try {
    await writeAside(target, text)
  } catch (error) {
    throw fileError('write', target, error)
  }
  return printable(target)
}

/** @type {Record<string, import('./main.js').OptionSpec>} */
const htmlOption = {
  html: { type: 'string', value: 'FILE', help: 'Also write the report as an HTML page (mode 0600)' }
}

/** Writes the page if it is asked for. @param {unknown} target @param {import('../../index.js').LeakReport} report @param {import('./main.js').Io} io */
async function writeHtml(target, report, io) {
  if (target === undefined) return
  io.stderr.write(`wrote ${await writeOutput(String(target), report.render('html'))}\n`)
}

module.exports = { BY_ENDING, htmlOption, writeHtml, writeOutput }

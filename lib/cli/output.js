// @ts-check
// Files that commands write, told and failing as commands do. Knows no format.
'use strict'

const { writeAside } = require('../base/write-aside.js')
const { CommandError } = require('./errors.js')
const { printable } = require('../base/text.js')

/** @param {string} target @param {string | Uint8Array} text @returns {Promise<string>} the path as it was given */
async function writeOutput(target, text) {
  try {
    await writeAside(target, text)
  } catch (error) {
    throw new CommandError(printable(`${target}: ${/** @type {Error} */ (error).message}`), 2)
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

module.exports = { htmlOption, writeHtml, writeOutput }

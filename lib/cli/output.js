// @ts-check
// Files that commands write: for their owner alone, whole or not there. Knows no format.

'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { CommandError } = require('./errors.js')
const { printable } = require('./text.js')

/** @param {string} target @param {string} text @returns {Promise<string>} the path as it was given */
async function writeOutput(target, text) {
  const file = path.resolve(target)
  const aside = `${file}.${randomBytes(6).toString('hex')}.partial`
  try {
    await fs.promises.writeFile(aside, text, { mode: 0o600, flag: 'wx' })
    await fs.promises.rename(aside, file)
  } catch (error) {
    await fs.promises.rm(aside, { force: true })
    throw new CommandError(printable(`${target}: ${/** @type {Error} */ (error).message}`), 2)
  }
  return printable(target)
}

/** @type {Record<string, import('./main.js').OptionSpec>} */
const htmlOption = { html: { type: 'string', value: 'FILE', help: 'Write the report as a page too (0600)' } }

/** Writes the page if it is asked for. @param {unknown} target @param {import('../../index.js').LeakReport} report @param {import('./main.js').Io} io */
async function writeHtml(target, report, io) {
  if (target === undefined) return
  io.stderr.write(`wrote ${await writeOutput(String(target), report.render('html'))}\n`)
}

module.exports = { htmlOption, writeHtml, writeOutput }

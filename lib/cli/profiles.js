// @ts-check
// pprof profiles for commands: read from files, compared, told as a table. Knows no analysis.
'use strict'

const fs = require('node:fs')
const { changesOf } = require('../pprof/changes.js')
const { readProfile } = require('../pprof/read.js')
const { count, printable, size } = require('../base/text.js')
const { CommandError } = require('./errors.js')
const { told } = require('./snapshots.js')
const { table } = require('./text.js')

/** @param {string} file */
async function load(file) {
  try {
    return await readProfile(await fs.promises.readFile(file))
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code?.startsWith('ERR_LEAKGUARD_') || typeof code !== 'string') throw error
    throw new CommandError(printable(`${file}: ${message}`), 2)
  }
}

/** What grew from one file to the other. @param {string} before @param {string} after @param {string} [type] */
async function compareProfiles(before, after, type) {
  const first = await told(() => load(before), before)
  const second = await told(() => load(after), after)
  return told(() => changesOf(first, second, type))
}

/** @param {import('../pprof/changes.js').Changes} changes @param {number} [columns] */
function changesText({ type, unit, before, after, rows, leaks }, columns) {
  const shown = (/** @type {number} */ value) => (unit === 'bytes' ? size(value) : count(value))
  const signed = (/** @type {number} */ value) => `${value > 0 ? '+' : ''}${shown(value)}`
  const totals = `${type}: ${shown(before)} before, ${shown(after)} after (${signed(after - before)})`
  const place = (/** @type {{ file: string, line: number }} */ { file, line }) =>
    file ? ` (${printable(file)}${line > 0 ? `:${line}` : ''})` : ''
  const lines = rows.map((row) => [
    signed(row.after - row.before),
    shown(row.before),
    shown(row.after),
    `${printable(row.name)}${place(row)}${row.mostIn ? `, most in ${printable(row.mostIn)}` : ''}`
  ])
  const found = leaks.map((leak) => [leak.fingerprint, count(leak.grown), `${printable(leak.name)}${place(leak)}`])
  const parts = [
    `${totals}\n`,
    rows.length > 0 ? table(['gained', 'before', 'after', 'holder'], lines, columns) : 'Nothing grew.\n',
    ...(leaks.length > 0 ? [`Findings that are new:\n${table(['fingerprint', 'grown', 'what'], found, columns)}`] : [])
  ]
  return parts.join('\n')
}

module.exports = { changesText, compareProfiles }

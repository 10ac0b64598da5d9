// @ts-check
// `leakguard baseline`: what a file of known leaks accepts, and which of it a whole run no longer finds.

'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { messageOf } = require('../../base/entry.js')
const { printable } = require('../../base/text.js')
const { Baseline, SEEN } = require('../../findings/allow.js')
const { CommandError, UsageError, checkIsFile } = require('../errors.js')
const { programOf } = require('../program.js')

/** @typedef {{ fingerprint: string, kind?: string, name?: string, file?: string }} Entry */

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show what a baseline accepts, and what a run no longer finds; remove that with --prune',
  positionals: 'FILE [-- COMMAND [ARGUMENTS]]',
  options: {
    prune: { type: 'boolean', help: 'Remove the entries that the run of COMMAND did not find' },
    json: { type: 'boolean', help: 'Print JSON on stdout' }
  },
  async run({ options, positionals }, io) {
    const [file, ...command] = positionals
    if (file === undefined) throw new UsageError('FILE is missing', 'baseline')
    if (options.prune && command.length === 0)
      throw new UsageError(
        '--prune needs a run to compare with: leakguard baseline FILE --prune -- COMMAND',
        'baseline'
      )
    const baseline = read(file)
    const entries = /** @type {Entry[]} */ ([...baseline.known.values()])
    const seen = command.length > 0 ? await seenBy(command, baseline.file, io) : undefined
    const stale = seen ? entries.filter(({ fingerprint }) => !seen.has(fingerprint)) : []
    if (options.prune && stale.length > 0) prune(file, stale)
    const told = { known: entries.length, accepted: entries.filter((entry) => !stale.includes(entry)), stale }
    if (options.json) io.stdout.write(`${JSON.stringify({ ...told, pruned: options.prune === true }, null, 2)}\n`)
    else io.stdout.write(toText(file, told, seen !== undefined, options.prune === true))
    return 0
  }
}

/** @param {string} file */
function read(file) {
  // For an assertion one that is not there is empty; here it is a mistake.
  checkIsFile(file)
  try {
    return Baseline.read(file)
  } catch (error) {
    throw wrong(file, messageOf(error))
  }
}

/** @param {string} file @param {string} what */
const wrong = (file, what) => new CommandError(printable(what.includes(file) ? what : `${file}: ${what}`), 2)

/** As it is now: the run may have added to it. @param {string} file @param {Entry[]} stale */
function prune(file, stale) {
  try {
    Baseline.read(file).remove(stale.map(({ fingerprint }) => fingerprint))
  } catch (error) {
    throw wrong(file, messageOf(error))
  }
}

/** Fingerprints of the file that the processes of a run have found. @param {string[]} command @param {string} file @param {import('../main.js').Io} io */
async function seenBy(command, file, io) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-baseline-'))
  try {
    const list = path.join(folder, 'seen')
    const why = await ended(command, { ...io.env, [SEEN]: list })
    if (why)
      throw new CommandError(printable(`${command.join(' ')} ${why}: what it did not find is not known to be gone`), 2)
    const lines = fs.existsSync(list) ? fs.readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
    const own = lines.map((line) => JSON.parse(line)).filter(([read]) => read === file)
    if (own.length === 0)
      throw new CommandError(printable(`${command.join(' ')} has not read ${file}: nothing is known`), 2)
    return new Set(own.map(([, fingerprint]) => fingerprint))
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Why the run is none to go by; nothing where it ended well. @param {string[]} command @param {Record<string, string | undefined>} env @returns {Promise<string | undefined>} */
function ended(command, env) {
  const { file, args, isNode } = programOf([], command, env)
  return new Promise((resolve) => {
    // What it prints is progress here: stdout is for the answer.
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = ['inherit', 2, 2]
    const child = spawn(file, args, { env, stdio, shell: process.platform === 'win32' && !isNode })
    const pass = () => {}
    process.on('SIGINT', pass)
    child.on('error', (error) => resolve(`cannot be run: ${error.message}`))
    child.on('close', (code, signal) => {
      process.off('SIGINT', pass)
      resolve(code === 0 ? undefined : `has ended with ${signal ?? `exit code ${code}`}`)
    })
  })
}

/** @param {Entry} entry */
const line = ({ fingerprint, kind = '', name, file }) =>
  `  ${fingerprint}  ${[kind, name && `'${name}'`, file && `(${file})`].filter(Boolean).join(' ')}\n`

/** @param {string} file @param {{ known: number, accepted: Entry[], stale: Entry[] }} told @param {boolean} isCompared @param {boolean} isPruned */
function toText(file, { known, accepted, stale }, isCompared, isPruned) {
  const many = (/** @type {number} */ count) => `${count} finding${count === 1 ? '' : 's'}`
  const head = isCompared
    ? `${file} accepts ${many(known)}; the run found ${accepted.length} of them.`
    : `${file} accepts ${many(known)}.`
  const parts = [`${head}\n`, ...accepted.map(line)]
  if (stale.length > 0) {
    const what = isPruned ? 'Removed, as not found any more' : 'Stale, as not found any more (--prune removes them)'
    parts.push(`\n${what}:\n`, ...stale.map(line))
  }
  return printableLines(parts.join(''))
}

/** @param {string} text */
const printableLines = (text) => text.split('\n').map(printable).join('\n')

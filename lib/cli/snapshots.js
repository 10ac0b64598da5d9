// @ts-check
// Snapshot files for commands: which were named, loaded with a bar, refused in one line. Knows no analysis.

'use strict'

const { CommandError, UsageError, checkIsFile } = require('./errors.js')
const { startProgress } = require('./progress.js')
const { printable } = require('../base/text.js')

/** @typedef {import('./main.js').Io} Io */
/** @typedef {import('../../index.js').HeapGraph} HeapGraph */

/**
 * Checks how many arguments there are.
 * @param {string} command
 * @param {string[]} given
 * @param {string[]} wanted their names, in order
 * @param {number} [needed] how many of them must be there
 */
function checkArguments(command, given, wanted, needed = wanted.length) {
  if (given.length < needed) throw new UsageError(`${wanted[given.length]} is missing`, command)
  if (given.length <= wanted.length) return
  throw new UsageError(`unexpected argument: ${given[wanted.length]}`, command)
}

/**
 * What `work` does with the graphs of these files, which are given back afterwards.
 * @template T
 * @param {string[]} files
 * @param {Io} io
 * @param {(graphs: HeapGraph[]) => T | Promise<T>} work
 * @param {(at: number) => boolean} [isEager] false where not all of a file's graph is asked for
 * @param {boolean} [redact] where what is made of it may go anywhere
 * @returns {Promise<T>}
 */
async function withHeaps(files, io, work, isEager = () => true, redact = false) {
  /** @type {HeapGraph[]} */
  const graphs = []
  for (const file of files) checkIsFile(file)
  try {
    for (const [at, file] of files.entries()) graphs.push(await load(file, io, { eager: isEager(at), redact }))
    return await told(() => work(graphs))
  } finally {
    for (const graph of graphs) graph.dispose()
  }
}

/** @param {string} file @param {Io} io @param {{ eager: boolean, redact: boolean }} how @returns {Promise<HeapGraph>} */
async function load(file, io, how) {
  const progress = io.stderr.isTTY ? startProgress(io.stderr, printable(file)) : undefined
  const onProgress = progress && (({ phase = '', fraction = 0 }) => progress.update(fraction, phase))
  try {
    const graph = await told(() => require('../../index.js').loadHeap(file, { onProgress, ...how }), file)
    progress?.end()
    for (const note of graph.notes) io.stderr.write(`leakguard: ${printable(`${file}: ${note}`)}\n`)
    return graph
  } finally {
    progress?.end()
  }
}

/**
 * The library's own errors become one line; any other is a bug and keeps its stack.
 * @template T
 * @param {() => T | Promise<T>} work
 * @param {string} [file] that it is about
 */
async function told(work, file) {
  try {
    return await work()
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    if (!code?.startsWith('ERR_LEAKGUARD_')) throw error
    const says = file && !message.includes(file) ? `${file}: ${message}` : message
    throw new CommandError(printable(says), 2)
  }
}

module.exports = { checkArguments, told, withHeaps }

// @ts-check
// `leakguard path`: what keeps one object alive, as code.

'use strict'

const path = require('node:path')
const { UsageError } = require('../errors.js')
const { checkArguments, withHeaps } = require('../snapshots.js')
const { printable, size } = require('../../base/text.js')

/** @typedef {import('../../../index.js').RetainerStep} RetainerStep */

const idMax = Number.MAX_SAFE_INTEGER

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show the retainer path of an object in a heap snapshot, from the GC root, as code',
  positionals: 'FILE NODE_ID',
  options: { json: { type: 'boolean', help: 'Print JSON on stdout, sizes in bytes' } },
  run({ options, positionals }, io) {
    checkArguments('path', positionals, ['FILE', 'NODE_ID'])
    const [file, text] = positionals
    const nodeId = readId(text)
    return withHeaps([file], io, ([graph]) => {
      const found = { nodeId, retainedBytes: graph.retainedBytes(nodeId), retainerPath: graph.retainerPath(nodeId) }
      io.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : toText(found))
      return 0
    })
  }
}

/** @param {string} text as DevTools writes it, with or without its '@' */
function readId(text) {
  const digits = /^@?(\d+)$/.exec(text)?.[1]
  if (digits !== undefined && Number(digits) <= idMax) return Number(digits)
  throw new UsageError(`NODE_ID must be a number as DevTools shows it after '@', got ${text}`, 'path')
}

/** @param {{ nodeId: number, retainedBytes: number, retainerPath: RetainerStep[] }} found */
function toText({ nodeId, retainedBytes, retainerPath }) {
  const name = retainerPath.at(-1)?.name ?? 'object'
  const head = printable(`${name} @${nodeId} retains ${size(retainedBytes)}`)
  if (retainerPath.length === 0)
    return `${head}\n\nNo path from a GC root leads to it: it is the root itself, or unreachable.\n`
  return `${head}\n\n${retainerPath.map((step) => `  ${printable(line(step))}\n`).join('')}`
}

/** @param {RetainerStep} step */
function line({ name, edge, file, line: at }) {
  return [edge, '->', name, file && `(${shorten(file)}:${at})`].filter(Boolean).join(' ')
}

/** @param {string} file */
function shorten(file) {
  const relative = path.relative(process.cwd(), file)
  return path.isAbsolute(file) && !relative.startsWith('..') ? relative : file
}

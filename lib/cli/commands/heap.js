// @ts-check
// `leakguard heap`: what a snapshot holds, by class.

'use strict'

const { UsageError } = require('../errors.js')
const { checkArguments, withHeaps } = require('../snapshots.js')
const { count, printable, size } = require('../../base/text.js')
const { table } = require('../text.js')

const limitDefault = 20
const limitMax = 1_000_000

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'List the classes of a heap snapshot by retained size',
  positionals: 'FILE',
  options: {
    limit: { type: 'string', value: 'N', help: `Classes to show (default ${limitDefault})` },
    json: { type: 'boolean', help: 'Print JSON on stdout, sizes in bytes' }
  },
  run({ options, positionals }, io) {
    checkArguments('heap', positionals, ['FILE'])
    const limit = readLimit(options.limit)
    return withHeaps(positionals, io, ([graph]) => {
      const { nodeCount, edgeCount, selfBytes } = graph
      const summary = { nodeCount, edgeCount, selfBytes, classes: graph.classes({ limit }) }
      io.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : toText(summary, io.stdout.columns))
      return 0
    })
  }
}

/** @param {unknown} text */
function readLimit(text) {
  if (text === undefined) return limitDefault
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit
  throw new UsageError(`--limit must be a whole number from 1 to ${limitMax}, got ${text}`, 'heap')
}

/**
 * @param {{ nodeCount: number, edgeCount: number, selfBytes: number, classes: ReturnType<import('../../../index.js').HeapGraph['classes']> }} summary
 * @param {number} [columns]
 */
function toText({ nodeCount, edgeCount, selfBytes, classes }, columns) {
  const rows = classes.map((found) => [
    size(found.retainedBytes),
    size(found.shallowBytes),
    count(found.count),
    printable(found.name) || '(no name)'
  ])
  const totals = `${size(selfBytes)} in ${count(nodeCount)} nodes, ${count(edgeCount)} edges`
  return `${totals}\n\n${table(['retained', 'shallow', 'count', 'class'], rows, columns)}`
}

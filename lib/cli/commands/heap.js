// @ts-check
// `leakguard heap`: what a snapshot holds, by class.

'use strict'

const fs = require('node:fs')
const { UsageError } = require('../errors.js')
const { writeOutput } = require('../output.js')
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
    json: { type: 'boolean', help: 'Print JSON on stdout, sizes in bytes' },
    pprof: {
      type: 'string',
      value: 'OUT.pb.gz',
      help: 'Write who retains the memory as a pprof profile (mode 0600), no classes'
    }
  },
  run({ options, positionals }, io) {
    checkArguments('heap', positionals, ['FILE'])
    const limit = readLimit(options.limit)
    if (options.pprof !== undefined) {
      const other = ['json', 'limit'].find((name) => options[name] !== undefined)
      if (other)
        throw new UsageError(`--${other} is for classes, and --pprof lists none: leave one of them out`, 'heap')
      return writeProfile(positionals, String(options.pprof), io)
    }
    return withHeaps(positionals, io, ([graph]) => {
      const { nodeCount, edgeCount, selfBytes } = graph
      const summary = { nodeCount, edgeCount, selfBytes, classes: graph.classes({ limit }) }
      io.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : toText(summary, io.stdout.columns))
      return 0
    })
  }
}

/** What the program's strings say is forgotten: a profile goes to others. @param {string[]} files @param {string} target @param {import('../main.js').Io} io */
function writeProfile(files, target, io) {
  const { profileOfGraph } = require('../../pprof/profile.js')
  const write = async (/** @type {any[]} */ [graph]) => {
    const bytes = await profileOfGraph(graph, files[0], fs.statSync(files[0]).mtimeMs)
    io.stderr.write(`wrote ${await writeOutput(target, bytes)}, ${size(bytes.length)}\n`)
    return 0
  }
  return withHeaps(files, io, write, () => true, true)
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

// @ts-check
// `leakguard diff`: what grew from one snapshot to the next, and where it is held.

'use strict'

const { diffHeaps } = require('../../../index.js')
const { painter, paintReport } = require('../colour.js')
const { checkArguments, withHeaps } = require('../snapshots.js')

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Find what grew between two or three heap snapshots of a program, and name the line that holds it',
  positionals: 'BEFORE AFTER [FINAL]',
  options: { json: { type: 'boolean', help: 'Print the report as JSON on stdout' } },
  run({ options, positionals }, io) {
    checkArguments('diff', positionals, ['BEFORE', 'AFTER', 'FINAL'], 2)
    const compare = async (/** @type {import('../../../index.js').HeapGraph[]} */ [before, after, final]) => {
      const report = await diffHeaps(before, after, final)
      const text = () => paintReport(String(report), painter(io.stdout, io.env))
      io.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : text()}\n`)
      return report.findings.length > 0 ? 1 : 0
    }
    return withHeaps(positionals, io, compare, 'later')
  }
}

// @ts-check
// `leakguard diff`: what grew from one snapshot to the next, and where it is held.

'use strict'

const { diffHeaps } = require('../../../index.js')
const { painter, paintReport } = require('../colour.js')
const { htmlOption, writeHtml } = require('../output.js')
const { checkArguments, withHeaps } = require('../snapshots.js')

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show what grew between two or three heap snapshots, and the line that retains it',
  positionals: 'BEFORE AFTER [FINAL]',
  options: { json: { type: 'boolean', help: 'Print the report as JSON on stdout' }, ...htmlOption },
  run({ options, positionals }, io) {
    checkArguments('diff', positionals, ['BEFORE', 'AFTER', 'FINAL'], 2)
    const compare = async (/** @type {import('../../../index.js').HeapGraph[]} */ [before, after, final]) => {
      const report = await diffHeaps(before, after, final)
      const rendered = () => report.render('text', { columns: io.stdout.columns })
      const text = () => paintReport(rendered(), painter(io.stdout, io.env))
      io.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : text()}\n`)
      await writeHtml(options.html, report, io)
      return report.findings.length > 0 ? 1 : 0
    }
    // Who holds the memory is told of the last heap, where it is asked for.
    const isWhole = options.json === true || options.html !== undefined
    return withHeaps(positionals, io, compare, (at) => isWhole && at === positionals.length - 1)
  }
}

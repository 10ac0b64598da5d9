// @ts-check
// `leakguard compare`: what one version of a program does to the leaks of another.

'use strict'

const { compared } = require('../../report/compared.js')
const { timesOf } = require('../../report/format/text.js')
const { printable } = require('../../base/text.js')
const { painter, paintReport } = require('../colour.js')
const { UsageError } = require('../errors.js')
const { htmlOption, writeHtml } = require('../output.js')
const { budgetOf, budgetOption } = require('../versions/budget.js')
const { measureVersion, withVersions } = require('../versions/version.js')

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show what a change does to the leaks of an operation: what it fixes, and what is new',
  positionals: 'BEFORE AFTER -- OP.js',
  options: {
    json: { type: 'boolean', help: 'Print the report as JSON on stdout' },
    verbose: { type: 'boolean', help: 'Tell where the time of each measurement went' },
    ...budgetOption,
    ...htmlOption
  },
  async run({ options, positionals }, io) {
    if (positionals.length !== 3) {
      const what = 'compare takes BEFORE and AFTER (a file, a folder, name@version or a commit) and, after --, OP.js'
      throw new UsageError(`${what}; got ${positionals.length} arguments`, 'compare')
    }
    const budgetMs = budgetOf('compare', options)
    const [before, after, op] = positionals
    return withVersions(op, async (versions) => {
      const reports = []
      for (const name of [before, after]) {
        io.stderr.write(`measuring ${printable(name)} ...\n`)
        const measured = await measureVersion(await versions.ready(name), budgetMs)
        if (options.verbose) io.stderr.write(`${timesOf(measured)}\n`)
        reports.push(measured)
      }
      const report = compared(reports[0], reports[1])
      const told = report.examined.flatMap(({ what, text }) => (what === 'compared' ? `${text}\n` : []))
      const rendered = () => report.render('text', { columns: io.stdout.columns })
      const text = () => `${told.join('')}\n${paintReport(rendered(), painter(io.stdout, io.env))}`
      io.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : text()}\n`)
      await writeHtml(options.html, report, io)
      return report.verdict === 'leaking' ? 1 : 0
    })
  }
}

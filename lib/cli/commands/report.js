// @ts-check
// `leakguard report`: a report that was written as JSON, in the form that its reader wants.

'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { painter, paintReport } = require('../colour.js')
const { CommandError, UsageError, checkIsFile } = require('../errors.js')
const { BY_ENDING, writeOutput } = require('../output.js')
const { checkArguments } = require('../snapshots.js')
const { printable } = require('../../base/text.js')

const FORMATS = ['text', 'json', 'html', 'sarif', 'github', 'markdown']

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Convert a JSON report to text, HTML, Markdown, SARIF or GitHub annotations',
  positionals: 'REPORT.json',
  options: {
    output: {
      type: 'string',
      value: 'FILE',
      short: 'o',
      help: 'Write to FILE (mode 0600); its extension selects the format'
    },
    format: {
      type: 'string',
      value: 'NAME',
      help: `${FORMATS.join(', ')} (default: by the extension of FILE, else text)`
    },
    root: { type: 'string', value: 'DIR', help: 'Make paths in SARIF, GitHub and Markdown relative to DIR' }
  },
  async run({ options, positionals }, io) {
    checkArguments('report', positionals, ['REPORT.json'])
    const output = /** @type {string | undefined} */ (options.output)
    const format = formatOf(/** @type {string | undefined} */ (options.format), output)
    const root = options.root === undefined ? undefined : path.resolve(String(options.root))
    const report = read(positionals[0])
    if (output === undefined && format === 'text') {
      const text = report.render('text', { columns: io.stdout.columns, sparklines: io.stdout.isTTY === true })
      io.stdout.write(`${paintReport(text, painter(io.stdout, io.env))}\n`)
    } else {
      const text = report.render(/** @type {any} */ (format), { root })
      if (output === undefined) io.stdout.write(text)
      else io.stderr.write(`wrote ${await writeOutput(output, text)}\n`)
    }
    return report.verdict === 'leaking' ? 1 : 0
  }
}

/** @param {string | undefined} named @param {string | undefined} output */
function formatOf(named, output) {
  if (named !== undefined && !FORMATS.includes(named))
    throw new UsageError(`--format must be one of ${FORMATS.join(', ')}, got ${named}`, 'report')
  if (named !== undefined || output === undefined) return named ?? 'text'
  const format = BY_ENDING[path.extname(output).toLowerCase()]
  if (format) return format
  throw new UsageError(
    `--format is missing: the extension of ${output} is none of ${Object.keys(BY_ENDING).join(', ')}`,
    'report'
  )
}

/** @param {string} file @returns {import('../../../index.js').LeakReport} */
function read(file) {
  checkIsFile(file)
  try {
    return require('../../../index.js').LeakReport.from(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CommandError(printable(`${file}: ${/** @type {Error} */ (error).message}`), 2)
  }
}

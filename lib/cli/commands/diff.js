// @ts-check
// `leakguard diff`: what grew from one snapshot to the next, and where it is held.

'use strict'

const { diffHeaps } = require('../../../index.js')
const { painter, paintReport } = require('../colour.js')
const { UsageError } = require('../errors.js')
const { htmlOption, writeHtml } = require('../output.js')
const { looksLikeProfile } = require('../../pprof/read.js')
const { checkArguments, withHeaps } = require('../snapshots.js')

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show what grew between two or three heap snapshots, or two pprof profiles, and what retains it',
  positionals: 'BEFORE AFTER [FINAL]',
  options: {
    json: { type: 'boolean', help: 'Print the report as JSON on stdout' },
    ...htmlOption,
    type: { type: 'string', value: 'NAME', help: 'Of profiles: the sample type to compare (default: retained_space)' }
  },
  async run({ options, positionals }, io) {
    checkArguments('diff', positionals, ['BEFORE', 'AFTER', 'FINAL'], 2)
    if (positionals.some(looksLikeProfile)) return compareTwo(positionals, options, io)
    if (options.type !== undefined) throw new UsageError('--type is for pprof profiles (.pb.gz)', 'diff')
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

/** @param {string[]} files @param {import('../main.js').Input['options']} options @param {import('../main.js').Io} io */
async function compareTwo(files, options, io) {
  const other = files.find((file) => !looksLikeProfile(file))
  if (other !== undefined)
    throw new UsageError(`${other} is no compressed pprof profile, and another file is: compare like with like`, 'diff')
  if (files.length > 2) throw new UsageError(`of profiles two are compared, got ${files.length}`, 'diff')
  if (options.html !== undefined) throw new UsageError('--html is for heap snapshots: a profile has no report', 'diff')
  const { changesText, compareProfiles } = require('../profiles.js')
  const type = options.type === undefined ? undefined : String(options.type)
  const changes = await compareProfiles(files[0], files[1], type)
  io.stdout.write(options.json ? `${JSON.stringify(changes, null, 2)}\n` : changesText(changes, io.stdout.columns))
  return changes.rows.length + changes.leaks.length > 0 ? 1 : 0
}

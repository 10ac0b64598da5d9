// @ts-check
// `leakguard trend`: whether memory readings of hours or days show a leak.

'use strict'

const { painter, paintReport } = require('../colour.js')
const { CommandError, UsageError } = require('../errors.js')
const { htmlOption, writeHtml } = require('../output.js')
const { readSamples } = require('../series.js')
const { printable } = require('../../base/text.js')
const { sparkline } = require('../../report/format/text.js')

const WIDTH_MAX = 60

/** @typedef {ReturnType<typeof readSamples>} Samples */
/** @typedef {import('../../../index.js').TrendReport} TrendReport */

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Decide whether memory readings of hours or days show a leak',
  positionals: 'FILE',
  options: { json: { type: 'boolean', help: 'Print the report as JSON on stdout' }, ...htmlOption },
  async run({ options, positionals }, io) {
    const [file, more] = positionals
    if (file === undefined) throw new UsageError('FILE is missing', 'trend')
    if (more !== undefined) throw new UsageError(`unexpected argument: ${more}`, 'trend')
    const samples = readSamples(file)
    const report = judge(file, samples)
    io.stdout.write(options.json ? report.render('json') : toText(report, samples, io))
    await writeHtml(options.html, report, io)
    return report.verdict === 'leaking' ? 1 : 0
  }
}

/** @param {string} file @param {Samples} samples */
function judge(file, samples) {
  try {
    return require('../../../index.js').analyzeTrend(samples)
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    if (!code?.startsWith('ERR_LEAKGUARD_')) throw error
    throw new CommandError(printable(`${file}: ${message}`), 2)
  }
}

/** @param {TrendReport} report @param {Samples} samples @param {import('../main.js').Io} io */
function toText(report, samples, io) {
  const paint = painter(io.stdout, io.env)
  const line = io.stdout.isTTY ? curve(report.metric ?? 'heapUsed', samples) : ''
  return `${line}${paintReport(report.render('text', { columns: io.stdout.columns }), paint)}\n`
}

/** What the verdict rests on, as one line of bars. @param {string} metric @param {Samples} samples */
function curve(metric, samples) {
  const bars = sparkline({ points: levelsOf(metric, samples), unit: 'bytes' }, WIDTH_MAX)
  return bars && `${metric} ${bars}\n`
}

/** Floors where there are some, else what was read. @param {string} metric @param {Samples} samples */
function levelsOf(metric, samples) {
  const floor = { heapUsed: 'floor', external: 'floorExt' }[metric]
  const floors = samples.flatMap(({ t, gc }) => (floor && gc?.[floor] ? [[t, gc[floor]]] : []))
  if (floors.length > 1) return floors
  return samples.flatMap((sample) => {
    const value = metric === 'malloc' ? sample.malloc?.used : sample[metric]
    return typeof value === 'number' ? [[sample.t, value]] : []
  })
}

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
/** @typedef {import('../../../index.js').Trend} Trend */

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Judge memory readings of hours or days: do they show a leak?',
  positionals: 'FILE',
  options: { json: { type: 'boolean', help: 'Print JSON on stdout' }, ...htmlOption },
  async run({ options, positionals }, io) {
    const [file, more] = positionals
    if (file === undefined) throw new UsageError('FILE is missing', 'trend')
    if (more !== undefined) throw new UsageError(`one argument too many: ${more}`, 'trend')
    const samples = readSamples(file)
    const trend = judge(file, samples)
    io.stdout.write(options.json ? `${JSON.stringify(trend, null, 2)}\n` : toText(trend, samples, io))
    if (options.html !== undefined) await writeHtml(options.html, require('../../../index.js').reportTrend(samples), io)
    return trend.verdict === 'leaking' ? 1 : 0
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

/** @param {Trend} trend @param {Samples} samples @param {import('../main.js').Io} io */
function toText(trend, samples, io) {
  const paint = painter(io.stdout, io.env)
  const line = io.stdout.isTTY ? curve(trend.metric ?? 'heapUsed', samples) : ''
  return `${line}${paintReport(trend.message, paint)}\n`
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

// @ts-check
// A trend as a report: its series with floors, the fitted line and the onset. Knows shapes; the judgement is native.
'use strict'

const { createHash } = require('node:crypto')
const { LeakReport } = require('./leak-report.js')
const { thinned } = require('./report-details.js')
const { analyzeTrend } = require('./trend.js')

/** @typedef {Parameters<typeof import('..').analyzeTrend>[0]} Samples */
/** @typedef {'heapUsed' | 'external' | 'arrayBuffers' | 'rss' | 'malloc'} Metric */

const METRICS = /** @type {const} */ (['heapUsed', 'external', 'arrayBuffers', 'malloc', 'rss'])
/** What is looked at, as a finding calls it. @type {Record<Metric, import('..').Finding['kind']>} */
const KINDS = { heapUsed: 'heap', external: 'buffer', arrayBuffers: 'buffer', malloc: 'native', rss: 'native' }
/** The floor of a field after a major collection. @type {Partial<Record<Metric, 'floor' | 'floorExt'>>} */
const FLOORS = { heapUsed: 'floor', external: 'floorExt' }

/** @param {Samples[number]} sample @param {Metric} metric */
const reading = (sample, metric) => (metric === 'malloc' ? sample.malloc?.used : sample[metric])

/** @param {Samples} samples @param {(sample: Samples[number]) => number | null | undefined} read @returns {[number, number][]} */
function points(samples, read) {
  const startS = samples[0].t
  return samples.flatMap((sample) => {
    const value = read(sample)
    return typeof value === 'number' ? [/** @type {[number, number]} */ ([sample.t - startS, value])] : []
  })
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1]
}

/**
 * The fitted line: the rate that was judged, through the middle of the levels since the onset.
 * @param {[number, number][]} levels @param {number} onsetS @param {number} perHour
 */
function fitted(levels, onsetS, perHour) {
  const since = levels.filter(([at]) => at >= onsetS)
  if (since.length < 2) return {}
  const perSecond = perHour / 3600
  const [startS, endS] = [since[0][0], since[since.length - 1][0]]
  const base = median(since.map(([at, value]) => value - perSecond * (at - startS)))
  /** @type {[number, number][]} */
  const trend = [
    [startS, base],
    [endS, base + perSecond * (endS - startS)]
  ]
  return { trend }
}

/** @param {Samples} samples @param {import('..').Trend} trend @param {string} fingerprint @returns {import('..').ReportSeries[]} */
function seriesOf(samples, trend, fingerprint) {
  if (samples.length === 0) return []
  const rising = /** @type {Metric | undefined} */ (trend.metric)
  const order = [...METRICS].sort((a, b) => Number(b === rising) - Number(a === rising))
  const limit = samples.findLast((sample) => typeof sample.limit === 'number')?.limit
  return order.flatMap((metric) => {
    const read = points(samples, (sample) => reading(sample, metric))
    if (read.length < 2) return []
    const floor = FLOORS[metric]
    const floors = floor ? points(samples, (sample) => sample.gc?.[floor]) : []
    const isRising = metric === rising && trend.onsetIndex !== undefined && trend.perHour !== undefined
    const onset = isRising ? samples[Number(trend.onsetIndex)].t - samples[0].t : undefined
    return [
      {
        name: metric,
        unit: /** @type {const} */ ('bytes'),
        x: /** @type {const} */ ('seconds'),
        points: thinned(read),
        ...(floors.length > 1 ? { floors: thinned(floors) } : {}),
        ...(onset === undefined
          ? {}
          : { onset, ...fitted(floors.length > 1 ? floors : read, onset, Number(trend.perHour)) }),
        ...(metric === 'rss' && limit ? { limit } : {}),
        ...(isRising && trend.verdict === 'leaking' ? { fingerprint } : {})
      }
    ]
  })
}

/** The sentences of a message: what was found, and what to do. @param {string} message */
function split(message) {
  const found = message.replace(/^(?:leaking|clean|undecided): /, '')
  const at = found.lastIndexOf('). ')
  return at < 0 ? [found, found] : [found.slice(0, at + 1), found.slice(at + 3)]
}

/** See index.d.ts. @param {Samples} samples @returns {import('..').LeakReport} */
function reportTrend(samples) {
  const trend = analyzeTrend(samples)
  const [message, advice] = split(trend.message)
  const fingerprint = createHash('sha256').update(`trend ${trend.metric}`).digest('hex').slice(0, 16)
  const looked = [`${samples.length.toLocaleString('en')} memory readings`]
  const details = () => ({ series: seriesOf(samples, trend, fingerprint) })
  if (trend.verdict !== 'leaking') {
    const undecided = trend.verdict === 'undecided' ? [message] : []
    return new LeakReport({ verdict: trend.verdict, findings: [], undecided, looked }, details)
  }
  const metric = /** @type {Metric} */ (trend.metric)
  const fit = seriesOf(samples, trend, fingerprint).find(({ trend: ends }) => ends)?.trend
  const total = fit ? fit[1][1] - fit[0][1] : 0
  const perHour = Number(trend.perHour)
  /** @type {import('..').Finding} */
  const finding = {
    kind: KINDS[metric],
    message,
    culprit: { name: metric },
    growth: { unit: 'bytes', total: Math.max(0, Math.round(total)), perHour },
    confidence: trend.confidence ?? 'likely',
    evidence: [/\((.*)\)$/.exec(message)?.[1] ?? message],
    fingerprint,
    advice
  }
  return new LeakReport({ verdict: 'leaking', findings: [finding], looked }, details)
}

module.exports = { reportTrend }

// @ts-check
// Memory readings as series that a report can draw: what was read, floors, the fitted line. Knows shapes; the judgement is
// native.
'use strict'

const { thinned } = require('../report/details.js')

/** @typedef {Parameters<typeof import('../..').analyzeTrend>[0]} Samples */
/** @typedef {'heapUsed' | 'external' | 'arrayBuffers' | 'rss' | 'malloc'} Metric */

const METRICS = /** @type {const} */ (['heapUsed', 'external', 'arrayBuffers', 'malloc', 'rss'])
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

/**
 * @param {Samples} samples
 * @param {{ metric?: string, onsetIndex?: number, perHour?: number, fingerprint?: string }} trend `fingerprint`: of its finding
 * @returns {import('../..').ReportSeries[]}
 */
function seriesOf(samples, trend) {
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
        ...(isRising && trend.fingerprint ? { fingerprint: trend.fingerprint } : {})
      }
    ]
  })
}

module.exports = { seriesOf }

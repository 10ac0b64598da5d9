// @ts-check
// Medians, quantiles and intervals for benchmarks. Knows nothing of what is measured.
'use strict'

/** @param {number[]} values @param {number} q */
function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low)
}

/** @param {number[]} values */
const median = (values) => quantile(values, 0.5)

/**
 * Median of pairwise ratios b / a with a 95 % interval by bootstrap (percentile method, Efron 1979).
 * @param {number[]} a @param {number[]} b
 */
function ratio(a, b) {
  const ratios = a.map((value, i) => b[i] / value)
  const medians = Array.from({ length: 2000 }, () =>
    median(Array.from(ratios, () => ratios[Math.floor(Math.random() * ratios.length)]))
  )
  return { median: median(ratios), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}

/** @param {{ median: number, low: number, high: number }} r */
const show = (r) => `${r.median.toFixed(3)}x [${r.low.toFixed(3)}, ${r.high.toFixed(3)}]`

module.exports = { quantile, median, ratio, show }

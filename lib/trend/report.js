// @ts-check
// A trend as a report: its finding, and its series. Knows words and shapes; the judgement is native.
'use strict'

const { createHash } = require('node:crypto')
const { LeakReport } = require('../report/leak-report.js')
const { analyzeTrend } = require('./trend.js')
const { seriesOf } = require('./series.js')

/** @typedef {Parameters<typeof import('../..').analyzeTrend>[0]} Samples */
/** @typedef {'heapUsed' | 'external' | 'arrayBuffers' | 'rss' | 'malloc'} Metric */

/** What is looked at, as a finding calls it. @type {Record<Metric, import('../..').Finding['kind']>} */
const KINDS = { heapUsed: 'heap', external: 'buffer', arrayBuffers: 'buffer', malloc: 'native', rss: 'native' }

/** The sentences of a message: what was found, and what to do. @param {string} message */
function split(message) {
  const found = message.replace(/^(?:leaking|clean|undecided): /, '')
  const at = found.lastIndexOf('). ')
  return at < 0 ? [found, found] : [found.slice(0, at + 1), found.slice(at + 3)]
}

/** See index.d.ts. @param {Samples} samples @returns {import('../..').LeakReport} */
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
  /** @type {import('../..').Finding} */
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

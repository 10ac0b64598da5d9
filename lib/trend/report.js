// @ts-check
// `analyzeTrend`: memory readings, judged, as a report. Knows shapes; the judgement and its words are native.
'use strict'

const { LeakReport } = require('../report/leak-report.js')
const { examined, undecided } = require('../report/lines.js')
const { judge } = require('./trend.js')
const { seriesOf } = require('./series.js')

/** @typedef {Parameters<typeof import('../..').analyzeTrend>[0]} Samples */
/** @typedef {import('../../native.js').NativeTrend} NativeTrend */

/** See index.d.ts. @param {Samples} samples @returns {import('../..').TrendReport} */
function analyzeTrend(samples) {
  const trend = judge(samples)
  const { verdict, metric, onsetIndex, perHour, reachesLimitAt, message } = trend
  const confidence = /** @type {import('../..').Finding['confidence'] | undefined} */ (trend.confidence)
  const known = Object.entries({ metric, onsetIndex, perHour, confidence, reachesLimitAt }).filter(
    ([, value]) => value !== undefined
  )
  const readings = `${samples.length.toLocaleString('en')} memory readings`
  const report = new LeakReport(
    {
      verdict: /** @type {import('../..').Verdict} */ (verdict),
      findings: verdict === 'leaking' ? [findingOf(trend)] : [],
      undecided: verdict === 'undecided' ? [undecided(trend.reason ?? 'may-end', said(trend))] : [],
      examined: [examined('memory', verdict === 'clean' ? `${readings}: ${said(trend)}` : readings)],
      ofTrend: { ...Object.fromEntries(known), message },
      header: null
    },
    () => ({ series: seriesOf(samples, trend) })
  )
  return /** @type {import('../..').TrendReport} */ (/** @type {unknown} */ (report))
}

/** @param {NativeTrend} trend that says leaking @returns {import('../..').Finding} */
function findingOf({ facts, message, metric, perHour, evidence, fingerprint, advice }) {
  const { kind, confidence, subject, change } = /** @type {import('../findings/facts').Facts} */ (
    JSON.parse(String(facts))
  )
  return {
    kind,
    message,
    culprit: { name: metric },
    growth: { unit: 'bytes', total: Math.max(0, Math.round(change.total)), perHour },
    confidence,
    evidence,
    fingerprint: String(fingerprint),
    advice: String(advice),
    subject,
    change
  }
}

/** The sentence with the numbers that it rests on. @param {NativeTrend} trend */
const said = ({ message, evidence }) => (evidence.length > 0 ? `${message} (${evidence.join('; ')})` : message)

module.exports = { analyzeTrend }

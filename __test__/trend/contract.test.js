// @ts-check
// The words of analyzeTrend for samples that are none, and the shape of its answer.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { LeakReport, analyzeTrend } = require('../..')

/** @type {[what: string, samples: unknown, message: string][]} */
const mistakes = [
  ['no array', { t: 1 }, 'analyzeTrend: samples must be an array, not an object'],
  ['nothing', undefined, 'analyzeTrend: samples must be an array, not undefined'],
  ['a sample that is a number', [{ t: 1 }, 7], 'analyzeTrend: samples[1] must be an object, not 7'],
  ['a hole', [null], 'analyzeTrend: samples[0] must be an object, not null'],
  ['no time', [{ heapUsed: 1 }], 'analyzeTrend: samples[0].t must be a finite number (seconds), not undefined'],
  ['a time that is NaN', [{ t: Number.NaN }], 'analyzeTrend: samples[0].t must be a finite number (seconds), not NaN'],
  [
    'a Date',
    [{ t: new Date(0) }],
    'analyzeTrend: samples[0].t must be a finite number (seconds), not an instance of Date'
  ],
  [
    'times out of order',
    [{ t: 1 }, { t: 5 }, { t: 4 }],
    'analyzeTrend: samples[2].t must not be before that of samples[1] (5), got 4'
  ],
  [
    'text for bytes',
    [{ t: 1, rss: '12' }],
    'analyzeTrend: samples[0].rss must be a finite number from 0, or missing, not a string'
  ],
  [
    'negative bytes',
    [{ t: 1, external: -1 }],
    'analyzeTrend: samples[0].external must be a finite number from 0, or missing, not -1'
  ],
  [
    'NaN bytes',
    [{ t: 1, heapUsed: Number.NaN }],
    'analyzeTrend: samples[0].heapUsed must be a finite number from 0, or missing, not NaN'
  ],
  ['gc that is a number', [{ t: 1, gc: 3 }], 'analyzeTrend: samples[0].gc must be an object, not 3'],
  [
    'a field of gc',
    [{ t: 1, gc: { floor: 'x' } }],
    'analyzeTrend: samples[0].gc.floor must be a finite number from 0, or missing, not a string'
  ],
  [
    'a field of malloc',
    [{ t: 1, malloc: { used: Number.POSITIVE_INFINITY } }],
    'analyzeTrend: samples[0].malloc.used must be a finite number from 0, or missing, not Infinity'
  ]
]

for (const [what, samples, message] of mistakes) {
  test(`${what} is refused with index and field`, () => {
    assert.throws(() => analyzeTrend(/** @type {any} */ (samples)), { code: 'ERR_LEAKGUARD_INVALID_ARG', message })
  })
}

test('null is what was not read, and equal times are no mistake', () => {
  const samples = [{ t: 1, heapUsed: null, gc: null, malloc: { used: null } }, { t: 1 }]
  const report = analyzeTrend(samples)
  assert.ok(report instanceof LeakReport)
  assert.deepEqual(Object.keys(report.toJSON()), [
    'schemaVersion',
    'verdict',
    'findings',
    'undecided',
    'examined',
    'message'
  ])
  assert.equal(report.undecided[0].reason, 'short-history')
})

test('numbers of any size give numbers, and samples stay as they are', () => {
  for (const value of [0, 1e-9, 1, 1e300, Number.MAX_VALUE]) {
    const samples = Array.from({ length: 100 }, (_, i) =>
      Object.freeze({
        t: i * 1e6,
        heapUsed: value,
        rss: value,
        gc: Object.freeze({ major: 1, minor: 1, floor: value * (i / 100) })
      })
    )
    const { verdict, message, perHour } = analyzeTrend(samples)
    assert.match(verdict, /clean|leaking|undecided/)
    assert.ok(perHour === undefined || Number.isFinite(perHour), `${perHour}`)
    assert.ok(!/NaN|inf/.test(message), message)
  }
})

test('a leak has all of its properties', () => {
  const samples = Array.from({ length: 200 }, (_, i) => ({
    t: i * 600,
    heapUsed: 1e8 + i * 1e6 + (i % 7) * 1e5,
    limit: 1e9
  }))
  const trend = analyzeTrend(samples)
  const { metric, onsetIndex, perHour, confidence, reachesLimitAt, message } = trend
  assert.deepEqual([metric, typeof onsetIndex, confidence], ['heapUsed', 'number', 'certain'])
  assert.ok(Number(perHour) > 0 && Number(reachesLimitAt) > 0)
  const [finding] = trend.findings
  assert.deepEqual([finding.message, finding.kind, finding.culprit.name], [message, 'heap', 'heapUsed'])
  assert.ok(finding.evidence.length > 1 && finding.evidence.every((line) => !line.includes(message)))
  assert.match(finding.advice, /leakguard diff/)
  const read = LeakReport.from(JSON.stringify(trend))
  assert.deepEqual(read.toJSON(), trend.toJSON())
  assert.deepEqual(/** @type {any} */ (read).perHour, perHour)
})

test('external memory that no Buffer holds is native, and one metric has one fingerprint', () => {
  const samplesOf = (/** @type {(i: number) => object} */ read) =>
    Array.from({ length: 200 }, (_, i) => ({ t: i * 600, heapUsed: 1e8, external: 1e7 + i * 1e6, ...read(i) }))
  const found = (/** @type {(i: number) => object} */ read) => analyzeTrend(samplesOf(read)).findings[0]
  const native = found(() => ({ arrayBuffers: 1e6 }))
  const buffers = found((i) => ({ arrayBuffers: 9e6 + i * 1e6 }))
  assert.deepEqual([native.kind, native.culprit.name, buffers.kind], ['native', 'external', 'buffer'])
  assert.equal(native.fingerprint, found((i) => ({ arrayBuffers: 1e6, external: 1e7 + i * 2e6 })).fingerprint)
  assert.notEqual(native.fingerprint, buffers.fingerprint)
})

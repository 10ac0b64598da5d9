// @ts-check
// Where the time of a measurement went: told by the report, and in its text where that is wanted.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { LeakReport, measureLeaks } = require('../..')

test('a report tells where the time of its measurement went', async () => {
  /** @type {Map<number, object>} */
  const kept = new Map()
  const startMs = performance.now()
  const report = await measureLeaks(() => kept.set(kept.size, {}))
  const tookMs = performance.now() - startMs
  const times = report.details?.times ?? []
  const parts = new Map(times.map(({ part, ms }) => [part, ms]))
  for (const part of ['calls', 'rest', 'counts', 'snapshots'])
    assert.ok(Number(parts.get(/** @type {any} */ (part))) > 0, part)
  const sumMs = times.reduce((sum, { ms }) => sum + ms, 0)
  assert.ok(sumMs <= tookMs + times.length && sumMs > tookMs * 0.5, `${sumMs} of ${tookMs}`)
  const said = /\n\nTime: [\d.]+ s, of which calls [\d.]+ s, coming to rest .*, heap snapshots [\d.]+ s, comparing them/
  assert.match(report.render('text', { verbose: true }), said)
  assert.doesNotMatch(report.render('text'), said)
  assert.match(LeakReport.from(JSON.stringify(report)).render('text', { verbose: true }), said)
})

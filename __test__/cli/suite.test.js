// @ts-check
// `leakguard suite` without a suite: what it refuses before anything runs, what it says at the end, and how it spends time.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { Budget, CREDIT_MS, SETTLING_MS } = require('../../lib/suite/budget.js')
const { isArtefact } = require('../../lib/suite/artefacts.js')
const { Ledger } = require('../../lib/suite/ledger.js')
const { merged } = require('../../lib/suite/merge.js')
const { toTable } = require('../../lib/suite/table.js')
const { root, tempFolder } = require('../support/child.js')

/** @param {...string} args */
function suite(...args) {
  const bin = path.join(root, 'bin', 'leakguard.js')
  const { status, stderr } = spawnSync(process.execPath, [bin, 'suite', ...args], { encoding: 'utf8' })
  return { status, stderr }
}

test('refuses what never ends or runs elsewhere, and what it cannot read', () => {
  /** @type {[RegExp, ...string[]][]} */
  const refused = [
    [/the test runner is missing/],
    [/--watch: watch mode never ends/, '--', 'npx', 'jest', '--watch'],
    [/vitest watch: watch mode never ends/, '--', 'npx', 'vitest', 'watch'],
    [/--browser: tests in a browser run outside of Node\.js/, '--', 'npx', 'vitest', 'run', '--browser'],
    [/--budget must be a number from 1\.1 to 1000, got 1/, '--budget', '1', '--', 'npx', 'mocha'],
    [/--report: the extension of a\.pdf is none of \.html/, '--report', 'a.pdf', '--', 'npx', 'mocha'],
    [/--update-baseline needs --baseline FILE/, '--update-baseline', '--', 'npx', 'mocha']
  ]
  for (const [pattern, ...args] of refused) {
    const { status, stderr } = suite(...args)
    assert.equal(status, 2, stderr)
    assert.match(stderr, pattern)
  }
})

test('says that no test was heard of, and keeps the exit code of what ran', () => {
  const nothing = suite('--', 'node', '-e', '1')
  assert.equal(nothing.status, 2, nothing.stderr)
  assert.match(nothing.stderr, /no test of node was heard of/)
  assert.equal(suite('--', 'node', '-e', 'process.exitCode = 3').status, 3)
})

const finding = {
  kind: 'collection',
  message: "Map 'seen' gained 60 plain objects, 1 per call",
  culprit: { name: 'seen', file: '/app/lib.js', line: 2 },
  growth: { unit: 'count', total: 60, perOperation: 1 },
  confidence: 'certain',
  evidence: ['60 more'],
  fingerprint: '0123456789abcdef',
  advice: 'Delete entries.',
  subject: { type: 'objects', class: 'Visitor' },
  holder: { class: 'Map', name: 'seen' },
  frees: { bytes: 4000, count: 60, share: 1 }
}
/** @param {Partial<import('../../lib/suite/parts.js').Part>} more @returns {import('../../lib/suite/parts.js').Part} */
const part = (more) => ({
  runner: 'mocha',
  tests: 2,
  repeated: 1,
  spentMs: 100,
  ranMs: 200,
  skipped: [],
  leaks: [],
  open: [],
  ...more
})

describe('the end of a suite', () => {
  test('one leak of several processes is one row, with how many tests it was seen with', () => {
    const one = part({ leaks: [{ finding, tests: [{ name: 'a > b', file: 'a.js', perRun: 1 }] }] })
    const two = part({ leaks: [{ finding, tests: [{ name: 'c', file: 'b.js', perRun: 2 }] }] })
    const all = merged([one, two])
    assert.equal(all.report.verdict, 'leaking')
    assert.deepEqual([all.tests, all.repeated, all.leaks.length, all.leaks[0].tests.length], [4, 2, 1, 2])
    assert.match(toTable(all), /a > b \(\+1\) +Visitor objects +1 +Map 'seen' +\/app\/lib\.js:2 +4\.0 KB \(100 %\)/)
  })

  test('what is only a sign, or known, fails nothing', () => {
    const sign = part({ leaks: [{ finding: { ...finding, confidence: 'possible' }, tests: [] }] })
    assert.equal(merged([sign]).report.verdict, 'clean')
    const known = merged([part({ leaks: [{ finding, tests: [] }] })], () => true)
    assert.deepEqual([known.report.verdict, known.report.allowed], ['clean', 1])
  })

  test('tests that were not repeated are listed by their reason', () => {
    const skipped = ['a', 'b', 'c'].map((name) => ({
      name,
      file: 'a.js',
      why: name === 'c' ? 'it failed' : 'run 2 fails: no'
    }))
    assert.match(
      toTable(merged([part({ skipped })])),
      /Not repeated:\n {2}run 2 fails: no: 'a', 'b'\n {2}it failed: 'c'\n/
    )
  })
})

test('calls that mocks remember and records of runners are no leaks; a property of that name is', () => {
  const step = (/** @type {string} */ name, /** @type {string} */ property) => ({
    name,
    edge: `.${property}`,
    link: { type: 'property', name: property }
  })
  const held = (/** @type {any[]} */ ...retainerPath) =>
    /** @type {any} */ ({ ...finding, culprit: {}, holder: undefined, retainerPath })
  assert.equal(isArtefact(held(step('Object', 'mock'), step('Array', 'calls'))), true)
  assert.equal(isArtefact(held(step('Service', 'service'), step('Array', 'calls'))), false)
  assert.equal(
    isArtefact(/** @type {any} */ ({ ...finding, culprit: { file: '/a/node_modules/vitest/dist/a.js' } })),
    true
  )
  assert.equal(isArtefact(/** @type {any} */ (finding)), false)
})

describe('the budget', () => {
  test('is what all processes have earned, without what was spent', async (t) => {
    const file = path.join(tempFolder(t), 'ledger')
    let now = 1000
    const budget = new Budget(2.5, new Ledger(file), () => now)
    assert.equal(budget.leftMs(), 1500 + CREDIT_MS)
    await budget.spend(async () => {
      now += 500
      assert.equal(budget.leftMs(), 1500 + CREDIT_MS - 500, 'what is being spent just now counts')
    })
    const other = new Budget(2.5, new Ledger(file), () => 0)
    await other.spend(async () => {})
    assert.equal(other.leftMs(), 1500 + CREDIT_MS - 500)
    assert.equal(fs.statSync(file).mode & 0o077, 0)
  })

  test('has time for suspicions even where nothing is left, and not without end', async () => {
    let now = 100
    const budget = new Budget(1.1, undefined, () => now)
    assert.equal(budget.settlingMs(), SETTLING_MS)
    await budget.spend(() =>
      budget.settle(async () => {
        now += SETTLING_MS
      })
    )
    assert.equal(budget.settlingMs(), 0)
  })
})

'use strict'
// @ts-check
// What a failing test shows: the headline first, no more than 25 lines, paths from the program's own module on, and all of it
// when it is asked for.

const assert = require('node:assert/strict')
const { afterEach, test } = require('node:test')
const { LeakReport } = require('leakguard')
const { failureText, toldShort } = require('../../lib/runners/failure-text.js')
const { LeakError } = require('../../lib/base/errors.js')
const { sample } = require('../report/sample.js')

afterEach(() => {
  delete process.env.LEAKGUARD_VERBOSE
})

const [model] = sample().findings
/** @param {object} parts */
const finding = (parts) => ({ ...model, ...parts })
/** @param {object[]} findings */
const reportOf = (findings) =>
  LeakReport.from({ schemaVersion: 2, verdict: 'leaking', findings, undecided: [], examined: [], allowed: 0 })
const step = (/** @type {string} */ name, /** @type {string} */ file = '') => ({
  name,
  edge: `.${name}`,
  ...(file ? { file, line: 1 } : {})
})

test('begins with the headline, and the path with the own module', () => {
  const retainerPath = [
    { name: '(GC root)', edge: '(GC root)' },
    step('runner', '/app/node_modules/jest-runner/index.js'),
    step('registry'),
    step('module', '/app/src/shop.js'),
    step('orders'),
    step('dep', '/app/node_modules/lib/index.js')
  ]
  const evidence = Array.from({ length: 20 }, () => 'it rose')
  const lines = failureText(reportOf([finding({ retainerPath, evidence })])).split('\n')
  assert.equal(lines[0], 'leakguard: leaking, 1 finding')
  assert.match(lines[2], /^1\. collection, certain: /)
  const text = lines.join('\n')
  assert.doesNotMatch(text, /jest-runner|registry|it rose|^ *at \S+:\d/m)
  assert.match(text, /\.module -> module \(\S*shop\.js:1\)\n.*orders.*\n.*\.dep -> dep/)
  assert.match(text, /\n… \d+ more lines: LEAKGUARD_VERBOSE=1$/)
})

test('a path that has no file of its own is whole', () => {
  const retainerPath = [step('global'), step('cache', '/app/node_modules/lib/index.js')]
  assert.match(failureText(reportOf([finding({ retainerPath, evidence: ['it rose'] })])), /- it rose/)
  assert.match(failureText(reportOf([finding({ retainerPath })])), /\.global -> global/)
})

test('has at most 25 lines, whatever there is to say, and each finding while there is room', () => {
  for (const [many, steps] of [
    [1, 80],
    [3, 30],
    [5, 0],
    [60, 10]
  ]) {
    const retainerPath = Array.from({ length: steps }, (_, i) => step(`s${i}`, '/app/a.js'))
    const findings = Array.from({ length: many }, (_, i) =>
      finding({ retainerPath, message: `leak ${i}`, fingerprint: String(i).padStart(16, '0') })
    )
    const lines = failureText(reportOf(findings)).split('\n')
    assert.ok(lines.length <= 25, `${many} findings of ${steps} steps: ${lines.length} lines`)
    assert.equal(lines.filter((line) => /^\d+\. /.test(line)).length, Math.min(many, 22))
    assert.ok(lines.some((line) => line.includes('fingerprint: 0000000000000000')) || many > 20)
    assert.match(String(lines.at(-1)), /more lines: LEAKGUARD_VERBOSE=1$/)
  }
})

test('is the whole report with LEAKGUARD_VERBOSE=1', () => {
  process.env.LEAKGUARD_VERBOSE = '1'
  const report = sample()
  assert.equal(failureText(report), String(report).replace(/^( +)at /gm, '$1at: '))
})

test('says why nothing was decided', () => {
  const at = '2026-11-29T12:00:00.000Z'
  const undecided = [{ text: 'too few calls', reason: 'calls', at }]
  const report = LeakReport.from({ schemaVersion: 2, verdict: 'undecided', findings: [], undecided, examined: [] })
  assert.match(failureText(report), /^leakguard: undecided\n\nNot decided yet:\n {2}- too few calls/)
})

test('is the message of an error, whose frames stay', () => {
  const error = new LeakError(sample())
  const short = /** @type {any} */ (toldShort(error))
  assert.deepEqual([short.code, short.report], ['ERR_LEAKGUARD_LEAK', error.report])
  assert.equal(short.message, failureText(error.report))
  assert.match(short.stack, /\n {4}at .*failure-text\.test\.js:\d+:\d+\)?/)
  const other = new Error('of the operation')
  assert.equal(toldShort(other), other)
})

// @ts-check
// What a change does to the leaks of an operation: what is fixed, what is as before, what is new, and what cannot be said.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { LeakReport, compareLeaks } = require('../..')
const { changesOf, compared } = require('../../lib/report/compared.js')

/** @param {string} name @param {number} perOperation @param {Partial<import('../..').Finding>} [more] @returns {import('../..').Finding} */
const finding = (name, perOperation, more = {}) => ({
  kind: 'collection',
  message: `Map '${name}' gained some`,
  culprit: { name, file: '/app/a.js', line: 3 },
  growth: { unit: 'count', total: 100, perOperation },
  confidence: 'certain',
  evidence: [],
  fingerprint: `of ${name}`,
  advice: 'Delete entries.',
  subject: { type: 'objects' },
  change: { type: 'heaps' },
  ...more
})

/** @param {import('../..').Verdict} verdict @param {import('../..').Finding[]} [findings] */
const report = (verdict, findings = []) =>
  new LeakReport({
    verdict,
    findings,
    undecided: verdict === 'undecided' ? [{ text: 'too few calls', reason: 'few-calls', at: '' }] : []
  })

/** @param {LeakReport} report */
const told = ({ examined }) => examined.flatMap(({ what, text }) => (what === 'compared' ? text : []))

describe('a change', () => {
  test('has fixed what the second no longer leaks, if that is clean', () => {
    const fixed = compared(report('leaking', [finding('a', 1)]), report('clean'))
    assert.equal(fixed.verdict, 'clean')
    assert.deepEqual(told(fixed), ["fixed: collection 'a' (/app/a.js:3), 1 per call before, none after"])
    const other = compared(report('leaking', [finding('a', 1)]), report('undecided'))
    assert.equal(other.verdict, 'undecided')
    assert.deepEqual(told(other), [
      "not seen any more: collection 'a' (/app/a.js:3), 1 per call before, nothing told after"
    ])
  })

  test('has fixed nothing where the same leaks, under another name or file too', () => {
    const before = [finding('a', 1), finding('b', 2)]
    const after = [finding('a', 1.2, { fingerprint: 'moved' }), finding('c', 4)]
    const outcomes = changesOf(before, after, 'leaking').map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, ['same', 'unseen', 'new'])
    assert.deepEqual(
      changesOf([finding('b', 2)], [finding('c', 4)], 'leaking').map(({ outcome }) => outcome),
      ['more'],
      'the only one of its kind'
    )
    assert.deepEqual(
      changesOf([finding('a', 1)], [finding('a', 0.1)], 'leaking').map(({ outcome }) => outcome),
      ['less']
    )
  })

  test('may bring a leak of its own', () => {
    const worse = compared(report('clean'), report('leaking', [finding('a', 1)]))
    assert.equal(worse.verdict, 'leaking')
    assert.deepEqual(told(worse), [
      "new: collection 'a' (/app/a.js:3), none before, 1 per call after",
      'nothing leaked before'
    ])
  })

  test('is not judged where the first was not', () => {
    const open = compared(report('undecided'), report('clean'))
    assert.equal(open.verdict, 'undecided')
    assert.match(open.undecided[0].text, /whether it leaked before could not be decided: too few calls/)
  })

  test('is measured on both operations', async () => {
    const kept = new Map()
    const leaky = () => kept.set({}, 1)
    const fixed = await compareLeaks(leaky, () => new Map().set({}, 1))
    assert.equal(fixed.verdict, 'clean')
    assert.match(
      told(fixed).join(),
      /^fixed: collection 'kept' \(.*compare\.test\.js:\d+\), 1 per call before, none after$/
    )
    const same = await compareLeaks(leaky, leaky)
    assert.equal(same.verdict, 'leaking')
    assert.match(told(same).join(), /^leaks as before: /)
    await assert.rejects(compareLeaks(leaky, /** @type {any} */ (1)), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  })
})

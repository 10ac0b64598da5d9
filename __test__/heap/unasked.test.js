// @ts-check
// When a copy of the process may be made that nobody asked for: within one budget, and not where the program needs the CPU.
'use strict'

const assert = require('node:assert/strict')
const { afterEach, beforeEach, test } = require('node:test')
const { CopyBudget } = require('../../lib/heap/unasked.js')
const native = require('../../lib/base/native.js')
const { TestClock } = require('../support/clock.js')

/** @type {TestClock} */
let clock
beforeEach(() => {
  clock = new TestClock()
})
afterEach(() => clock.restore())

/** @param {Partial<import('../../native.js').NativeQuotas>} [quotas] */
const budgetOf = (quotas) => new CopyBudget(() => ({ throttled: 0, ...quotas }))

test('20 s of CPU time, and half a per cent of an hour at once, with what the next one may take', () => {
  const budget = budgetOf()
  assert.deepEqual([budget.whyNot(), budget.affords()], [undefined, Infinity])
  for (let i = 0; i < 8; i++) budget.spent(3_500)
  assert.equal(budget.whyNot(), undefined)
  budget.spent(5_000)
  assert.equal(budget.affords(), 1)
  budget.spent(6_000)
  assert.match(
    String(budget.whyNot()),
    /have used 39 s .* 20 s and 0\.5 % of the time, .* the next one is due in 5000 s/
  )
  clock.ms += 4_999_000
  assert.match(String(budget.whyNot()), /due in 1 s/)
  clock.ms += 1_001
  assert.equal(budget.whyNot(), undefined)
})

test('none in a group that may use less than a CPU, or has few processes left', () => {
  assert.match(String(budgetOf({ cpus: 0.5 }).whyNot()), /may use 0\.5 of a CPU/)
  assert.match(String(budgetOf({ tasksLeft: 15 }).whyNot()), /may start 15 more processes, and 16 are left/)
  assert.equal(budgetOf({ cpus: 1, tasksLeft: 16 }).whyNot(), undefined)
})

test('none for a minute after the group had to wait for CPU time', () => {
  let throttled = 7
  const budget = new CopyBudget(() => ({ throttled }))
  assert.equal(budget.whyNot(), undefined)
  throttled = 8
  assert.equal(budget.whyNot(), undefined, 'it is not asked at each look')
  clock.ms += 10_000
  assert.match(String(budget.whyNot()), /had to wait for CPU time within the last 60 s/)
  clock.ms += 60_001
  assert.equal(budget.whyNot(), undefined)
})

test('the groups of this process say what they allow', () => {
  const { cpus, throttled, tasksLeft } = native.groupQuotas()
  assert.ok(throttled >= 0)
  for (const left of [cpus, tasksLeft]) assert.ok(left === undefined || left === null || left >= 0)
})

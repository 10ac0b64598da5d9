// @ts-check
// Knows how to leak until a guard says so, and how to find one count among many.
// Must not know what is judged how: limits and rules are the product's.
'use strict'

const assert = require('node:assert/strict')
const { setTimeout: wait } = require('node:timers/promises')

/** Long enough on a busy machine; what leaks is found in a fraction of a second. */
const PATIENCE_MS = 20_000

/**
 * Repeats a leaky step and checks after each, until a finding of this kind is there.
 * @param {{ check(): import('../..').LeakReport }} guard
 * @param {() => unknown} step
 * @param {(finding: import('../..').Finding) => boolean} [wanted]
 */
async function leakUntilFound(guard, step, wanted = (finding) => finding.confidence !== 'possible') {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    step()
    await wait(20)
    const report = guard.check()
    const finding = report.findings.find(wanted)
    if (finding) return { report, finding }
    assert.ok(performance.now() < untilMs, `not found in ${PATIENCE_MS} ms:\n${report}`)
  }
}

/**
 * How many of what has this label are held now, over all counts of the pool.
 * @param {import('../..').Guard} guard @param {string} label @param {RegExp} [pool]
 */
function live(guard, label, pool = /./) {
  const found = guard.stats().counts.filter((count) => count.label === label && pool.test(count.pool))
  return found.reduce((sum, count) => sum + count.live, 0)
}

/** @param {() => boolean | Promise<boolean>} condition */
async function until(condition) {
  const untilMs = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    assert.ok(performance.now() < untilMs, `not so within ${PATIENCE_MS} ms: ${condition}`)
    await wait(20)
  }
}

module.exports = { leakUntilFound, live, until }

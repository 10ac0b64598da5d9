// @ts-check
// Memory that comes in pages: steps that are rare and regular, and do not go. Knows the readings of a trial, no objects.
'use strict'

const { nowMs } = require('../base/clock.js')
const { DOSES, LOOKS } = require('./doses.js')
const { EBB_SHARE, leaking, sum } = require('./suspicion.js')

/** A step of memory that comes in pages, in bytes; so many, this regular, at distances that are looked for in so many calls. */
const PAGE_BYTES = 65_536
const STEPS_ENOUGH = 3
const STEPS_SPREAD = 2
const STEP_CALLS = 20
const STEPS_MS = 1000

/**
 * Memory that grows in pages rises once in many calls: a step that did not go asks for more calls, until there are three
 * or none for as long as three would take.
 * @param {import('./trial.js').TrialLike} trial
 * @returns {Promise<import('./suspicion.js').Judgement | undefined>} nothing where it was none
 */
async function judgeSteps(trial) {
  const looks = trial.doses.length
  const rises = trial.memory.external[looks] - trial.memory.external[0]
  const falls = (/** @type {number} */ i) => trial.memory.external[i + 1] < trial.memory.external[i] - PAGE_BYTES
  if (trial.isCounting || looks < DOSES.length || rises < PAGE_BYTES || trial.doses.some((_, i) => falls(i))) return
  const untilMs = Math.min(nowMs() + Math.max(STEPS_MS, trial.budgetMs * 0.2), trial.endMs)
  const startCalls = trial.runner.calls
  const start = trial.externalBytes()
  /** Calls at which it rose. @type {number[]} */
  const steps = []
  let [level, longest] = [start, sum(trial.doses)]
  while (nowMs() < untilMs && !trial.runner.isFull && steps.length <= STEPS_ENOUGH) {
    const calls = trial.runner.calls - startCalls
    if (calls - (steps.at(-1) ?? 0) > STEPS_ENOUGH * longest) return
    await trial.runner.run(
      steps.length === 0 ? STEP_CALLS : Math.max(1, Math.min(STEP_CALLS, Math.round(longest / 8))),
      untilMs
    )
    const now = trial.externalBytes()
    if (now >= level + PAGE_BYTES) {
      steps.push(trial.runner.calls - startCalls)
      if (steps.length > 1) longest = Math.max(...gapsOf(steps))
      level = now
    } else if (now < level - PAGE_BYTES) return
  }
  const gaps = gapsOf(steps)
  if (gaps.length < STEPS_ENOUGH || Math.max(...gaps) > Math.min(...gaps) * STEPS_SPREAD + 2 * STEP_CALLS) return
  await trial.look(LOOKS, false)
  const total = trial.externalBytes() - start
  if (total < (level - start) * (1 - EBB_SHARE)) return
  const calls = trial.runner.calls - startCalls
  trial.doses = [calls]
  return leaking([
    {
      source: 'memory',
      name: 'external',
      response: 'proportional',
      total,
      perCall: total / calls,
      late: 1,
      readings: [start, start + total]
    }
  ])
}

/** @param {number[]} points */
const gapsOf = (points) => points.slice(1).map((point, i) => point - points[i])

module.exports = { judgeSteps }

// @ts-check
// Operations that leave nothing behind, one after the other in one process as suites have them: never an accusation.
// `npm run soak` measures more of them, thousands of times.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode } = require('../support/child.js')
const { CLEAN } = require('./operations/clean.js')

const RUNNER = path.join(__dirname, 'operations', 'run.js')
/** Every second one, and those that were the hardest. */
const NAMES = Object.keys(CLEAN).filter((name, i) => i % 2 === 0 || /fetch|cache of|slow queue/.test(name))
const UNDECIDED_MAX = 3

test(`${NAMES.length} clean operations are not accused`, async (t) => {
  const ended = await runNode([RUNNER, JSON.stringify(NAMES)], { cwd: root, timeoutMs: 300_000 })
  assert.equal(ended.code, 0, ended.stderr)
  const outcomes = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(outcomes.length, NAMES.length)
  for (const { name, verdict, text } of outcomes) assert.notEqual(verdict, 'leaking', `${name}\n${text}`)
  const undecided = outcomes.filter(({ verdict }) => verdict !== 'clean')
  for (const { name, text } of undecided) t.diagnostic(`${name} is undecided\n${text}`)
  assert.ok(undecided.length <= UNDECIDED_MAX, `${undecided.length} are undecided`)
})

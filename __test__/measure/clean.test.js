// @ts-check
// Operations that leave nothing behind, one after the other in one process as suites have them: never an accusation.
// What is undecided among others is measured again in a process of its own. `npm run soak` measures more of them,
// thousands of times.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode } = require('../support/child.js')
const { draw } = require('../support/draw.js')
const { judgeLive } = require('../support/live.js')
const { CLEAN } = require('./operations/clean.js')

const RUNNER = path.join(__dirname, 'operations', 'run.js')
const KIND = 'clean operation'
/** One of so many is measured every day; LEAKGUARD_TEST_ALL=1 all. */
const NAMES = draw(KIND, Object.keys(CLEAN), 1 / 4)

/** What only more calls than there is time for can tell from a leak may stay undecided. */
const MAY_BE_UNDECIDED = new Set(["an agent's free sockets, the wider the rarer"])

/** @param {string[]} names @returns {Promise<any[]>} their outcomes */
async function measured(names) {
  const ended = await runNode([RUNNER, JSON.stringify(names)], { cwd: root, timeoutMs: 600_000 })
  const lines = ended.stdout.split('\n').filter(Boolean)
  assert.equal(
    ended.code,
    0,
    `exit code ${ended.code ?? ended.signal} after ${lines.length} of ${names}\n${ended.stderr}`
  )
  return lines.map((line) => JSON.parse(line))
}

test(`${NAMES.length} clean operations are not accused`, async (t) => {
  const together = await measured(NAMES)
  assert.deepEqual(
    together.map(({ name }) => name),
    NAMES
  )
  for (const first of together) {
    const { name } = first
    await t.test(name, async (t) => {
      let outcome = first
      await judgeLive(t, { kind: KIND, name, expected: 'clean' }, async () => {
        outcome ??= (await measured([name]))[0]
        const { verdict, text, ms } = outcome
        outcome = undefined
        const isRight = verdict === 'clean' || (verdict === 'undecided' && MAY_BE_UNDECIDED.has(name))
        return { verdict, ms, wrong: isRight ? '' : `the verdict is ${verdict}\n${text}` }
      })
    })
  }
})

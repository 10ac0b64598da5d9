// @ts-check
// What holds memory that grows: two graphs of copies, and the container that gained most of what the heap did.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { worded } = require('../../lib/findings/findings.js')
const native = require('../../lib/base/native.js')
const { MemoryHolders } = require('../../lib/memory/holders.js')
const { runNode } = require('../support/child.js')

const FASTER = 1000
/** @type {Map<number, object>} */
const sessions = new Map()
/** @type {import('../../lib/findings/facts').Facts} */
const memory = {
  kind: 'heap',
  confidence: 'likely',
  subject: { type: 'memory', metric: 'heapUsed' },
  change: {
    type: 'grew',
    from: 1e6,
    to: 2e6,
    sinceMs: 0,
    untilMs: 1000,
    steps: 12,
    intervals: 12,
    lateShare: 0.5,
    live: 2e6,
    highWater: 2e6,
    exact: true
  }
}
const grow = () => {
  for (let i = 0; i < 20_000; i++) sessions.set(sessions.size, { user: `secret ${i}`, tags: [i] })
}

/** @param {InstanceType<typeof MemoryHolders>} holders */
async function answer(holders) {
  const before = holders.answers
  for (let i = 0; i < 600 && holders.answers === before; i++) {
    holders.tick()
    await wait(50)
  }
  assert.equal(holders.lost, '')
}

describe('what holds memory that grows', { skip: native.forkUnsupported() ?? false }, () => {
  test('is the container that gained, with its line, and no value of the program', async () => {
    const holders = new MemoryHolders('heap', FASTER)
    assert.deepEqual(holders.explained(memory), memory)
    assert.deepEqual(holders.suspect(), [])
    grow()
    holders.want('heap')
    while (holders.isBusy) await wait(20)
    grow()
    await answer(holders)
    const { message, culprit, evidence, kind, confidence, fingerprint } = worded(holders.explained(memory))
    assert.deepEqual([kind, confidence, culprit.name, culprit.file], ['heap', 'likely', 'sessions', __filename])
    assert.match(message, /^Map 'sessions' \(.*holders\.test\.js:\d+\) gained 20,000 .*; memory \(heapUsed\) grew from/)
    assert.match(evidence.join('\n'), /is \d+ % of what the heap gained/)
    assert.doesNotMatch(JSON.stringify([message, evidence]), /secret/)
    assert.equal(fingerprint, worded(memory).fingerprint)
    assert.equal(holders.suspect()[0].confidence, 'possible')
    // Native memory is in no graph, and nobody asks again at once.
    assert.deepEqual(holders.explained({ ...memory, kind: 'native' }), { ...memory, kind: 'native' })
    holders.want('heap')
    assert.equal(holders.isAsking(), false)
    holders.stop()
  })

  test('is nobody where the heap gained nothing that has a holder', async () => {
    const holders = new MemoryHolders('heap', FASTER)
    holders.want('heap')
    await answer(holders)
    // What the test runner has gained meanwhile is not asked about.
    assert.notEqual(holders.known?.facts.name, 'sessions')
    holders.stop()
  })
})

test('a program that has nothing more to do does not wait for a graph', {
  skip: native.forkUnsupported() ?? false
}, async () => {
  const { stdout } = await runNode([
    path.join(__dirname, '..', 'programs', 'memory', 'a-program-that-ends-during-a-graph.js')
  ])
  assert.deepEqual(JSON.parse(stdout), { rows: 2_000_000, graph: false, lost: 'aborted by the caller' })
})

test('no graph is taken where none may be', () => {
  for (const mode of /** @type {const} */ (['never', 'profile', 'census'])) {
    const holders = new MemoryHolders(mode)
    holders.want('heap')
    assert.equal(holders.isBusy, false)
  }
  const holders = new MemoryHolders('heap')
  holders.want('native')
  assert.equal(holders.isBusy, false)
})

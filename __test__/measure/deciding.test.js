'use strict'
// @ts-check
// What decides an assertion when time is short: exact counts come first, a budget is kept, and an answer that is none
// is said or fails.

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { describe, test } = require('node:test')
const { assertNoLeaks, measureLeaks } = require('../../index.js')
const native = require('../../lib/base/native.js')
const { Explanation } = require('../../lib/measure/explain.js')
const { root, runNode } = require('../support/child.js')

/** Keeps the thread busy. @param {number} ms */
function work(ms) {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

describe('listeners that stay', () => {
  test('are told with their line without a census or a snapshot', async () => {
    const bus = new EventEmitter().setMaxListeners(0)
    const report = await measureLeaks(() => void bus.on('config', () => {}), { heap: 'never' })
    assert.equal(report.verdict, 'leaking', String(report))
    const [{ kind, confidence, culprit }] = report.findings
    assert.deepEqual([kind, confidence, culprit.file], ['listener', 'certain', __filename])
    assert.doesNotMatch(report.examined[0].text, /live objects/)
  })

  test('are told after the rounds that there was time for', async () => {
    const bus = new EventEmitter().setMaxListeners(0)
    const signal = new AbortController().signal
    const op = () => {
      work(4)
      bus.on('config', () => {})
      signal.addEventListener('abort', () => {})
    }
    // Long enough for some rounds of this, and for no stage with a census.
    const report = await measureLeaks(op, { budgetMs: 1000, heap: 'never' })
    assert.equal(report.verdict, 'leaking', String(report))
    assert.ok(report.findings.every(({ kind, culprit }) => kind === 'listener' && culprit.file === __filename))
  })

  test('of emitters that come and go are none', async () => {
    const op = () => void new EventEmitter().on('config', () => {})
    assert.equal((await measureLeaks(op, { heap: 'never' })).verdict, 'clean')
  })

  test('that are taken off a moment later are none', async () => {
    const bus = new EventEmitter().setMaxListeners(0)
    const op = () => {
      const listener = () => {}
      bus.on('config', listener)
      setTimeout(() => bus.off('config', listener), 20)
    }
    assert.notEqual((await measureLeaks(op, { heap: 'never' })).verdict, 'leaking')
  })
})

describe('a budget', () => {
  test('that is spent begins no call, and the report names what could not be interrupted', async () => {
    let calls = 0
    const op = () => {
      calls++
      work(60)
    }
    const report = await measureLeaks(op, { budgetMs: 100 })
    assert.equal(report.verdict, 'undecided', String(report))
    assert.ok(calls <= 3, `${calls} calls of 60 ms in 100 ms`)
    assert.match(report.undecided[0].text, /too few to tell: raise budgetMs/)
    assert.match(
      JSON.stringify(report.examined),
      /instead of 100 ms; the longest steps, which cannot be interrupted: one call \d+ ms/
    )
  })

  test('that is spent begins no snapshot', async () => {
    /** @type {object[]} */
    const kept = []
    /** @type {string[]} */
    const phases = []
    const op = () => {
      work(30)
      kept.push({})
    }
    const report = await measureLeaks(op, { budgetMs: 100, onProgress: ({ phase }) => phases.push(phase) })
    assert.notEqual(report.verdict, 'clean', String(report))
    assert.ok(!phases.includes('explain'), phases.join())
  })
})

describe('an assertion that cannot tell', () => {
  const program = `require(${JSON.stringify(root)}).assertNoLeaks(() => {}).then(() => console.log('green'), (error) => console.log('red', error.code))`
  /** @param {Record<string, string>} more */
  const run = (more) =>
    runNode(['-e', program], { cwd: root, env: { LEAKGUARD_DISABLE: '1', NODE_NO_WARNINGS: '1', ...more } })

  test('passes with one line on stderr, warnings or not', async () => {
    const { stdout, stderr } = await run({})
    assert.equal(stdout.trim(), 'green')
    assert.deepEqual(stderr.match(/^.*PASSED WITHOUT AN ANSWER.*$/gm)?.length, 1, stderr)
    assert.match(stderr, /PASSED WITHOUT AN ANSWER: .*: LEAKGUARD_DISABLE is set.*LEAKGUARD_UNDECIDED=fail/)
  })

  test('fails with LEAKGUARD_UNDECIDED=fail, and says what it may be', async () => {
    assert.equal((await run({ LEAKGUARD_UNDECIDED: 'fail' })).stdout.trim(), 'red ERR_LEAKGUARD_LEAK')
    assert.equal((await run({ LEAKGUARD_UNDECIDED: 'loud' })).stdout.trim(), 'red ERR_LEAKGUARD_INVALID_ARG')
  })

  test('follows its own option first', async () => {
    process.env.LEAKGUARD_UNDECIDED = 'fail'
    process.env.LEAKGUARD_DISABLE = '1'
    try {
      assert.equal((await assertNoLeaks(() => {}, { undecided: 'pass' })).verdict, 'undecided')
    } finally {
      delete process.env.LEAKGUARD_UNDECIDED
      delete process.env.LEAKGUARD_DISABLE
    }
  })
})

test('a few sockets of a burst that comes rarely bear nothing out', () => {
  const trial = /** @type {any} */ ({ native, runner: { calls: 0 } })
  /** @param {number} perCall @param {number} count @param {number} calls */
  const isBorneOut = (perCall, count, calls) => {
    const socket = /** @type {any} */ ({
      source: 'count',
      name: 'handle:TCPSocketWrap',
      perCall,
      response: 'proportional'
    })
    const explanation = new Explanation(trial, [socket], { heap: 'never', isDoubtful: true })
    explanation.ran = [calls]
    return explanation.isInProportion(count)
  }
  assert.equal(isBorneOut(1 / 15, 2, 30), false)
  assert.equal(isBorneOut(1 / 15, 20, 300), true)
  assert.equal(isBorneOut(1, 3, 3), true)
})

describe('memory that nothing is seen to hold', () => {
  /** A kilobyte a call, and what two rounds of calls made of heap graphs. @param {number[]} bytes @returns {unknown[]} */
  const accused = (bytes) => {
    const trial = /** @type {any} */ ({ native, runner: { calls: 0 } })
    const total = 1e6
    const heap = /** @type {any} */ ({ source: 'memory', name: 'heap', perCall: 1000, total, response: 'proportional' })
    const explanation = new Explanation(trial, [heap], { heap: 'auto', isDoubtful: false })
    Object.assign(explanation, { graphs: bytes.map((selfBytes) => ({ selfBytes })), ran: [100, 200] })
    return explanation.unexplained([])
  }

  test('accuses nobody where heap graphs do not become larger, as a table that was filling and is full', () => {
    assert.equal(accused([5e6, 5.1e6, 5.3e6]).length, 1)
    assert.equal(accused([5e6, 5.1e6, 5.1e6]).length, 0)
    assert.equal(accused([5e6, 5e6, 5e6]).length, 0)
    assert.equal(accused([5e6, 5.2e6, 5.25e6]).length, 0)
    assert.equal(accused([5e6, 5e6, 5.2e6]).length, 1, 'what came before it may have gone meanwhile')
    assert.equal(accused([]).length, 1, 'without graphs nothing says otherwise')
  })
})

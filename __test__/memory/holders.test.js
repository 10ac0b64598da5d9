// @ts-check
// What holds memory that grows: graphs of copies, the container that gained most of what the heap did, and when it is accused.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { LeakReport, start } = require('../..')
const { worded } = require('../../lib/findings/findings.js')
const native = require('../../lib/base/native.js')
const { MemoryHolders } = require('../../lib/memory/holders.js')
const { runNode } = require('../support/child.js')

/** So much faster than in production; graphs come half a second apart at the soonest. */
const FASTER = 100
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
/** The same as a trend that stands. @type {import('../../lib/findings/facts').Facts} */
const trend = {
  ...memory,
  change: {
    type: 'trend',
    perHour: 1e8,
    total: 1e7,
    doubt: 0.001,
    rows: 20,
    times: 3,
    stoodS: 100,
    spanS: 200,
    readings: 200,
    inBuffers: false,
    spaces: [1e7, 0, 0, 0]
  }
}
const outside = /** @type {const} */ ('native')
/** @type {Map<number, object>} */
const sessions = new Map()
/** @type {object[]} */
const recent = []
/** @type {Map<number, object>} */
const known = new Map()
let others = {}
const keep = (/** @type {number} */ at) => {
  sessions.set(sessions.size, { user: `secret ${at}`, tags: [at] })
}
const note = (/** @type {number} */ at) => {
  recent.push({ user: `secret ${at}`, tags: [at] })
  if (recent.length > 1_000_000) recent.shift()
}

/** So many of these a second, until that is so. @param {(at: number) => void} add @param {number} perSecond @param {() => boolean} isOver */
async function goOn(add, perSecond, isOver) {
  const startedMs = performance.now()
  let added = 0
  while (!isOver() && performance.now() - startedMs < 60_000) {
    for (const wanted = ((performance.now() - startedMs) * perSecond) / 1000; added < wanted; added++) add(added)
    await wait(10)
  }
}

/** @param {InstanceType<typeof MemoryHolders>} holders */
function asked(holders) {
  holders.tick()
  assert.equal(holders.lost, '')
}

describe('what holds memory that grows', { skip: native.forkUnsupported() ?? false }, () => {
  test('is asked where that is allowed, and the report says why not', () => {
    assert.equal(new MemoryHolders('auto', () => 0).whyNoGraph(), undefined)
    assert.equal(new MemoryHolders('profile', () => 0).whyNoGraph(), "explain: 'profile'")
    const guard = start({ explain: 'never' })
    try {
      const { details } = LeakReport.from(JSON.stringify(guard.check()))
      const why = "explain: 'never'"
      assert.deepEqual(
        details?.rungs,
        ['profile', 'census', 'graph'].map((rung) => ({ rung, available: false, why }))
      )
    } finally {
      guard.stop()
    }
  })

  test('is not decided where memory may be rising, and no collection has told what stays', () => {
    for (const explain of /** @type {const} */ (['never', 'auto'])) {
      const guard = start({ explain })
      try {
        const { series } = /** @type {any} */ (guard).memory.watch
        series.risesUnseen = () => true
        const report = guard.check()
        const open = report.undecided.filter(({ reason }) => reason === 'no-gc')
        const why = explain === 'auto' ? 'the next heap graphs will' : "no heap graph: explain: 'never'"
        assert.deepEqual([report.verdict, open.length], ['undecided', 1])
        assert.match(open[0].text, new RegExp(`memory may be rising, .* what stays: .*${why}`))
      } finally {
        guard.stop()
      }
    }
  })

  test('is the container that gained, with its line, and no value of the program', async () => {
    const holders = new MemoryHolders('heap', () => 0, FASTER)
    for (const facts of [memory, { ...memory, kind: outside }]) assert.deepEqual(holders.explained(facts), facts)
    assert.equal(holders.finding(true, false), undefined)
    holders.want('heap')
    await goOn(keep, 10_000, () => asked(holders) || holders.known !== undefined)
    const { message, culprit, evidence, kind, confidence, fingerprint } = worded(holders.explained(memory))
    assert.deepEqual([kind, confidence, culprit.name, culprit.file], ['heap', 'possible', 'sessions', __filename])
    assert.match(message, /^Map 'sessions' \(.*holders\.test\.js:\d+\) gained [\d,]+ .*; memory \(heapUsed\) grew from/)
    assert.match(evidence.join('\n'), /is \d+ % of what the heap gained/)
    assert.doesNotMatch(JSON.stringify([message, evidence]), /secret/)
    assert.equal(fingerprint, worded(memory).fingerprint)
    // It may still come to rest: so far nobody is accused, by a trend neither.
    assert.equal(holders.finding(true, false)?.confidence, 'possible')
    assert.equal(holders.finding(false, false), undefined)
    assert.equal(worded(holders.explained(trend)).confidence, 'possible')
    // Native memory is in no graph; in the first hour its trend accuses nobody, nor does what our graphs may have left.
    for (const facts of [memory, trend])
      assert.equal(holders.explained({ ...facts, kind: outside }).confidence, 'possible')
    await goOn(keep, 10_000, () => asked(holders) || holders.isConfirmed())
    const sure = holders.finding(false, false)
    assert.deepEqual([sure?.confidence, sure?.culprit.name], ['likely', 'sessions'])
    assert.match(String(sure?.message), /growing in every snapshot/)
    for (const facts of [memory, trend]) assert.equal(worded(holders.explained(facts)).confidence, 'likely')
    // What was told by itself stays so, until a graph says otherwise.
    assert.ok(holders.finding(false, true))
    holders.suspectedMs = -Infinity
    holders.tick()
    assert.ok(holders.finding(false, true))
    const before = holders.answers
    await goOn(
      () => {},
      1,
      () => asked(holders) || holders.answers > before
    )
    assert.equal(holders.finding(false, false), undefined)
    holders.stop()
  })

  test('is accused by nobody while its code may still bound it', async () => {
    const holders = new MemoryHolders('heap', () => 0, FASTER)
    holders.hint()
    await goOn(note, 10_000, () => asked(holders) || holders.known?.pace === 'steady')
    assert.equal(holders.isConfirmed(), false)
    assert.equal(holders.finding(false, false), undefined)
    const { confidence, evidence } = worded(holders.explained(memory))
    assert.equal(confidence, 'possible')
    assert.match(evidence.join('\n'), /1,000,000/)
    holders.stop()
  })

  test('is accused by nobody where it comes to rest', async () => {
    const holders = new MemoryHolders('heap', () => 0, FASTER)
    holders.want('heap')
    const keys = 20_000
    await goOn(
      (at) => known.set(at % keys, { at }),
      10_000,
      () => asked(holders) || holders.graphs > 3
    )
    assert.equal(known.size, keys)
    assert.equal(holders.isConfirmed(), false)
    holders.stop()
  })

  test('is nobody where the heap gained nothing that has a holder', async () => {
    const holders = new MemoryHolders('heap', () => 0, FASTER)
    holders.want('heap')
    // What is replaced stands.
    await goOn(
      (at) => (others = { at }),
      100,
      () => asked(holders) || holders.graphs > 1
    )
    assert.ok(others)
    assert.doesNotMatch(String(holders.known?.facts.name), /sessions|recent|others/)
    holders.stop()
  })
})

test('a program that has nothing more to do does not wait for a graph', {
  skip: native.forkUnsupported() ?? false
}, async () => {
  const { stdout } = await runNode([
    path.join(__dirname, '..', 'programs', 'memory', 'a-program-that-ends-during-a-graph.js')
  ])
  assert.deepEqual(JSON.parse(stdout), { rows: 2_000_000, graphs: 0, lost: 'aborted by the caller' })
})

test('no graph is taken where none may be', () => {
  for (const mode of /** @type {const} */ (['never', 'profile', 'census'])) {
    const holders = new MemoryHolders(mode, () => 0)
    holders.want('heap')
    assert.equal(holders.isBusy, false)
  }
  const holders = new MemoryHolders('heap', () => 0)
  holders.want('native')
  assert.equal(holders.isBusy, false)
})

describe('graphs that cannot go on as they were taken', { skip: native.forkUnsupported() ?? false }, () => {
  /** Of a suspicion, whose graphs are due when the test says so. @param {Partial<MemoryHolders>} state */
  function begun(state) {
    const holders = new MemoryHolders('auto', () => 0)
    // Nothing is to be taken in this test.
    holders.read = async () => {}
    holders.begin(false)
    return Object.assign(holders, state)
  }

  test('are whole ones once thinned ones have told nothing, and stay so', () => {
    const holders = begun({ depth: 'thinned', graphs: 4 })
    const { course } = holders
    holders.changeDepth()
    assert.notEqual(holders.course, course)
    assert.deepEqual([holders.depth, holders.graphs], ['graph', 0])
    const whole = holders.course
    holders.changeDepth()
    assert.equal(holders.course, whole)
  })

  test('are not whole ones where one copy has failed, nor where whole ones could not go on before', () => {
    const holders = begun({ depth: 'thinned', graphs: 2 })
    holders.failed('a copy was killed')
    assert.deepEqual([holders.depth, holders.graphs], ['thinned', 2])
    holders.failed('a copy was killed')
    assert.deepEqual([holders.depth, holders.graphs], ['graph', 0])
    const other = begun({ depth: 'thinned', graphs: 4, wasTooLarge: true })
    other.changeDepth()
    assert.deepEqual([other.depth, other.graphs], ['thinned', 4])
  })

  test('are due at once when a control group begins to fill, and not each time that garbage looks so', () => {
    const holders = begun({ graphs: 1, dueMs: Infinity })
    holders.hurry(true)
    assert.ok(holders.dueMs < Infinity)
    holders.dueMs = Infinity
    holders.hurry(false)
    holders.hurry(true)
    assert.equal(holders.dueMs, Infinity)
  })

  test('are answered by no stand-in once the guard is stopped', () => {
    const { push } = Array.prototype
    const holders = begun({})
    holders.stop()
    const facts = { ...memory, holder: { class: 'Array', isContainer: true }, change: { counts: [1, 100] } }
    holders.adders.want(/** @type {any} */ (facts), 10, () => {})
    assert.equal(Array.prototype.push, push)
  })
})

// @ts-check
// What callers of measureLeaks and assertNoLeaks may rely on besides the verdict: errors, options, what is allowed, and
// that nothing of ours stays behind in their process.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { LeakError, allow, assertNoLeaks, measureLeaks, start } = require('../../index.js')
const { tempFolder } = require('../support/child.js')

const nothing = () => {}
/** Enough for a leak of one listener a call, and soon over. */
const QUICK = /** @type {const} */ ({ budgetMs: 2500, heap: 'never' })

/** An operation that adds a listener each time, and how to take them off again. */
function leakyBus(event = 'config') {
  const bus = new EventEmitter().setMaxListeners(0)
  return { op: () => void bus.on(event, () => {}), drop: () => bus.removeAllListeners() }
}

/** Functions that hooks stand in for, and what else a measurement could leave. */
const traces = () => [
  EventEmitter.prototype.on,
  EventTarget.prototype.addEventListener,
  setTimeout,
  require('node:timers').setInterval,
  fs.openSync,
  /** @type {any} */ (globalThis).gc,
  Reflect.ownKeys(globalThis).length,
  process.listenerCount('exit') + process.listenerCount('warning')
]

describe('errors', () => {
  test('what the operation throws comes through as it is, and nothing of ours stays', async () => {
    const before = traces()
    const error = new RangeError('of the operation')
    for (const at of [1, 3, 500, 2500]) {
      let calls = 0
      const op = () => {
        if (++calls === at) throw error
      }
      await assert.rejects(assertNoLeaks(op), (thrown) => thrown === error)
      assert.equal(calls, at, 'no call after the one that threw')
    }
    assert.deepEqual(traces(), before)
    assert.equal((await measureLeaks(nothing)).verdict, 'clean')
  })

  test('what it rejects with, too, also when that is no error', async () => {
    for (const reason of [new Error('rejected'), 'a string', undefined]) {
      let calls = 0
      const op = async () => {
        await null
        if (++calls === 20) throw reason
      }
      await assert.rejects(measureLeaks(op), (thrown) => thrown === reason)
    }
  })

  test('an error while reasons are looked for ends it as well', async () => {
    const { op, drop } = leakyBus()
    let isExplaining = false
    const onProgress = ({ phase }) => (isExplaining ||= phase === 'explain')
    const failing = () => {
      if (isExplaining) throw new Error('late')
      op()
    }
    const before = traces()
    await assert.rejects(assertNoLeaks(failing, { heap: 'always', onProgress }), { message: 'late' })
    assert.deepEqual(traces(), before)
    drop()
  })

  test('a clean and a leaky measurement leave nothing of ours in the process', async () => {
    await measureLeaks(nothing)
    const before = traces()
    const { op, drop } = leakyBus()
    assert.equal((await measureLeaks(op, QUICK)).verdict, 'leaking')
    drop()
    assert.deepEqual(traces(), before)
  })
})

describe('stopping', () => {
  test('a signal that is aborted already: no call is made', async () => {
    let calls = 0
    const signal = AbortSignal.abort(new Error('why'))
    const stopped = assertNoLeaks(() => calls++, { signal })
    await assert.rejects(stopped, (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_LEAKGUARD_ABORTED')
      assert.equal(error.cause.message, 'why')
      return true
    })
    assert.equal(calls, 0)
  })

  test('a signal that is aborted while it runs stops it soon', async () => {
    const controller = new AbortController()
    const before = traces()
    const op = () => new Promise((resolve) => setTimeout(resolve, 1))
    setTimeout(() => controller.abort(), 60)
    const startMs = performance.now()
    await assert.rejects(measureLeaks(op, { signal: controller.signal, budgetMs: 60_000 }), {
      code: 'ERR_LEAKGUARD_ABORTED'
    })
    assert.ok(performance.now() - startMs < 5000)
    assert.deepEqual(traces(), before)
    assert.equal((await measureLeaks(nothing)).verdict, 'clean')
  })
})

describe('one at a time', () => {
  test('a second measurement is refused, and one inside of an operation', async () => {
    const first = measureLeaks(nothing)
    await assert.rejects(measureLeaks(nothing), { code: 'ERR_LEAKGUARD_BUSY' })
    assert.equal((await first).verdict, 'clean')
    await assert.rejects(
      assertNoLeaks(() => measureLeaks(nothing)),
      { code: 'ERR_LEAKGUARD_BUSY' }
    )
  })

  test('after one another they are fine', async () => {
    for (let i = 0; i < 3; i++) assert.equal((await measureLeaks(nothing)).verdict, 'clean')
  })
})

describe('arguments', () => {
  test('an operation that is none', async () => {
    for (const op of [undefined, null, 5, {}, Promise.resolve()])
      await assert.rejects(assertNoLeaks(/** @type {any} */ (op)), {
        code: 'ERR_LEAKGUARD_INVALID_ARG',
        message: /op must be a function/
      })
  })

  test('a misspelled option names the one that was meant', async () => {
    const wrong = /** @type {any} */ ({ budgetMS: 500 })
    await assert.rejects(assertNoLeaks(nothing, wrong), {
      code: 'ERR_LEAKGUARD_UNKNOWN_OPTION',
      message: /assertNoLeaks: unknown option 'budgetMS'; did you mean 'budgetMs'\?/
    })
  })

  for (const [name, value] of Object.entries({
    budgetMs: '4000',
    allow: 'SIGTERM',
    baseline: '',
    undecided: 'maybe',
    heap: true,
    signal: {},
    onProgress: 'yes'
  })) {
    test(`option '${name}' of a wrong type`, async () => {
      await assert.rejects(measureLeaks(nothing, /** @type {any} */ ({ [name]: value })), {
        code: 'ERR_LEAKGUARD_INVALID_ARG',
        message: new RegExp(`measureLeaks: option '${name}' must `)
      })
    })
  }

  test('a budget out of range', async () => {
    for (const budgetMs of [0, 99, -1, Number.NaN, Infinity, 3_600_001])
      await assert.rejects(measureLeaks(nothing, { budgetMs }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  })

  test('a rule that is none, and rules with wrong arguments', async () => {
    const wrong = /** @type {any} */ ([{ kind: 'listener' }])
    await assert.rejects(measureLeaks(nothing, { allow: wrong }), {
      message: /must hold rules made by allow\.listeners/
    })
    const calls = /** @type {any} */ (allow)
    for (const call of [
      () => calls.listeners(5),
      () => calls.timers(''),
      () => calls.handles({}),
      () => calls.fingerprint('xyz'),
      () => calls.fingerprint(),
      () => calls.file(),
      () => calls.file(5)
    ])
      assert.throws(call, { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  })
})

describe('what is accepted', () => {
  /** @param {() => unknown} op @param {import('../..').MeasureOptions} options */
  const quick = (op, options) => measureLeaks(op, { ...QUICK, ...options })

  test('listeners by event, all listeners, fingerprint and file', async () => {
    const { op, drop } = leakyBus('config')
    const seen = await quick(op, {})
    assert.equal(seen.verdict, 'leaking')
    const [{ fingerprint }] = seen.findings
    const accepting = [
      allow.listeners('config'),
      allow.listeners(),
      allow.fingerprint(fingerprint),
      allow.file('measure/contract.test.js'),
      allow.file(/contract\.test\.js$/g)
    ]
    for (const rule of accepting) {
      drop()
      const report = await quick(op, { allow: [rule] })
      assert.deepEqual([report.verdict, report.allowed, report.findings.length], ['clean', 1, 0], rule.label)
    }
    const others = [allow.listeners('other'), allow.timers(), allow.handles(), allow.file('elsewhere.js')]
    drop()
    const report = await quick(op, { allow: others })
    assert.equal(report.verdict, 'leaking')
    drop()
  })

  test('timers and handles', async () => {
    /** @type {NodeJS.Timeout[]} */
    const timers = []
    const tick = () => void timers.push(setInterval(nothing, 60_000).unref())
    assert.equal((await quick(tick, { allow: [allow.timers('setInterval')], budgetMs: 30_000 })).verdict, 'clean')
    timers.splice(0).forEach(clearInterval)
    assert.equal((await quick(tick, { allow: [allow.timers('setTimeout')], budgetMs: 30_000 })).verdict, 'leaking')
    timers.forEach(clearInterval)
    /** @type {number[]} */
    const opened = []
    const open = () => void opened.push(fs.openSync(__filename))
    // Descriptors are few: under load some seconds can be too short to tell.
    const accepted = await quick(open, { allow: [allow.handles('fd:file')], budgetMs: 30_000 })
    assert.notEqual(accepted.verdict, 'leaking')
    assert.equal((await quick(open, { allow: [allow.handles('fd:pipe')], budgetMs: 30_000 })).verdict, 'leaking')
    for (const fd of opened) fs.closeSync(fd)
  })

  test('a baseline: made once, then known leaks pass and new ones fail', async (t) => {
    const baseline = path.join(tempFolder(t), 'leaks.json')
    const { op, drop } = leakyBus('known')
    process.env.LEAKGUARD_UPDATE_BASELINE = '1'
    try {
      const made = await assertNoLeaks(op, { ...QUICK, baseline })
      assert.deepEqual([made.verdict, made.allowed], ['clean', 1])
    } finally {
      delete process.env.LEAKGUARD_UPDATE_BASELINE
    }
    const written = JSON.parse(fs.readFileSync(baseline, 'utf8'))
    assert.equal(written.version, 1)
    assert.deepEqual(Object.keys(written.known[0]), ['fingerprint', 'kind', 'name', 'file'])
    assert.ok(!path.isAbsolute(written.known[0].file), 'the file goes to other machines')
    assert.equal((await assertNoLeaks(op, { ...QUICK, baseline })).allowed, 1)
    const other = leakyBus('new')
    await assert.rejects(
      assertNoLeaks(() => other.op(), { ...QUICK, baseline }),
      { code: 'ERR_LEAKGUARD_LEAK' }
    )
    assert.deepEqual(JSON.parse(fs.readFileSync(baseline, 'utf8')), written)
    drop()
    other.drop()
  })

  test('a baseline that is not there is empty, a broken one is refused before any call', async (t) => {
    const folder = tempFolder(t, {
      'text.json': 'known leaks',
      'shape.json': '{ "version": 2, "known": [] }',
      'entry.json': '{ "version": 1, "known": [{ "fingerprint": "short" }] }'
    })
    assert.equal((await measureLeaks(nothing, { baseline: path.join(folder, 'none.json') })).verdict, 'clean')
    assert.ok(!fs.existsSync(path.join(folder, 'none.json')))
    for (const name of ['text.json', 'shape.json', 'entry.json']) {
      let calls = 0
      const baseline = path.join(folder, name)
      await assert.rejects(
        measureLeaks(() => calls++, { baseline }),
        { code: 'ERR_LEAKGUARD_BASELINE', message: new RegExp(name) }
      )
      assert.equal(calls, 0)
    }
  })
})

describe('a leak', () => {
  test('rejects with an error that carries the report and reads as one', async () => {
    const { op, drop } = leakyBus()
    await assert.rejects(assertNoLeaks(op, QUICK), (/** @type {any} */ error) => {
      assert.ok(error instanceof LeakError)
      assert.equal(error.code, 'ERR_LEAKGUARD_LEAK')
      assert.equal(error.report.verdict, 'leaking')
      assert.match(error.message, /'config' listener per call stays on one EventEmitter/)
      return true
    })
    drop()
  })

  test("heap: 'never' takes no snapshot, 'always' one even of a clean operation", async () => {
    const { op, drop } = leakyBus()
    const without = await measureLeaks(op, QUICK)
    assert.ok(without.findings.length > 0 && without.findings.every(({ retainerPath }) => !retainerPath?.length))
    drop()
    /** @type {string[]} */
    const phases = []
    const report = await measureLeaks(nothing, { heap: 'always', onProgress: ({ phase }) => phases.push(phase) })
    assert.equal(report.verdict, 'clean')
    assert.ok(phases.includes('explain'))
  })
})

describe('what cannot be decided', () => {
  /** So slow that six calls do not fit the budget, and each leaves a bit. */
  function slow() {
    /** @type {object[]} */
    const kept = []
    let i = 0
    return async () => {
      await new Promise((resolve) => setTimeout(resolve, 12))
      if (++i % 2 === 0) kept.push({})
    }
  }

  test("passes with a warning, or fails with { undecided: 'fail' }", async () => {
    const options = /** @type {const} */ ({ budgetMs: 100 })
    const report = await measureLeaks(slow(), options)
    if (report.verdict === 'undecided') assert.ok(report.undecided.length > 0)
    process.env.LEAKGUARD_DISABLE = '1'
    try {
      const warned = new Promise((resolve) => process.once('warning', resolve))
      const passed = await assertNoLeaks(nothing)
      assert.deepEqual(
        [passed.verdict, passed.undecided.map(({ reason, text }) => [reason, text])],
        ['undecided', [['disabled', 'LEAKGUARD_DISABLE is set: nothing was measured']]]
      )
      assert.equal((await warned).code, 'LEAKGUARD_UNDECIDED')
      await assert.rejects(assertNoLeaks(nothing, { undecided: 'fail' }), (/** @type {any} */ error) => {
        assert.ok(error instanceof LeakError)
        assert.equal(error.report.verdict, 'undecided')
        return true
      })
    } finally {
      delete process.env.LEAKGUARD_DISABLE
    }
  })

  test('LEAKGUARD_DISABLE makes no call', async () => {
    process.env.LEAKGUARD_DISABLE = 'true'
    try {
      let calls = 0
      assert.equal((await measureLeaks(() => calls++)).verdict, 'undecided')
      assert.equal(calls, 0)
    } finally {
      delete process.env.LEAKGUARD_DISABLE
    }
  })
})

describe('surroundings', () => {
  test('progress goes from 0 to 1 and names its phases', async () => {
    /** @type {{ phase: string, fraction: number }[]} */
    const told = []
    const { op, drop } = leakyBus()
    await measureLeaks(op, { ...QUICK, onProgress: (step) => told.push(step) })
    drop()
    const fractions = told.map(({ fraction }) => fraction)
    assert.deepEqual([told[0].phase, told.at(-1)?.phase], ['warm-up', 'done'])
    assert.deepEqual([fractions[0], fractions.at(-1)], [0, 1])
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b)
    )
  })

  test('a guard that runs at the same time sees what it saw before, and is not stopped', async () => {
    const guard = start()
    const { op, drop } = leakyBus()
    try {
      assert.equal((await measureLeaks(nothing)).verdict, 'clean')
      const report = await measureLeaks(op, QUICK)
      assert.equal(report.findings[0]?.kind, 'listener')
      assert.equal(report.findings[0]?.growth.perOperation, 1)
      const { on } = EventEmitter.prototype
      assert.ok(on[Symbol.for('leakguard.original')], 'hooks of the guard stand')
    } finally {
      guard.stop()
      drop()
    }
  })

  test('fake timers of the test do not stop it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    assert.equal((await measureLeaks(nothing)).verdict, 'clean')
    const { op, drop } = leakyBus()
    assert.equal((await measureLeaks(op, QUICK)).verdict, 'leaking')
    drop()
  })

  test('a debugger session is left alone', async () => {
    const { Session } = require('node:inspector')
    const session = new Session()
    session.connect()
    session.post('Debugger.enable')
    session.post('Runtime.enable')
    const { op, drop } = leakyBus()
    try {
      assert.equal((await measureLeaks(nothing)).verdict, 'clean')
      assert.equal((await measureLeaks(op, QUICK)).verdict, 'leaking')
      /** @type {any} */
      let answer
      session.post('Runtime.evaluate', { expression: '1 + 1' }, (_, result) => (answer = result))
      assert.equal(answer.result.value, 2)
    } finally {
      session.disconnect()
      drop()
    }
  })
})

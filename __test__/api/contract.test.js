// @ts-check
// The contract of start, check, track and stop: states, errors, events. What is judged how is tested elsewhere.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { afterEach, describe, test } = require('node:test')
const { start, check, track, LeakError } = require('../../index.js')
const { TestClock } = require('../support/clock.js')
const { leakUntilFound, until } = require('../support/leaks.js')

/** @type {any} */
const anyStart = start
/** @type {any} */
const anyTrack = track

afterEach(() => start().stop())

/** @param {number} lines to put before the leak */
function leakyBus(lines = 0) {
  const bus = new EventEmitter()
  bus.setMaxListeners(0)
  // Compiled from text so that the same function can stand on another line.
  const text = `${'\n'.repeat(lines)}return function subscribe() { bus.on('news', () => {}) }`
  return new Function('bus', `${text}\n//# sourceURL=/srv/app/bus.js`)(bus)
}

describe('start', () => {
  test('gives a guard that runs', () => {
    const guard = start()
    assert.equal(guard.running, true)
    assert.ok(guard instanceof EventEmitter)
  })

  test('a second start gives the same guard', () => {
    const guard = start({ minGrowthMs: 250 })
    assert.equal(start(), guard)
    assert.equal(start({ minGrowthMs: 250 }), guard)
    assert.equal(start({ callSites: 'sampled', minGrowthMs: 250 }), guard)
  })

  test('a second start with other options is refused, and says which run', () => {
    const guard = start({ minGrowthMs: 250 })
    assert.throws(() => start({ minGrowthMs: 300 }), {
      code: 'ERR_LEAKGUARD_ALREADY_RUNNING',
      message: /"minGrowthMs":250/
    })
    assert.throws(() => start({}), { code: 'ERR_LEAKGUARD_ALREADY_RUNNING' })
    assert.equal(guard.running, true)
  })

  test('after stop, other options are welcome', () => {
    const first = start({ minGrowthMs: 250 })
    first.stop()
    const second = start({ minGrowthMs: 300 })
    assert.notEqual(second, first)
    assert.equal(second.running, true)
  })

  test('undefined options are defaults', () => {
    const guard = start({ minGrowthMs: undefined, callSites: undefined, memory: undefined })
    assert.equal(
      start({ minGrowthMs: 1000, callSites: 'sampled', forceGc: 'auto', memory: {}, explain: 'auto' }),
      guard
    )
  })
})

describe('start refuses', () => {
  for (const [what, options, code, message] of /** @type {[string, unknown, string, RegExp][]} */ ([
    ['null', null, 'INVALID_ARG', /options must be an object, not null/],
    ['a string', 'all', 'INVALID_ARG', /options must be an object, not a string/],
    ['an array', [], 'INVALID_ARG', /options must be an object, not an array/],
    ['a function', () => {}, 'INVALID_ARG', /options must be an object, not a function/],
    [
      'a site that does not exist',
      { callSites: 'exact' },
      'INVALID_ARG',
      /'callSites' must be one of 'sampled', 'all', not 'exact'/
    ],
    ['a site of another type', { callSites: 1 }, 'INVALID_ARG', /'callSites' must be one of .*, not 1/],
    [
      'a time that is text',
      { minGrowthMs: '1000' },
      'INVALID_ARG',
      /'minGrowthMs' must be a number from 100 to 86400000, not a string/
    ],
    ['a time that is negative', { minGrowthMs: -2 }, 'INVALID_ARG', /not -2/],
    ['a time that is too short', { minGrowthMs: 99 }, 'INVALID_ARG', /not 99/],
    ['a time that is no number', { minGrowthMs: Number.NaN }, 'INVALID_ARG', /not NaN/],
    ['a time without end', { minGrowthMs: Number.POSITIVE_INFINITY }, 'INVALID_ARG', /not Infinity/],
    ['a time that is null', { minGrowthMs: null }, 'INVALID_ARG', /not null/],
    ['a time that is a bigint', { minGrowthMs: 1000n }, 'INVALID_ARG', /not a bigint/],
    [
      'a misspelled name',
      { callSite: 'all' },
      'UNKNOWN_OPTION',
      /unknown option 'callSite'; did you mean 'callSites'\?/
    ],
    ['memory that is a word', { memory: 'never' }, 'INVALID_ARG', /'memory' must be false or an object, not a string/],
    ['memory that is true', { memory: true }, 'INVALID_ARG', /'memory' must be false or an object, not true/],
    ['a part of memory that is too small', { memory: { sampleMs: 5 } }, 'INVALID_ARG', /'sampleMs' must be .*, not 5/],
    ['a misspelled part of memory', { memory: { sampelMs: 500 } }, 'UNKNOWN_OPTION', /did you mean 'sampleMs'\?/],
    ['a part of memory outside of it', { sampleMs: 500 }, 'UNKNOWN_OPTION', /unknown option 'sampleMs'/],
    ['another misspelled name', { minGrowthMS: 1000 }, 'UNKNOWN_OPTION', /did you mean 'minGrowthMs'\?/],
    [
      'a name that is not known',
      { colour: 1 },
      'UNKNOWN_OPTION',
      /unknown option 'colour'; known options: 'callSites', 'forceGc', 'minGrowthMs', 'memory', 'explain', 'capture', 'watched', 'allow', 'baseline'$/
    ],
    ['a misspelled name without value', { minGrwothMs: undefined }, 'UNKNOWN_OPTION', /did you mean 'minGrowthMs'\?/]
  ])) {
    test(what, () => {
      assert.throws(() => anyStart(options), { code: `ERR_LEAKGUARD_${code}`, message })
      assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
    })
  }

  test('what it refuses while a guard runs leaves that guard alone', () => {
    const guard = start()
    assert.throws(() => anyStart({ callSite: 1 }), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
    assert.equal(guard.running, true)
    assert.equal(start(), guard)
  })

  test('an error tells its code in its name, and is an Error', () => {
    assert.throws(
      () => anyStart(1),
      (error) => error instanceof Error && error.name === 'LeakguardError [ERR_LEAKGUARD_INVALID_ARG]'
    )
  })

  test('an error never shows what the program holds', () => {
    const secret = { toString: () => 'hunter2', [Symbol.toStringTag]: 'hunter2' }
    assert.throws(
      () => anyTrack('hunter2', 'x'),
      (/** @type {Error} */ error) => !error.message.includes('hunter2')
    )
    assert.throws(
      () => anyStart({ minGrowthMs: secret }),
      (/** @type {Error} */ error) => !error.message.includes('hunter2')
    )
  })
})

describe('check', () => {
  test('without a guard is an error that says what to do', () => {
    assert.throws(check, {
      code: 'ERR_LEAKGUARD_NOT_RUNNING',
      message: /call start\(\) first.*--import leakguard\/register/
    })
  })

  test('after stop is an error, also on the guard itself', () => {
    const guard = start()
    guard.stop()
    assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
    assert.throws(() => guard.check(), { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
    assert.throws(() => guard.stats().counts, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
  })

  test('right after start is undecided, and says what would settle it', () => {
    start()
    const report = check()
    assert.equal(report.verdict, 'undecided')
    assert.deepEqual(report.findings, [])
    assert.ok(report.undecided.length > 0)
  })

  test('is the same question as that of the guard', () => {
    const guard = start()
    assert.equal(check().verdict, guard.check().verdict)
  })
})

describe('stop', () => {
  test('may be called again without effect, also while a later guard runs', () => {
    const first = start()
    first.stop()
    first.stop()
    const second = start()
    first.stop()
    assert.equal(first.running, false)
    assert.equal(second.running, true)
    assert.equal(start(), second)
    second.check()
  })

  test('a stopped guard has no thread in the ledger', () => {
    const first = start()
    const { threads } = first.stats().usage
    first.stop()
    start().stop()
    assert.equal(start().stats().usage.threads, threads)
  })
})

describe('track', () => {
  test('gives back what it got', () => {
    for (const collection of [
      new Map(),
      new Set(),
      [],
      { size: 0 },
      { length: 0 },
      new Uint8Array(3),
      Buffer.alloc(2)
    ]) {
      assert.equal(track(collection, 'a name'), collection)
    }
  })

  for (const [what, collection] of /** @type {[string, unknown][]} */ ([
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a string, which cannot grow', 'text'],
    ['a plain object', {}],
    ['a WeakMap', new WeakMap()],
    ['a function', () => {}],
    ['an object whose size is text', { size: '3' }],
    [
      'an object whose size throws',
      {
        get size() {
          throw new Error('mine')
        }
      }
    ]
  ])) {
    test(`refuses ${what}`, () => {
      assert.throws(() => anyTrack(collection, 'x'), {
        code: 'ERR_LEAKGUARD_INVALID_ARG',
        message: /numeric size or length/
      })
    })
  }

  for (const name of [undefined, null, '', 5, {}, Symbol('s')]) {
    test(`refuses ${typeof name === 'symbol' ? 'a symbol' : JSON.stringify(name)} as a name`, () => {
      assert.throws(() => anyTrack(new Map(), name), {
        code: 'ERR_LEAKGUARD_INVALID_ARG',
        message: /name must be a non-empty string, got /
      })
    })
  }

  test('counts entries, before and after start, once', () => {
    const early = track(new Map([[1, 1]]), 'early')
    const guard = start()
    const late = track([1, 2, 3], 'late')
    track(late, 'late')
    track(early, 'early')
    const counts = guard.stats().counts.filter(({ pool }) => pool === 'collection')
    assert.deepEqual(
      counts.filter(({ label }) => label === 'early' || label === 'late').map(({ label, live }) => [label, live]),
      [
        ['early', 1],
        ['late', 3]
      ]
    )
  })

  test('a collection whose size begins to throw harms nobody', () => {
    const guard = start()
    let broken = false
    const collection = {
      get size() {
        if (broken) throw new Error('mine')
        return 7
      }
    }
    track(collection, 'fragile')
    broken = true
    guard.check()
    broken = false
    assert.equal(guard.stats().counts.find(({ label }) => label === 'fragile')?.live, 7)
  })

  test('growth is found with the name and the line of track', async () => {
    const guard = start({ minGrowthMs: 100 })
    /** @type {Map<object, number>} */
    const sessions = track(new Map(), 'sessions')
    const step = () => {
      for (let i = 0; i < 50; i++) sessions.set({}, i)
    }
    const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'collection')
    assert.equal(finding.culprit.name, 'sessions')
    assert.equal(finding.culprit.file, __filename)
  })

  test('growth below the bound that a cache names is no leak', async () => {
    const guard = start({ minGrowthMs: 100 })
    const cache = track(Object.assign(new Map(), { max: 1e6 }), 'bounded')
    const step = () => {
      for (let i = 0; i < 50; i++) cache.set({}, i)
    }
    let steps = 0
    await until(() => {
      step()
      assert.deepEqual(
        guard.check().findings.filter(({ kind }) => kind === 'collection'),
        []
      )
      return ++steps > 25
    })
  })
})

describe('events', () => {
  test("'leak' comes once for a finding, 'recovered' when it no longer grows", async (t) => {
    const clock = new TestClock()
    t.after(clock.restore)
    const guard = start({ minGrowthMs: 100 })
    const subscribe = leakyBus()
    /** @type {import('../..').LeakReport[]} */
    const leaks = []
    /** @type {import('../..').Finding[]} */
    const recovered = []
    guard.on('leak', (report) => leaks.push(report))
    guard.on('recovered', (finding) => recovered.push(finding))
    await clock.until(
      () => leaks.length > 0,
      20_000,
      () => {
        for (let i = 0; i < 5; i++) subscribe()
      }
    )
    assert.equal(leaks[0].verdict, 'leaking')
    const [finding] = leaks[0].findings
    assert.equal(finding.kind, 'listener')
    assert.equal(finding.culprit.function, 'subscribe')
    assert.equal(
      leaks.flatMap(({ findings }) => findings).filter((f) => f.fingerprint === finding.fingerprint).length,
      1
    )
    // The program goes on working, without the leak.
    const sink = new EventEmitter()
    await clock.until(
      () => recovered.length > 0,
      120_000,
      () => {
        for (let i = 0; i < 200; i++) sink.once('x', String).removeAllListeners('x')
      }
    )
    assert.equal(recovered[0].fingerprint, finding.fingerprint)
    guard.stop()
  })
})

describe('fingerprint', () => {
  test('is the same in another run and on another line', async () => {
    const prints = []
    for (const lines of [0, 7]) {
      const guard = start({ minGrowthMs: 100 })
      const subscribe = leakyBus(lines)
      const step = () => {
        for (let i = 0; i < 5; i++) subscribe()
      }
      const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'listener')
      assert.equal(finding.culprit.file, '/srv/app/bus.js')
      prints.push({ fingerprint: finding.fingerprint, line: finding.culprit.line ?? 0 })
      guard.stop()
    }
    assert.match(prints[0].fingerprint, /^[0-9a-f]{16}$/)
    assert.equal(prints[1].fingerprint, prints[0].fingerprint)
    assert.equal(prints[1].line - prints[0].line, 7)
  })
})

test('LeakError carries the report, its text and a code', () => {
  start()
  const report = check()
  const error = new LeakError(report)
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'LeakError')
  assert.equal(error.code, 'ERR_LEAKGUARD_LEAK')
  assert.equal(error.report, report)
  assert.equal(error.message, String(report))
})

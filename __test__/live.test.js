'use strict'
// @ts-check
// What makes a live test honest: which cases are drawn, who may try again, what is recorded, and the bounds of rates.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { betaCdf, clopperPearson } = require('../bench/lib/rates.js')
const { root, tempFolder } = require('./support/child.js')
const { drawn } = require('./support/draw.js')
const { judgeLive } = require('./support/live.js')

describe('a draw', () => {
  const names = Array.from({ length: 40 }, (_, i) => `case ${i}`)
  const how = { all: false, always: {} }
  const on = (/** @type {string} */ by) => drawn('kind', names, 1 / 4, { ...how, by })

  test('is the same for a day and a commit, and another one for others', () => {
    assert.equal(on('2030-01-01 abc').length, 10)
    assert.deepEqual(on('2030-01-01 abc'), on('2030-01-01 abc'))
    assert.notDeepEqual(on('2030-01-01 abc'), on('2030-01-02 abc'))
    assert.notDeepEqual(on('2030-01-01 abc'), on('2030-01-01 abd'))
    assert.notDeepEqual(
      drawn('kind', names, 1 / 4, { ...how, by: 'x' }),
      drawn('sort', names, 1 / 4, { ...how, by: 'x' })
    )
  })

  test('leaves nobody out for long', () => {
    const times = new Map(names.map((name) => [name, 0]))
    for (let day = 0; day < 400; day++)
      for (const name of on(`day ${day}`)) times.set(name, Number(times.get(name)) + 1)
    for (const [name, count] of times) assert.ok(count > 60 && count < 140, `${name} was drawn ${count} times of 400`)
  })

  test('has at least one, keeps the order, and is all when all are wanted', () => {
    assert.equal(drawn('kind', names, 0.001, { ...how, by: 'x' }).length, 1)
    assert.deepEqual(
      on('x'),
      names.filter((name) => on('x').includes(name))
    )
    assert.deepEqual(drawn('kind', names, 0.1, { ...how, all: true }), names)
  })

  test('always has what failed once, and knows when a name is no more', () => {
    const always = { kind: { 'case 7': 'accused', 'case 8': 'accused' } }
    for (let day = 0; day < 20; day++) {
      const chosen = drawn('kind', names, 0.1, { ...how, always, by: String(day) })
      assert.ok(chosen.includes('case 7') && chosen.includes('case 8'), String(chosen))
    }
    const gone = { kind: { 'case 77': 'accused' } }
    assert.throws(() => drawn('kind', names, 0.1, { ...how, always: gone, by: '' }), /no kind that there is: case 77/)
  })
})

describe('the outcome of a live case', () => {
  /**
   * What was said and recorded of a case whose tries come to these outcomes.
   * @param {import('node:test').TestContext} t
   * @param {(import('./support/live.js').Outcome | Error)[]} outcomes
   */
  async function judged(t, outcomes) {
    const file = path.join(tempFolder(t), 'live.jsonl')
    /** @type {string[]} */
    const said = []
    const context = /** @type {any} */ ({ diagnostic: (/** @type {string} */ text) => said.push(text) })
    const left = [...outcomes]
    const measure = () => {
      const next = left.shift()
      assert.ok(next, 'tried too often')
      if (next instanceof Error) throw next
      return next
    }
    const one = { kind: 'workload', name: 'a cache', expected: /** @type {'clean'} */ ('clean') }
    const failed = await judgeLive(context, one, measure, file).then(
      () => '',
      (error) => String(error.message)
    )
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n')
    return { failed, said, lines: lines.map((line) => JSON.parse(line)), left: left.length }
  }
  const right = { verdict: 'clean', wrong: '' }
  const undecided = { verdict: 'undecided', wrong: 'undecided' }
  const accused = { verdict: 'leaking', wrong: 'a finding where nothing leaks' }

  test('that accuses a clean program fails at the first try, and says how it stays drawn', async (t) => {
    const { failed, lines, left, said } = await judged(t, [accused, right])
    assert.match(
      failed,
      /^a finding where nothing leaks\n.*\{"workload":\{"a cache":"what was wrong"\}\} to __test__\/drawn-always\.json/
    )
    assert.deepEqual([lines.length, left, said.length], [1, 1, 0])
  })

  test('that is wrong after an undecided one fails too', async (t) => {
    const { failed, left } = await judged(t, [undecided, accused, right])
    assert.match(failed, /^a finding/)
    assert.equal(left, 1)
  })

  test('that is undecided is tried again, which is said, and three times at most', async (t) => {
    const mended = await judged(t, [undecided, right])
    assert.equal(mended.failed, '')
    assert.deepEqual(mended.said, ["try 1 of 3 of workload 'a cache': undecided"])
    const never = await judged(t, [undecided, undecided, undecided])
    assert.match(never.failed, /^undecided/)
    assert.equal(never.lines.length, 3)
  })

  test('that has nothing to do with leaks is tried again for a port in use only', async (t) => {
    const port = await judged(t, [new Error('listen EADDRINUSE: address already in use :::8080'), right])
    assert.equal(port.failed, '')
    assert.deepEqual(port.said, ["try 1 of 3 of workload 'a cache': a port was in use"])
    const crash = await judged(t, [new Error('ended with SIGSEGV and no report'), right])
    assert.match(crash.failed, /SIGSEGV/)
  })

  test('is recorded, each try with its circumstances', async (t) => {
    const { lines } = await judged(t, [undecided, { ...right, ms: 12.4 }])
    const [{ date, commit, load, cores, ms, ...first }, second] = lines
    assert.ok(Date.parse(date) > 0 && typeof commit === 'string' && load >= 0 && cores > 0 && ms >= 0)
    const { version: node } = process
    const of = { node, kind: 'workload', name: 'a cache', expected: 'clean' }
    assert.deepEqual(first, { ...of, verdict: 'undecided', isRight: false, tries: 1 })
    assert.deepEqual([second.verdict, second.isRight, second.tries, second.ms], ['clean', true, 2, 12])
  })
})

describe('the bounds of a rate', () => {
  // From the tables of statistics books, and of binom.test of R.
  const known = [
    { seen: 0, all: 10, low: 0, high: 0.3085 },
    { seen: 10, all: 10, low: 0.6915, high: 1 },
    { seen: 5, all: 10, low: 0.18709, high: 0.81291 },
    { seen: 1, all: 100, low: 0.00025, high: 0.05446 },
    { seen: 7, all: 20, low: 0.15391, high: 0.59219 }
  ]
  for (const { seen, all, low, high } of known) {
    test(`are the known ones for ${seen} of ${all}`, () => {
      const found = clopperPearson(seen, all)
      assert.ok(Math.abs(found.low - low) < 6e-6 && Math.abs(found.high - high) < 6e-6, JSON.stringify(found))
    })
  }

  test('are where the sums of the binomial distribution say, term by term', () => {
    const atMost = (/** @type {number} */ seen, /** @type {number} */ all, /** @type {number} */ p) => {
      let [term, sum] = [(1 - p) ** all, 0]
      for (let k = 0; k <= seen; k++) {
        sum += term
        term *= ((all - k) / (k + 1)) * (p / (1 - p))
      }
      return sum
    }
    for (const [seen, all] of [
      [0, 1],
      [0, 372],
      [3, 744],
      [40, 60],
      [59, 60],
      [200, 400]
    ]) {
      for (const confidence of [0.9, 0.95, 0.99]) {
        const { low, high } = clopperPearson(seen, all, confidence)
        const tail = (1 - confidence) / 2
        if (seen < all) assert.ok(Math.abs(atMost(seen, all, high) - tail) < 1e-9, `${seen} of ${all}: ${high}`)
        if (seen > 0) assert.ok(Math.abs(1 - atMost(seen - 1, all, low) - tail) < 1e-9, `${seen} of ${all}: ${low}`)
      }
    }
    assert.equal(betaCdf(0.5, 3, 3).toFixed(12), '0.500000000000')
  })

  test('are of counts only', () => {
    assert.throws(() => clopperPearson(3, 2), RangeError)
    assert.throws(() => clopperPearson(0.5, 2), RangeError)
  })
})

test('the script prints rates by kind with their bounds, of first tries, and undecided as an outcome of its own', (t) => {
  const line = (/** @type {object} */ more) =>
    JSON.stringify({
      ...{
        date: '2030-01-02T00:00:00Z',
        commit: 'abc',
        node: 'v24.1.0',
        load: 1,
        cores: 2,
        kind: 'workload',
        name: 'a'
      },
      ...{ expected: 'clean', verdict: 'clean', isRight: true, tries: 1, ms: 5, ...more }
    })
  const wrong = { verdict: 'leaking', isRight: false }
  const undecided = { verdict: 'undecided', isRight: false }
  const text = [
    ...Array.from({ length: 8 }, () => line({})),
    line({ ...wrong, name: 'b' }),
    line({ ...undecided, name: 'c' }),
    line({ name: 'c', tries: 2 }),
    line({ verdict: 'error', isRight: false, name: 'd' }),
    line({ kind: 'package', expected: 'leaking', verdict: 'leaking' }),
    '{"date":"2030-01-0'
  ].join('\n')
  const file = path.join(tempFolder(t, { 'live.jsonl': text }), 'live.jsonl')
  const run = (/** @type {string[]} */ ...args) =>
    spawnSync(process.execPath, [path.join(root, 'scripts/live-rates.js'), ...args], { encoding: 'utf8' })
  const { stdout, status } = run(file)
  assert.equal(status, 0)
  assert.match(
    stdout,
    /\| workload \| clean \| 10 \| 8 \(80\.0 %; 44\.4 % to 97\.5 %\) \| 1 \(10\.0 %; 0\.3 % to 44\.5 %\) \| 1 \(10/
  )
  assert.match(
    stdout,
    /\| package \| leaking \| 1 \| 1 \(100\.0 %; 2\.5 % to 100\.0 %\) \| 0 \(0\.0 %; 0\.0 % to 97\.5 %\)/
  )
  assert.match(stdout, /\| all \| +\| 11 \| 9 /)
  assert.match(stdout, /Tries after an undecided one: 1, 1 of them right\. Ended without a verdict: 1\./)
  assert.match(stdout, /Wrong: workload 'b'\.\nUndecided: workload 'c'\.\n/)
  assert.match(stdout, /13 measurements .*\ncommits abc, Node v24\.1\.0,\nload average 1 to 1/)
  assert.equal(run('--node', '20', file).status, 1)
})

test('a run ends with what to type to see each failure alone, and with what took longest', (t) => {
  const cwd = tempFolder(t, {
    'a.test.js': `const { describe, test } = require('node:test')
      // As one that requires support/draw.js.
      describe('a suite', () => {
        test("doesn't hold (always)", () => { throw new Error('no') })
        test('holds', () => new Promise((resolve) => setTimeout(resolve, 300)))
      })
      test('of others', async (t) => {
        await t.test('one that fails', () => { throw new Error('no') })
        await t.test('one that does not', () => {})
      })
      test('is not yet mended', { todo: true }, () => { throw new Error('no') })`,
    'b.test.js': 'throw new Error("dies")'
  })
  const reporter = path.join(root, 'scripts/lib/closing-lines.mjs')
  const { NODE_TEST_CONTEXT, ...env } = process.env
  const run = (/** @type {string[]} */ args) =>
    spawnSync(process.execPath, ['--test', ...args], { cwd, env, encoding: 'utf8' }).stdout
  const said = run([`--test-reporter=${reporter}`, '--test-reporter-destination=stdout', 'a.test.js', 'b.test.js'])
  const [slowest, alone] = said.trimEnd().split('\n\nTo see a failure alone:\n')
  assert.match(slowest, /^The slowest \d of \d tests:\n +\d\.\d s {2}/)
  assert.match(slowest, / 0\.[3-9] s {2}a\.test\.js: holds$/m)
  assert.deepEqual(
    alone.split('\n').map((line) => line.trim()),
    [
      "LEAKGUARD_TEST_ALL=1 node --test --test-name-pattern='doesn.t hold .always.' a.test.js",
      "LEAKGUARD_TEST_ALL=1 node --test --test-name-pattern='of others' a.test.js",
      'node --test b.test.js'
    ]
  )
  const again = run(['--test-reporter=tap', '--test-name-pattern=doesn.t hold .always.', 'a.test.js'])
  assert.match(again, /not ok 1 - doesn't hold/)
  assert.doesNotMatch(again, /not ok \d - one that fails/)
})

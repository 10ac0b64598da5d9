// @ts-check
// `leakguard trend`, as its reader runs it: files of each form, and files that are none.

'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const trend = require('../../lib/cli/commands/trend.js')
const { simulate } = require('../trend/simulate.js')

const root = path.join(__dirname, '../..')
const bin = path.join(root, 'bin/leakguard.js')
const leaking = simulate('leak', 'with time', 6, { total: 1 }).samples
const clean = simulate('clean', 'flat', 6).samples

/** @param {any[]} samples */
function csv(samples) {
  const head = 't,heapUsed,external,rss,gc.major,gc.minor,gc.floor,gc.floorExt,host'
  const row = (/** @type {any} */ s) =>
    [
      s.t,
      s.heapUsed,
      s.external,
      s.rss,
      s.gc.major,
      s.gc.minor,
      s.gc.floor ?? '',
      s.gc.floorExt ?? 'NaN',
      'web-1'
    ].join(',')
  return `\ufeff${head}\r\n${samples.map(row).join('\r\n')}\r\n\r\n`
}

let folder = ''
before(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-trend-')))
  const files = {
    'leaking.json': JSON.stringify(leaking),
    'clean.json': JSON.stringify({ host: 'web-1', samples: clean }),
    'leaking.jsonl': leaking.map((sample) => `${JSON.stringify(sample)}\n`).join(''),
    'leaking.csv': csv(leaking),
    'clean.csv': csv(clean),
    'few.csv': 't,heapUsed\n1,5\n2,6\n',
    'empty.json': '[]',
    'other.json': '{"answer": 42}',
    'truncated.json': JSON.stringify(leaking).slice(0, 999),
    'headless.csv': '1,2\n3,4\n',
    'word.csv': 't,rss\n1,2\n2,many\n',
    'wide.csv': 't,rss\n1,2,3\n',
    'disorder.csv': 't,rss\n2,2\n1,2\n',
    empty: ''
  }
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text)
})
after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** @param {string[]} args */
function leakguard(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'trend', ...args], {
    encoding: 'utf8',
    cwd: folder
  })
  return { status, stdout, stderr }
}

for (const file of ['leaking.json', 'leaking.jsonl', 'leaking.csv']) {
  test(`a leak in ${file} is told, exit code 1`, () => {
    const { status, stdout, stderr } = leakguard(file)
    assert.equal(stderr, '')
    assert.match(
      stdout,
      /^leakguard: leaking, 1 finding\n\n1\. heap, \w+: heapUsed after major GCs rises by .* per hour/
    )
    assert.equal(status, 1)
  })
}

for (const file of ['clean.json', 'clean.csv']) {
  test(`nothing is found in ${file}, exit code 0`, () => {
    const { status, stdout } = leakguard(file)
    assert.match(
      stdout,
      /^leakguard: clean, .*\n\nExamined [\d,]+ memory readings: no memory rises independent of load in .* h/
    )
    assert.equal(status, 0)
  })
}

test('too few samples are undecided, exit code 0', () => {
  for (const file of ['few.csv', 'empty.json']) {
    const { status, stdout } = leakguard(file)
    assert.match(stdout, /^leakguard: undecided\n\nNot decided yet:\n {2}- only [01] /)
    assert.equal(status, 0)
  }
})

test('a record that two processes have written is two lives, in one time', () => {
  // The first leaked and was twice as large; nothing falls so far that a restart could be guessed.
  const line = (/** @type {any} */ s, /** @type {number} */ started) =>
    `${s.t},${s.heapUsed},${s.external},${s.rss},${s.gc.major},${s.gc.minor},${s.gc.floor ?? ''},${started}`
  const head = 't,heapUsed,external,rss,gc.major,gc.minor,gc.floor,started'
  const begun = 1_790_000_000
  const lines = [...leaking.map((s) => line(s, begun)), ...clean.map((s) => line(s, begun + 90_000.5))]
  fs.writeFileSync(path.join(folder, 'two.csv'), `${head}\n${lines.join('\n')}\n`)
  const { status, stdout, stderr } = leakguard('two.csv')
  assert.match(stdout, /^leakguard: clean[\s\S]*judged since the restart\)\.\n$/, stderr)
  assert.equal(status, 0)
})

test('--json prints what analyzeTrend gives', () => {
  const { status, stdout } = leakguard('leaking.json', '--json')
  const { LeakReport, analyzeTrend } = require('../..')
  const [told, given] = [JSON.parse(stdout), analyzeTrend(leaking)].map((one) => LeakReport.from(one))
  for (const line of [...told.examined, ...given.examined]) line.at = ''
  assert.deepEqual(told.toJSON(), given.toJSON())
  assert.equal(JSON.parse(stdout).metric, 'heapUsed')
  assert.equal(status, 1)
})

test('on a terminal the floors are drawn above', async () => {
  let text = ''
  const stdout = { isTTY: true, columns: 80, write: (/** @type {string} */ part) => (text += part) }
  const io = /** @type {any} */ ({ stdout, stderr: stdout, env: { NO_COLOR: '1' } })
  const input = { options: {}, positionals: [path.join(folder, 'leaking.json')] }
  assert.equal(await trend.run(input, io), 1)
  assert.match(text, /^heapUsed ▁[▁▂▃▄▅▆▇█ ]{20,60}[▆▇█] [\d.]+ MB to [\d.]+ MB\nleakguard: leaking/)
})

describe('refused with one line', () => {
  /** @type {[args: string[], says: RegExp][]} */
  const mistakes = [
    [[], /^leakguard: FILE is missing\nSee leakguard trend --help/],
    [['clean.json', 'x'], /unexpected argument: x/],
    [['nowhere.json'], /cannot read nowhere\.json: no such file or folder/],
    [['.'], /cannot read \.: it is a folder/],
    [['empty'], /empty: neither JSON nor CSV with a header: its first line must name the fields \(t, heapUsed/],
    [['headless.csv'], /neither JSON nor CSV with a header/],
    [['other.json'], /other\.json: analyzeTrend: samples\[0\]\.t must be a finite number/],
    [['truncated.json'], /truncated\.json: not a JSON array of samples/],
    [['word.csv'], /word\.csv: line 3: rss is not a number: many/],
    [['wide.csv'], /wide\.csv: line 2 has 3 fields, the header 2/],
    [['disorder.csv'], /samples\[1\]\.t must not be before that of samples\[0\] \(2\), got 1/],
    [['clean.json', '--jsno'], /unknown option --jsno: did you mean --json\?/]
  ]
  for (const [args, says] of mistakes) {
    test(`leakguard trend ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = leakguard(...args)
      assert.match(stderr, says)
      assert.equal(stdout, '')
      assert.equal(status, 2)
    })
  }
})

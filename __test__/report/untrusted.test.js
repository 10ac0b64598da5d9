'use strict'
// @ts-check
// Reports that somebody else wrote: whatever stands in them, each format stays what it is, in linear time.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const Ajv = require('ajv').default
// Of draft 4, which ajv 8 does not know by name; it uses nothing that later drafts read otherwise.
const {
  $schema: _,
  id: __,
  ...sarifSchema
} = require('../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
const { LeakReport } = require('leakguard')

const FORMATS = /** @type {const} */ (['text', 'json', 'html', 'sarif', 'github', 'markdown'])
const EVIL =
  '</script><script>alert(1)</script>\n::error file=x::pwn\r%0A`|$(id)\u001b[31m\u009b31m\u202e\u2066\u200f<img src=http://127.0.0.1/x onerror=alert(2)>[a](javascript:alert(3))@all'

/** @param {object} [parts] */
const finding = (parts) => ({
  kind: 'listener',
  message: 'm',
  confidence: 'certain',
  fingerprint: 'abc',
  advice: 'a',
  culprit: { name: 'n', file: '/a/b.js', line: 3, column: 1 },
  growth: { unit: 'count', total: 5 },
  evidence: ['e'],
  ...parts
})
/** @param {object} [parts] @returns {any} */
const report = (parts) => ({
  schemaVersion: 2,
  verdict: 'leaking',
  findings: [finding()],
  undecided: [],
  examined: [],
  ...parts
})

describe('a report full of markup, commands and control characters', () => {
  const place = { name: EVIL, file: EVIL, line: 3, column: EVIL, function: EVIL }
  const evil = LeakReport.from(
    report({
      findings: [
        finding({
          ...{ kind: EVIL, message: EVIL, confidence: EVIL, fingerprint: EVIL, advice: EVIL, culprit: place },
          growth: { unit: EVIL, total: 5, perHour: EVIL, perOperation: EVIL },
          evidence: [EVIL],
          retainerPath: [{ name: EVIL, edge: EVIL, file: EVIL, line: 1 }]
        })
      ],
      ...{ undecided: [{ text: EVIL, reason: EVIL, at: EVIL }], examined: [{ text: EVIL, what: EVIL, at: EVIL }] },
      details: {
        series: [{ name: EVIL, unit: EVIL, x: EVIL, points: [[0, 1], [1, 2]], floors: EVIL, trend: EVIL, onset: EVIL }], // biome-ignore format: one line
        counts: [{ label: EVIL, live: 4, pool: EVIL, thread: EVIL, file: EVIL, line: EVIL }],
        owners: [{ class: EVIL, depth: 0, retainedBytes: 5, name: EVIL, file: EVIL, count: EVIL }]
      }
    })
  )
  const shown = Object.fromEntries(FORMATS.map((format) => [format, evil.render(format)]))

  test('is of a known kind, unit and confidence', () => {
    const { kind, confidence, growth, culprit } = evil.findings[0]
    assert.deepEqual([kind, confidence, growth], ['unknown', 'possible', { unit: 'count', total: 5 }])
    assert.deepEqual(Object.keys(culprit), ['name', 'file', 'line', 'function'])
  })

  test('controls no terminal', () => {
    const controls = /[\p{Cc}\p{Bidi_C}]/gu
    for (const format of ['text', 'github', 'markdown'])
      assert.deepEqual(shown[format].match(controls)?.filter((c) => c !== '\n') ?? [], [], format)
  })

  test('is one workflow command', () => {
    const lines = shown.github.trimEnd().split('\n')
    assert.equal(lines.length, 1)
    assert.match(lines[0], /^::warning file=[^,]*,line=3,title=Leak%3A unknown%2C possible::/)
    for (const format of ['text', 'markdown']) assert.doesNotMatch(shown[format], /^\s*::/m)
  })

  test('is no markup, and is escaped once', () => {
    assert.doesNotMatch(shown.markdown.replaceAll(/<\/?code>/g, ''), /[<>`[\]@]|\]\(|&&/)
    const row = shown.markdown.split('\n').find((line) => line.startsWith('| <code>')) ?? ''
    assert.equal(row.split('|').length, 6, 'four cells')
    assert.match(row, /\| unknown, possible \|/)
    assert.match(row, /&#60;\/script&#62;&#60;script&#62;/)
  })

  test('runs nothing in a page', () => {
    const scripts = shown.html.match(/<script[^>]*>/g) ?? []
    assert.deepEqual(scripts, ['<script type="application/json" id="report">', '<script>'])
    assert.doesNotMatch(shown.html, /<img|onerror=alert\(2\)>/)
  })

  test('is valid SARIF', () => {
    const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(sarifSchema)
    for (const kind of [EVIL, 'constructor', '__proto__', 'toString']) {
      const log = JSON.parse(
        LeakReport.from(report({ findings: [finding({ kind, confidence: kind })] })).render('sarif')
      )
      assert.ok(isSarif(log), JSON.stringify(isSarif.errors))
      assert.equal(log.runs[0].results[0].ruleId, 'leakguard/unknown')
    }
    assert.ok(isSarif(JSON.parse(shown.sarif)), JSON.stringify(isSarif.errors))
  })
})

/** @type {[string, any, RegExp][]} */
const REFUSED = [
  ['a hole in the findings', { findings: Object.assign([], { length: 3 }) }, /findings\[0\] must be an object/],
  ['a hole in the evidence', { findings: [finding({ evidence: Object.assign([], { 1: 'x' }) })] }, /evidence\[0\] must be a string/],
  ['half a line', { findings: [finding({ culprit: { file: '/a', line: -5.5 } })] }, /line must be a positive integer, not -5.5/],
  ['a line beyond all files', { findings: [finding({ culprit: { file: '/a', line: 1e308 } })] }, /line must be a positive integer/],
  ['growth that is no number', { findings: [finding({ growth: { total: Number.NaN } })] }, /growth.total must be a finite number/]
] // biome-ignore format: one line each
for (const [what, parts, message] of REFUSED)
  test(`${what} is refused with its place`, () => {
    assert.throws(() => LeakReport.from(report(parts)), { code: 'ERR_LEAKGUARD_INVALID_REPORT', message })
  })

test('a getter that throws is an error of ours', () => {
  const source = Object.defineProperty(report(), 'findings', {
    get() {
      throw new Error('no')
    }
  })
  assert.throws(() => LeakReport.from(source), { code: 'ERR_LEAKGUARD_INVALID_REPORT' })
})

test('counts without their highest value, and owners of no depth, are what can be drawn', () => {
  const details = {
    counts: [{ label: 'a', live: 4 }, { label: 'b' }],
    owners: [
      { class: 'c', depth: 0, retainedBytes: 5 },
      { class: 'd', depth: -1, retainedBytes: 5 },
      { class: 'e', depth: 1.5, retainedBytes: -5 }
    ]
  }
  const { counts, owners } = LeakReport.from(report({ details })).details ?? {}
  assert.deepEqual(counts, [{ pool: 'group', label: 'a', live: 4, highWater: 4 }])
  assert.deepEqual(owners, [{ depth: 0, class: 'c', count: 1, retainedBytes: 5 }])
})

test('half a place is shown as half a place', () => {
  const read = LeakReport.from(report({ findings: [finding({ culprit: { file: '/a/b.js' } })] }))
  for (const format of FORMATS) assert.doesNotMatch(read.render(format), /b\.js:undefined/)
})

test('200,000 findings are rendered', () => {
  const read = LeakReport.from(report({ findings: new Array(200_000).fill(finding()) }))
  assert.equal(read.render('text').match(/^\d+\. listener/gm)?.length, 200_000)
  assert.match(read.render('markdown'), /199800 more findings are left out/)
  assert.match(read.render('github'), /199990 more findings/)
})

/** Texts that expressions could read in time that grows with the square of their length. @type {Record<string, (n: number) => string>} */
const LONG = {
  'callers without an end': (n) => 'called from '.repeat(n),
  brackets: (n) => `called from ${'a'.repeat(n)}${' ('.repeat(n)}`,
  places: (n) => `called from ${'a:1'.repeat(4 * n)}`,
  blanks: (n) => ' '.repeat(12 * n),
  'dashes and blanks': (n) => '- '.repeat(6 * n),
  underlines: (n) => `${' '.repeat(6 * n)}${'~'.repeat(6 * n)}`,
  quotes: (n) => '"&<'.repeat(4 * n)
}
for (const [what, make] of Object.entries(LONG))
  test(`the time for ${what} grows with their length`, () => {
    const timeOf = (/** @type {number} */ n) => {
      const text = make(n)
      const culprit = { file: '/x/node_modules/y.js', line: 1 }
      const read = LeakReport.from(
        report({ findings: [finding({ culprit, message: text, evidence: [text], advice: text })] })
      )
      const begin = process.cpuUsage()
      for (const format of FORMATS) read.render(format, format === 'text' ? { columns: 80 } : {})
      const { user, system } = process.cpuUsage(begin)
      return (user + system) / 1000
    }
    timeOf(1000)
    const [short, long] = [timeOf(4000), timeOf(32_000)]
    // Eight times as long: a square would be 64 times as much.
    assert.ok(long < 24 * Math.max(short, 4), `${short} ms, then ${long} ms`)
  })

test('who called is still found', () => {
  const callers = [
    { function: 'f', file: '/x/node_modules/y.js', line: 1 },
    { function: 'g', file: '/x/node_modules/z.js', line: 2 },
    { function: 'my code', file: '/srv/a b.js', line: 30 }
  ]
  const culprit = { file: '/x/node_modules/y.js', line: 1 }
  const text = LeakReport.from(report({ findings: [finding({ culprit, callers })] })).render('text')
  assert.match(
    text,
    /at \/srv\/a b\.js:30 {2}my code calls the package\n +~+\n +in a package: \/x\/node_modules\/y\.js:1\n/
  )
})

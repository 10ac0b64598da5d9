'use strict'
// @ts-check
// Each form of a report: golden files of text, JSON, SARIF, Markdown and annotations; SARIF by its own schema; names
// of the program stay names in all of them.
//
//   LEAKGUARD_UPDATE_GOLDEN=1 node --test __test__/report/formats.test.js

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const Ajv = require('ajv').default
const { default: Ajv2020 } = require('ajv/dist/2020')
// Of draft 4, which ajv 8 does not know by name; it uses nothing that later drafts read otherwise.
const {
  $schema: _,
  id: __,
  ...sarifSchema
} = require('../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
const ownSchema = require('leakguard/schema/report.json')
const { LeakReport, analyzeTrend } = require('leakguard')
const { HOSTILE, at, hostile, large, root, sample } = require('./sample.js')

const golden = path.join(__dirname, '../golden')
const isWindows = process.platform === 'win32'

/** @param {unknown} schema @param {any} Validator */
const validator = (schema, Validator) =>
  new Validator({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }).compile(schema)
const isSarif = validator(sarifSchema, Ajv)
const isReport = validator(ownSchema, Ajv2020)

/** @param {string} name @param {string} text */
function same(name, text) {
  const file = path.join(golden, name)
  if (process.env.LEAKGUARD_UPDATE_GOLDEN) fs.writeFileSync(file, text)
  assert.equal(text, fs.readFileSync(file, 'utf8'))
}

/** Schemes and base identifiers must be URIs: the schema's formats, which ajv leaves to others. @param {any} log */
function checkUris(log) {
  const { originalUriBaseIds, results } = log.runs[0]
  assert.ok(new URL(originalUriBaseIds.ROOT.uri).href.endsWith('/'))
  for (const { locations = [] } of results) {
    for (const { physicalLocation } of locations) {
      const { uri, uriBaseId } = physicalLocation.artifactLocation
      assert.ok(new URL(uri, uriBaseId ? originalUriBaseIds[uriBaseId].uri : undefined), uri)
      assert.doesNotMatch(uri, /[\s<>"\\^`{|}]/)
    }
  }
}

describe('golden files', { skip: isWindows && 'paths of the samples are those of other systems' }, () => {
  const report = LeakReport.from(sample())
  test('text', () => same('sample-report.txt', `${report.render('text')}\n`))
  test('text of a narrow terminal, with bars', () =>
    same('sample-report-narrow.txt', `${report.render('text', { columns: 44, sparklines: true })}\n`))
  test('JSON', () => same('sample-report.json', report.render('json')))
  test('SARIF', () => same('sample-report.sarif', report.render('sarif', { root })))
  test('Markdown', () => same('sample-report.md', report.render('markdown', { root })))
  test('annotations', () => same('sample-report.github.txt', report.render('github', { root })))
})

describe('SARIF', () => {
  const reports = {
    sample: LeakReport.from(sample()),
    hostile: LeakReport.from(hostile()),
    large: LeakReport.from(large(300)),
    clean: LeakReport.from({ schemaVersion: 2, verdict: 'clean', findings: [] })
  }
  for (const [name, report] of Object.entries(reports)) {
    test(`is valid by its schema: ${name}`, () => {
      const log = JSON.parse(report.render('sarif', { root }))
      assert.ok(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 5), null, 2))
      checkUris(log)
      const prints = log.runs[0].results.map((/** @type {any} */ result) => result.partialFingerprints['leakguard/v1'])
      assert.deepEqual(
        prints,
        report.findings.map(({ fingerprint }) => fingerprint)
      )
      for (const result of log.runs[0].results)
        assert.equal(log.runs[0].tool.driver.rules[result.ruleIndex].id, result.ruleId)
    })
  }

  test('the validator refuses what is none', () => {
    const log = JSON.parse(reports.sample.render('sarif'))
    log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0
    assert.equal(isSarif(log), false)
  })
})

describe("a leak whose line is a package's", {
  skip: isWindows && 'paths of the samples are those of other systems'
}, () => {
  const [finding] = sample().findings
  const culprit = { name: '_refs', file: `${root}/node_modules/ajv/lib/ajv.js`, line: 56, column: 8 }
  const inPackage = {
    name: 'Ajv',
    edge: 'variable ajv',
    link: { type: 'variable', name: 'ajv' },
    file: culprit.file,
    line: 51
  }
  const held = [
    { name: 'function validate', edge: '.validate', file: `${root}/app/validate.js`, line: 8 },
    { name: 'module scope', edge: 'closes over', file: `${root}/app/validate.js`, line: 8 },
    inPackage,
    { name: 'Object', edge: '._refs' }
  ]
  const callers = [
    { function: 'add', file: culprit.file, line: 56 },
    { function: 'log', file: `${root}/node_modules/x/i.js`, line: 3 },
    { function: 'serve', file: `${root}/app/serve.js`, line: 12 }
  ]
  /** @param {any} parts */
  const reportOf = (parts) => LeakReport.from({ ...sample(), findings: [{ ...finding, culprit, ...parts }] })

  test("names the variable of the program's own that leads there", () => {
    const report = reportOf({ retainerPath: held })
    assert.match(
      String(report),
      /\n {5}at \S*app\/validate\.js:8 {2}variable 'ajv'\n +~+\n {5}in a package: \S*ajv\.js:56:8\n/
    )
    assert.match(report.render('github', { root }), /^::error file=app\/validate\.js,line=8,/)
    const [{ locations, relatedLocations }] = JSON.parse(report.render('sarif', { root })).runs[0].results
    assert.equal(locations[0].physicalLocation.artifactLocation.uri, 'app/validate.js')
    assert.equal(relatedLocations[0].physicalLocation.artifactLocation.uri, 'node_modules/ajv/lib/ajv.js')
    assert.ok(isSarif(JSON.parse(report.render('sarif', { root }))))
  })

  test('else who called it', () => {
    const report = reportOf({ retainerPath: undefined, callers })
    assert.match(String(report), /\n {5}at \S*app\/serve\.js:12 {2}serve calls the package\n/)
  })

  test('and nothing where no code of the program is known, or the line is its own', () => {
    const none = String(reportOf({ retainerPath: [inPackage], evidence: ['60 calls: 60 more'] }))
    assert.match(none, /\n {5}in a package: /)
    assert.doesNotMatch(none, /\n {5}at /)
    assert.doesNotMatch(String(LeakReport.from(sample())), /in a package/)
  })
})

describe('names of the program', () => {
  const report = LeakReport.from(hostile())

  test('begin no workflow command, and end none', () => {
    const lines = report.render('github').trimEnd().split('\n')
    for (const line of lines) assert.match(line, /^::(?:error|warning|notice) [^\n]*::/)
    assert.equal(lines.length, 11)
  })

  test('are no Markdown and no HTML', () => {
    const text = report.render('markdown').replace(/<\/?code>/g, '')
    assert.doesNotMatch(text, /<|!\[|\]\(|:\/\//)
    for (const line of text.split('\n').filter((row) => row.startsWith('|')))
      assert.equal(line.split('|').length, 6, line)
  })

  test('send no escape codes to a terminal, and turn no text round', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(report.render('text'), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/)
  })

  test('survive JSON', () => {
    const again = LeakReport.from(report.render('json'))
    assert.deepEqual(again.toJSON(), report.toJSON())
    assert.equal(again.findings.length, HOSTILE.length)
  })
})

describe('LeakReport.from', () => {
  test('gives back what was written, all sections included, valid by the schema', () => {
    const report = LeakReport.from(JSON.stringify(sample()))
    assert.deepEqual(JSON.parse(JSON.stringify(report)), sample())
    assert.ok(isReport(report.toJSON()), JSON.stringify(isReport.errors))
  })

  /** @type {[what: string, source: any, expected: RegExp][]} */
  const wrong = [
    ['no JSON', '{', /not JSON/],
    ['another object', { answer: 42 }, /schemaVersion must be 2/],
    ['a later version', { ...sample(), schemaVersion: 3 }, /schemaVersion/],
    ['another verdict', { ...sample(), verdict: 'maybe' }, /verdict/],
    ['findings that are none', { ...sample(), findings: {} }, /findings must be an array/],
    [
      'a finding without a fingerprint',
      { ...sample(), findings: [{ ...sample().findings[0], fingerprint: 1 }] },
      /findings\[0\]\.fingerprint/
    ],
    [
      'a place that is none',
      { ...sample(), findings: [{ ...sample().findings[0], culprit: { file: 1 } }] },
      /culprit\.file/
    ],
    ['a line without a word', { ...sample(), undecided: [{ text: 'x', at: 'y' }] }, /undecided\[0\]\.reason/],
    ['a line that is text alone', { ...sample(), examined: ['x'] }, /examined\[0\] must be an object/],
    [
      'a path that is none',
      { ...sample(), findings: [{ ...sample().findings[0], retainerPath: [1] }] },
      /retainerPath\[0\]/
    ]
  ]
  for (const [what, source, expected] of wrong) {
    test(`refuses ${what}`, () => {
      assert.throws(() => LeakReport.from(source), { code: 'ERR_LEAKGUARD_INVALID_REPORT', message: expected })
    })
  }

  test('refuses what is neither text nor object, and leaves out sections that are broken', () => {
    for (const source of [undefined, null, 1, []])
      assert.throws(() => LeakReport.from(/** @type {any} */ (source)), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    const broken = LeakReport.from({
      ...sample(),
      details: { series: [{ name: 'x', points: [['a', 1]] }], counts: 'no', owners: [null] }
    })
    assert.equal(broken.details, undefined)
    assert.equal(LeakReport.from({ ...sample(), details: 'no' }).details, undefined)
  })
})

describe('render', () => {
  test('an unknown format is refused by name', () => {
    const report = LeakReport.from(sample())
    assert.throws(() => report.render(/** @type {any} */ ('pdf')), {
      code: 'ERR_LEAKGUARD_INVALID_ARG',
      message: /'pdf'/
    })
    assert.throws(() => report.render(/** @type {any} */ ('toString')), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  })

  test('a summary is one line, with the first finding', () => {
    const [first] = sample().findings
    assert.equal(LeakReport.from(sample()).summary(), `leaking, 3 findings: ${first.message}`)
    const clean = LeakReport.from({ schemaVersion: 2, verdict: 'clean', findings: [] })
    assert.equal(clean.summary(), 'clean, nothing grows without bound')
    const open = LeakReport.from({ ...sample(), verdict: 'undecided', findings: [] })
    assert.equal(open.summary(), 'undecided: rss rises, but a step would explain it as well')
    assert.doesNotMatch(LeakReport.from(hostile()).summary(), /\n/)
  })

  test('what a later part adds to a finding goes through JSON, what is no such fact does not', () => {
    const [finding] = sample().findings
    const facts = {
      subject: { type: 'collection', name: 'sessions' },
      change: { type: 'entries', from: 5000, to: 15000 },
      holder: { type: 'variable' },
      callers: [{ file: at('src/app.js'), line: 4, function: 'serve' }],
      frees: { bytes: 3e6, count: 15000, share: 0.4, alsoHeldBy: ['audit log'] },
      retainerPath: [{ name: 'Map', edge: 'variable sessions', link: { type: 'variable', name: 'sessions' } }]
    }
    const report = LeakReport.from({ ...sample(), findings: [{ ...finding, ...facts }] })
    assert.ok(isReport(report.toJSON()), JSON.stringify(isReport.errors))
    const [read] = LeakReport.from(report.render('json')).findings
    assert.deepEqual(JSON.parse(JSON.stringify({ ...read, ...facts })), JSON.parse(JSON.stringify(read)))
    const none = { ...finding, subject: 'x', change: {}, callers: [{}], frees: { bytes: 1 } }
    assert.deepEqual(LeakReport.from({ ...sample(), findings: [none] }).findings[0], finding)
  })

  test('a trend is a report with floors, fitted line and onset', () => {
    const { simulate } = require('../trend/simulate.js')
    const report = analyzeTrend(simulate('leak', 'with time', 6, { total: 1 }).samples)
    assert.equal(report.verdict, 'leaking')
    assert.ok(isReport(report.toJSON()), JSON.stringify(isReport.errors))
    const [first] = report.details?.series ?? []
    assert.equal(first.fingerprint, report.findings[0].fingerprint)
    assert.ok((first.floors?.length ?? 0) > 1 && first.trend?.length === 2 && first.onset !== undefined)
    assert.ok((first.points.length ?? 0) <= 400)
    const clean = analyzeTrend(simulate('clean', 'flat', 6).samples)
    assert.deepEqual([clean.verdict, clean.findings.length], ['clean', 0])
    assert.equal(analyzeTrend([]).details, undefined)
  })
})

test('sizes have three digits before the point at the most, whatever is rounded', () => {
  const { size } = require('../../lib/base/text.js')
  const told = [0, 999, 999_940, 999_960, -1_500_000, 999_960_000].map(size)
  assert.deepEqual(told, ['0 B', '999 B', '999.9 KB', '1.0 MB', '-1.5 MB', '1.0 GB'])
})

// @ts-check
// Real reports against schema/report.json, and reports that it must refuse.
// Knows the format only: what a report ought to find is for other tests to say.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { before, describe, test } = require('node:test')
const { default: Ajv2020 } = require('ajv/dist/2020')
const schema = require('leakguard/schema/report.json')

const root = path.resolve(__dirname, '..')
// `required` stands beside `if`, `anyOf` and `contains`, not inside of them.
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(
  schema
)

/** Programs, each of which prints the report it ends with. */
const programs = {
  leaking: `
    const { start, track } = require('leakguard')
    const guard = start()
    const bus = new (require('node:events'))().setMaxListeners(0)
    const sessions = track(new Map(), 'sessions')
    const work = setInterval(() => {
      bus.on('change', () => {})
      sessions.set(sessions.size, {})
      setInterval(() => {}, 1e6).unref()
    }, 10)
    setTimeout(() => { clearInterval(work); print(guard.check()) }, 2500)`,
  clean: `
    const guard = require('leakguard').start()
    setTimeout(() => print(guard.check()), 1600)`,
  undecided: `print(require('leakguard').start().check())`
}

/** @param {string} program @returns {any} */
function reportOf(program) {
  const print = 'const print = (report) => process.stdout.write(JSON.stringify(report))\n'
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', print + program], { cwd: root, encoding: 'utf8' })
  assert.ok(stdout, stderr)
  return JSON.parse(stdout)
}

/** @param {unknown} report @returns {string[]} what the schema has against it */
function complaints(report) {
  if (validate(report)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
}

/** @type {Record<string, any>} */
const reports = {}

before(() => {
  for (const [verdict, program] of Object.entries(programs)) reports[verdict] = reportOf(program)
})

for (const verdict of Object.keys(programs)) {
  test(`a report that says ${verdict} is valid`, () => {
    assert.equal(reports[verdict].verdict, verdict, JSON.stringify(reports[verdict], null, 2))
    assert.deepEqual(complaints(reports[verdict]), [])
  })
}

test('a report with retainer path and rate per operation is valid: what is to come has its place', () => {
  const report = structuredClone(reports.leaking)
  report.findings[0].retainerPath = [{ name: 'sessions', edge: 'sessions', file: '/app/a.js', line: 3 }]
  report.findings[0].growth.perOperation = 1
  assert.deepEqual(complaints(report), [])
})

test('the schema knows the kinds that the types know', () => {
  const types = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8')
  const union = /\n {2}kind:\n([\s\S]*?)\n {2}\w/.exec(types.replace(/\/\*\*[\s\S]*?\*\//g, ''))?.[1] ?? ''
  const kinds = [...union.matchAll(/'(\w+)'/g)].map((found) => found[1])
  assert.deepEqual([...kinds].sort(), [...schema.$defs.finding.properties.kind.enum].sort())
})

describe('a broken report is refused:', () => {
  /** @type {Record<string, (report: any) => void>} each breaks a report that says leaking */
  const breaks = {
    'another version': (report) => Object.assign(report, { schemaVersion: 1 }),
    'an unknown verdict': (report) => Object.assign(report, { verdict: 'fine' }),
    'a verdict that is missing': (report) => delete report.verdict,
    'an unknown property': (report) => Object.assign(report, { extra: 1 }),
    'a list that is missing': (report) => delete report.examined,
    'an empty sentence': (report) => report.undecided.push({ text: '', reason: 'may-end', at: report.examined[0].at }),
    'a sentence without a word': (report) => delete report.examined[0].what,
    'a sentence without a time': (report) => delete report.examined[0].at,
    'a fact without a type': (report) => Object.assign(report.findings[0], { subject: { name: 'x' } }),
    'clean with a finding': (report) => Object.assign(report, { verdict: 'clean' }),
    'undecided with a likely finding': (report) => Object.assign(report, { verdict: 'undecided' }),
    'undecided without a reason': (report) =>
      Object.assign(report, { verdict: 'undecided', findings: [], undecided: [] }),
    'leaking without a finding': (report) => Object.assign(report, { findings: [] }),
    'leaking with a mere sign': (report) =>
      Object.assign(report, { findings: [{ ...report.findings[0], confidence: 'possible' }] }),
    'an unknown kind': (report) => Object.assign(report.findings[0], { kind: 'thing' }),
    'an unknown confidence': (report) => Object.assign(report.findings[0], { confidence: 'sure' }),
    'no evidence': (report) => Object.assign(report.findings[0], { evidence: [] }),
    'a fingerprint of another form': (report) => Object.assign(report.findings[0], { fingerprint: 'ABC' }),
    'an unknown unit': (report) => Object.assign(report.findings[0].growth, { unit: 'pieces' }),
    'a total that is no number': (report) => Object.assign(report.findings[0].growth, { total: null }),
    'line 0': (report) => Object.assign(report.findings[0].culprit, { line: 0 }),
    'a line without a file': (report) => delete report.findings[0].culprit.file,
    'a retainer step without an edge': (report) => Object.assign(report.findings[0], { retainerPath: [{ name: 'x' }] })
  }
  for (const [what, breakIt] of Object.entries(breaks)) {
    test(what, () => {
      const report = structuredClone(reports.leaking)
      breakIt(report)
      assert.notDeepEqual(complaints(report), [])
    })
  }
})

'use strict'
// @ts-check
// `leakguard report`, `leakguard doctor` and --html, as their reader runs them.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { root: shop, sample } = require('../report/sample.js')
const { copyPackage, runNode, tempFolder } = require('../support/child.js')
const { simulate } = require('../trend/simulate.js')

const bin = path.join(__dirname, '../../bin/leakguard.js')
const isWindows = process.platform === 'win32'

let folder = ''
before(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-report-')))
  const clean = { schemaVersion: 2, verdict: 'clean', findings: [] }
  fs.writeFileSync(path.join(folder, 'report.json'), JSON.stringify(sample()))
  fs.writeFileSync(path.join(folder, 'clean.json'), JSON.stringify(clean))
  fs.writeFileSync(path.join(folder, 'other.json'), '{"answer": 42}')
  fs.writeFileSync(
    path.join(folder, 'samples.json'),
    JSON.stringify(simulate('leak', 'with time', 6, { total: 1 }).samples)
  )
})
after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** @param {string[]} args @param {Record<string, string>} [env] */
function leakguard(args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env }
  })
  return { status, stdout, stderr }
}

describe('leakguard report', () => {
  test('prints text without colour where there is no terminal, and tells by its code what the report says', () => {
    const { status, stdout } = leakguard(['report', 'report.json'])
    assert.equal(status, 1)
    assert.match(stdout, /^leakguard: leaking, 3 findings\n/)
    assert.ok(!stdout.includes('\u001b'))
    assert.equal(leakguard(['report', 'clean.json']).status, 0)
  })

  /** @type {[file: string, begins: RegExp][]} */
  const outputs = [
    ['out.html', /^<!doctype html>/],
    ['out.sarif', /^\{\n {2}"\$schema": ".*sarif-schema-2\.1\.0\.json"/],
    ['out.md', /^### leakguard: leaking, 3 findings/],
    ['out.json', /^\{\n {2}"schemaVersion": 2/],
    ['out.txt', /^leakguard: leaking/]
  ]
  for (const [file, begins] of outputs) {
    test(`writes ${file}, for its owner alone`, () => {
      const { status, stdout, stderr } = leakguard(['report', 'report.json', '-o', file])
      assert.deepEqual([status, stdout, stderr], [1, '', `wrote ${file}\n`])
      assert.match(fs.readFileSync(path.join(folder, file), 'utf8'), begins)
      if (!isWindows) assert.equal(fs.statSync(path.join(folder, file)).mode & 0o777, 0o600)
    })
  }

  test('paths are relative to --root', () => {
    const { stdout } = leakguard(['report', 'report.json', '--format', 'github', '--root', shop])
    assert.match(stdout, /^::error file=src\/sessions\.js,line=8,col=7,/)
  })

  /** @type {[string[], RegExp][]} */
  const mistakes = [
    [['report'], /REPORT\.json is missing/],
    [['report', 'none.json'], /cannot read none\.json: no such file or folder/],
    [['report', 'other.json'], /other\.json: LeakReport\.from: schemaVersion must be 2/],
    [['report', 'report.json', '--format', 'pdf'], /--format must be one of/],
    [['report', 'report.json', '-o', 'out.pdf'], /--format is missing/],
    [
      ['report', 'report.json', '-o', path.join('none', 'out.html')],
      /cannot write \S*out\.html: no such file or folder/
    ]
  ]
  for (const [args, expected] of mistakes) {
    test(`a mistake is one line and exit code 2: ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = leakguard(args)
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(stderr, expected)
    })
  }

  test('a trend becomes a page with --html', () => {
    const { status, stderr } = leakguard(['trend', 'samples.json', '--html', 'trend.html'])
    assert.deepEqual([status, stderr], [1, 'wrote trend.html\n'])
    assert.match(fs.readFileSync(path.join(folder, 'trend.html'), 'utf8'), /"floors":\[\[/)
  })
})

describe('leakguard doctor', () => {
  test('tells what works here', () => {
    const { status, stdout } = leakguard(['doctor', '--json'])
    const { ok, checks } = JSON.parse(stdout)
    assert.deepEqual([status, ok], [0, true])
    const names = checks.map((/** @type {any} */ { name }) => name)
    assert.deepEqual(names, [
      ...['Node.js', 'native binary', 'garbage collection', 'inspector', 'heap capture', 'forked capture'],
      ...['memory limit', 'allocator', 'permission model']
    ])
    for (const { state, detail } of checks) {
      assert.ok(['works', 'limited', 'missing'].includes(state))
      assert.ok(detail.length > 0)
    }
    assert.match(leakguard(['doctor']).stdout, /\nleakguard works here\.\n$/)
  })
})

test('doctor names the package that is missing', async (t) => {
  const folder = path.join(tempFolder(t), 'leakguard')
  copyPackage(folder, (name) => name.endsWith('.node'))
  const { code, stdout } = await runNode(['-e', "require('./lib/cli/main.js').main(['doctor', '--json'], process)"], {
    cwd: folder
  })
  assert.equal(code, 0)
  const { ok, checks } = JSON.parse(stdout)
  const { state, detail, advice } = checks.find((/** @type {any} */ { name }) => name === 'native binary')
  assert.deepEqual([ok, state], [false, 'missing'])
  assert.match(detail, new RegExp(`the package leakguard-${process.platform}-${process.arch}\\S* is missing`))
  assert.match(advice, /npm install leakguard-\S+@\d/)
})

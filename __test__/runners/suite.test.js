'use strict'
// @ts-check
// `leakguard suite` on a small project of each runner: what grows is found with its line, what is bounded, filled or remembered by
// few keys is not, and no test fails, prints or is reported because it was repeated.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { copyPackage, root, runNode, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

const bin = path.join(root, 'bin', 'leakguard.js')
/** As much time as it takes, on a busy machine too. */
const AMPLE = ['--budget', '200']

/** One line leaks; beside it stand what is bounded, filled once, and remembered by few keys. */
const SHOP = `const seen = new Map()
let n = 0
exports.remember = (name) => {
  seen.set(n++, { name })
}
const recent = new Map()
exports.look = (name) => {
  recent.set(name + n++, { name })
  if (recent.size > 20) recent.delete(recent.keys().next().value)
}
const prices = new Map()
exports.price = (name) => {
  if (!prices.has(name)) prices.set(name, { name, cents: name.length })
  return prices.get(name).cents
}
`
const FIXED = SHOP.replace('seen.set(n++, { name })', 'seen.set(name, { name })')

/** Tests that any runner of this form has, and what each of them asks of its runner. */
const body = (/** @type {string} */ equal) => `
let first = true
let runs = 0
test('only once', () => { ${equal}(first, true); first = false })
test('looks', () => { for (let i = 0; i < 5; i++) shop.look('a' + i) })
test('prints', () => { runs++; console.log('run ' + runs) })
test('waits', () => new Promise((resolve) => setTimeout(resolve, 2)))
describe('a cart', () => {
  let cart
  beforeAll(() => { cart = new Map() })
  beforeEach(() => { cart.set('apple', 1) })
  afterEach(() => { cart.clear() })
  afterAll(() => { cart = undefined })
  test('remembers a visitor', () => { ${equal}(cart.size, 1); shop.remember('ana') })
  test('has a price', () => { ${equal}(cart.size, 1); for (const name of ['apple', 'pear']) shop.price(name) })
})
`

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files @param {string} [folder] whose packages the project has */
function project(t, files, folder) {
  const cwd = tempFolder(t, files)
  const own = path.join(cwd, 'node_modules')
  fs.unlinkSync(path.join(own, 'leakguard'))
  copyPackage(path.join(own, 'leakguard'))
  for (const name of folder ? fs.readdirSync(folder) : [])
    if (!name.startsWith('.') && !fs.existsSync(path.join(own, name)))
      fs.symlinkSync(path.join(/** @type {string} */ (folder), name), path.join(own, name), 'junction')
  return cwd
}

/** @param {string} cwd @param {string[]} runner @param {string[]} [options] */
async function suite(cwd, runner, options = AMPLE) {
  // Where a CI runs, snapshots that are new are not written.
  const env = { CI: '', FORCE_COLOR: '0', NO_COLOR: '1' }
  const all = [bin, 'suite', ...options, '--json', '--', ...runner]
  const { code, stdout, stderr } = await runNode(all, { cwd, env, timeoutMs: 280_000 })
  const at = stdout.indexOf('{\n')
  const report = at < 0 ? undefined : JSON.parse(stdout.slice(at))
  return { code, stderr, output: `${stdout}\n${stderr}`, report }
}

/** @param {Awaited<ReturnType<typeof suite>>} ended @param {number} tests @param {string} file */
function assertFound({ code, output, report, stderr }, tests, file) {
  assert.equal(code, 1, output)
  assert.deepEqual(
    report.findings.map((/** @type {any} */ { culprit }) => [path.basename(culprit.file), culprit.line]),
    [[file, 1]],
    output
  )
  const { suite: told } = report
  assert.deepEqual(
    told.leaks[0].tests.map((/** @type {any} */ { name }) => name),
    ['a cart > remembers a visitor'],
    output
  )
  assert.deepEqual(
    told.skipped.map((/** @type {any} */ { name }) => name),
    ['only once'],
    output
  )
  assert.match(told.skipped[0].why, /^run 2 fails: /)
  assert.deepEqual([told.tests, told.repeated], [tests, tests - 1], output)
  // What is printed while tests are repeated is not.
  assert.equal(stderr.match(/run \d+/g)?.filter((text) => text !== 'run 1' && text !== 'run 2').length, 0, output)
  assert.match(stderr, /a cart > remembers a visitor +.* 1 +Map/)
}

const NODE_TEST = `const { test, describe, before: beforeAll, after: afterAll, beforeEach, afterEach } = require('node:test')
const { equal } = require('node:assert/strict')
const shop = require('./shop.js')
${body('equal')}
test('has a callback', (t, done) => setImmediate(done))
test('has a plan', (t) => { t.plan?.(1); (t.assert?.ok ?? equal)(true, true) })
test('tells that it is aborted when it is over', (t) => { equal(t.signal.aborted, false) })
test('has mocks', (t) => { const fn = t.mock.fn(); fn(); equal(fn.mock.calls.length, 1) })
`

describe('node:test', () => {
  test('the line that leaks, and nothing else', async (t) => {
    const cwd = project(t, { 'shop.js': SHOP, 'shop.test.js': NODE_TEST })
    assertFound(await suite(cwd, ['node', '--test', 'shop.test.js']), 10, 'shop.js')
  })

  test('what is told to fail, to wait or to have subtests is not repeated, and the runner says the same', async (t) => {
    const cwd = project(t, {
      'a.test.js': `const test = require('node:test')
test('fails', () => { throw new Error('of its own') })
test('skips', { skip: true }, () => {})
test('has parts', async (t) => { await t.test('part', () => {}) })
test('together', { concurrency: true }, async () => {})`
    })
    const { code, report, output } = await suite(cwd, ['node', '--test', 'a.test.js'])
    assert.equal(code, 1, output)
    assert.equal(report.verdict, 'clean', output)
    const why = Object.fromEntries(report.suite.skipped.map((/** @type {any} */ one) => [one.name, one.why]))
    assert.equal(why.fails, 'it failed')
    assert.match(why['has parts'], /^it has subtests/)
    assert.match(why['has parts > part'], /^it is a subtest/)
    assert.equal(Object.hasOwn(why, 'skips'), false)
  })

  test('what another commit leaks too does not fail, and what it fixed is told', async (t) => {
    const cwd = project(t, { 'shop.js': SHOP, 'shop.test.js': NODE_TEST, '.gitignore': 'node_modules\n' })
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd, stdio: 'ignore' })
    git('init')
    git('add', '.')
    git('commit', '-m', 'leaks')
    const runner = ['node', '--test', 'shop.test.js']
    const same = await suite(cwd, runner, [...AMPLE, '--base', 'HEAD'])
    assert.equal(same.code, 0, same.output)
    assert.match(same.stderr, /Compared with HEAD: 1 there, 0 new, 0 not seen any more\./)
    fs.writeFileSync(path.join(cwd, 'shop.js'), FIXED)
    const fixed = await suite(cwd, runner, [...AMPLE, '--base', 'HEAD'])
    assert.equal(fixed.code, 0, fixed.output)
    assert.match(fixed.stderr, /1 there, 0 new, 1 not seen any more/)
  })

  test('a baseline is added to, and then known', async (t) => {
    const cwd = project(t, { 'shop.js': SHOP, 'shop.test.js': NODE_TEST })
    const runner = ['node', '--test', 'shop.test.js']
    const added = await suite(cwd, runner, [...AMPLE, '--baseline', 'known.json', '--update-baseline'])
    assert.equal(added.code, 0, added.output)
    assert.equal(JSON.parse(fs.readFileSync(path.join(cwd, 'known.json'), 'utf8')).known.length, 1)
    const known = await suite(cwd, runner, [...AMPLE, '--baseline', 'known.json', '--report', 'a.md,a.sarif'])
    assert.deepEqual([known.code, known.report.allowed], [0, 1], known.output)
    assert.equal(JSON.parse(fs.readFileSync(path.join(cwd, 'a.sarif'), 'utf8')).runs[0].results.length, 0)
  })
})

test('Mocha: the line that leaks, and nothing else', async (t) => {
  const { folder, reason } = peer('mocha', '12.0.3')
  if (reason) return t.skip(reason)
  const files = {
    'shop.js': SHOP,
    'shop.spec.js': `const { equal } = require('node:assert/strict')
const shop = require('./shop.js')
const [test, beforeAll, afterAll] = [it, before, after]
${body('equal')}
test('has a callback', (done) => { setImmediate(done) })
test('has a context', function () { this.timeout(1000); equal(this.test.title, 'has a context') })
test('skips itself', function () { this.skip() })`
  }
  const cwd = project(t, files, folder)
  const bin = path.join(cwd, 'node_modules', 'mocha', 'bin', 'mocha.js')
  assertFound(await suite(cwd, ['node', bin, 'shop.spec.js']), 8, 'shop.js')
})

for (const version of ['4.1.12', '5.1.1'])
  test(`Vitest ${version}: the line that leaks, and nothing else`, async (t) => {
    const { folder, reason } = peer('vitest', version)
    if (reason) return t.skip(reason)
    const files = {
      'vitest.config.mjs': 'export default {}',
      'shop.js': SHOP.replaceAll(/exports\.(\w+) =/g, 'export const $1 ='),
      'shop.test.js': `import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import * as shop from './shop.js'
const equal = (a, b) => expect(a).toBe(b)
${body('equal')}
const own = test.extend({ list: async ({}, use) => { const list = [1]; await use(list); list.length = 0 } })
own('has a fixture', ({ list }) => { equal(list.length, 1); list.push(2) })
test('has snapshots', () => { expect({ a: 1 }).toMatchSnapshot(); expect(2).toMatchSnapshot() })
test('counts assertions', () => { expect.assertions(1); equal(1, 1) })
test('has a clock of its own', () => { vi.useFakeTimers(); vi.advanceTimersByTime(10); vi.useRealTimers() })
const spy = vi.fn()
test('spies', () => { spy(); expect(spy).toHaveBeenCalled() })`
    }
    const cwd = project(t, files, folder)
    const bin = path.join(cwd, 'node_modules', 'vitest', 'vitest.mjs')
    assertFound(await suite(cwd, ['node', bin, 'run']), 11, 'shop.js')
  })

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
test('Jest: the line that leaks, and nothing else', {
  skip: !fs.existsSync(jest) && 'jest is not installed'
}, async (t) => {
  const files = {
    'jest.config.js': `module.exports = { transform: {}, watchman: false, haste: { enableSymlinks: false } }`,
    'shop.js': SHOP,
    'shop.test.js': `const shop = require('./shop.js')
const equal = (a, b) => expect(a).toBe(b)
${body('equal')}
test.each([1, 2])('is each %i', (n) => { equal(n > 0, true) })
test('has a callback', (done) => { setImmediate(done) })
test('has snapshots', () => { expect({ a: 1 }).toMatchSnapshot(); expect(2).toMatchSnapshot() })
test('counts assertions', () => { expect.assertions(1); equal(1, 1) })
test('has a clock of its own', () => { jest.useFakeTimers(); jest.advanceTimersByTime(10); jest.useRealTimers() })`
  }
  const cwd = project(t, files, path.join(root, 'node_modules'))
  assertFound(await suite(cwd, ['node', jest, '-i', '--no-cache', '--ci=false']), 12, 'shop.js')
})

'use strict'
// @ts-check
// What a test is told besides a leak: an assertion that cannot tell, one that nobody waited for, fake timers.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { inspect } = require('node:util')
const { test } = require('node:test')
const { LeakError, LeakReport } = require('../../index.js')
const { copyPackage, root, runNode, tempFolder } = require('../support/child.js')

const env = { CI: '1', FORCE_COLOR: '0', NO_COLOR: '1', NODE_NO_WARNINGS: '1' }

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files */
function project(t, files) {
  const cwd = tempFolder(t, files)
  const own = path.join(cwd, 'node_modules', 'leakguard')
  fs.unlinkSync(own)
  copyPackage(own)
  return cwd
}

const JEST = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
const CONFIG =
  "module.exports = { setupFilesAfterEnv: ['leakguard/jest'], transform: {}, watchman: false, haste: { enableSymlinks: false } }"
const skip = !fs.existsSync(JEST) && 'jest is not installed'

test('Jest: what passes without an answer says so with its name, and fails where that is asked for', {
  skip
}, async (t) => {
  const cwd = project(t, {
    'jest.config.js': CONFIG,
    'a.test.js': "test('asks', () => expect(() => {}).toBeLeakFree())"
  })
  const run = (/** @type {Record<string, string>} */ more) =>
    runNode([JEST, '--no-cache', '-i', '--silent'], { cwd, env: { ...env, LEAKGUARD_DISABLE: '1', ...more } })
  const passed = await run({})
  assert.equal(passed.code, 0, passed.stderr)
  assert.equal(passed.stderr.match(/PASSED WITHOUT AN ANSWER: test 'asks'/g)?.length, 1, passed.stderr)
  assert.equal((await run({ LEAKGUARD_UNDECIDED: 'fail' })).code, 1)
})

test('Jest: a forgotten await fails its test once, fake timers are said', { skip }, async (t) => {
  const cwd = project(t, {
    'jest.config.js': CONFIG,
    'a.test.js': `test('forgets', () => { expect(() => new Promise((resolve) => setTimeout(resolve, 5))).toBeLeakFree() })
test('fakes', async () => {
  jest.useFakeTimers()
  const bus = new (require('node:events'))().setMaxListeners(0)
  await expect(() => void bus.on('x', () => {})).toBeLeakFree({ heap: 'never' })
}, 60_000)`
  })
  const { stdout, stderr } = await runNode([JEST, '--no-cache', '-i'], { cwd, env, timeoutMs: 240_000 })
  const output = `${stdout}\n${stderr}`
  assert.equal(output.match(/test 'forgets' ended while toBeLeakFree was still measuring: await/g)?.length, 1, output)
  assert.match(output, /timers were fake during this measurement/)
})

test('node:test: the same, and the report stands once in what is printed', async (t) => {
  const cwd = project(t, {
    'a.test.js': `const { test } = require('node:test')
const { noLeaks } = require('leakguard/node-test')
test('forgets', (t) => { (t.assert?.noLeaks ?? noLeaks.bind(t))(() => new Promise((resolve) => setTimeout(resolve, 5))).catch(() => {}) })`
  })
  const { stdout, code } = await runNode(['--test', '--test-reporter=tap'], { cwd, env, timeoutMs: 240_000 })
  assert.equal(code, 1, stdout)
  assert.match(stdout, /ended while noLeaks was still measuring: await/)
  const report = LeakReport.from({ schemaVersion: 2, verdict: 'clean', findings: [] })
  assert.doesNotMatch(inspect(new LeakError(report)), /report:/)
})

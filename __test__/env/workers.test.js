// @ts-check
// Threads, processes and their ends: every thread is counted, none is kept alive, none is brought down.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { copyPackage, root, runFile, runNode, tempFolder } = require('../support/child.js')

describe('workers', () => {
  for (const flag of ['--import', '--require']) {
    test(`${flag} leakguard/register hooks every worker, and the main thread's check sees what leaks there`, async () => {
      await runFile('workers/a-leak-in-a-worker.js', [], { flags: [flag, 'leakguard/register'] })
    })
  }

  test('a guard that runs in a worker alone finds what leaks there, and leaves the main thread alone', async () => {
    await runFile('workers/a-guard-in-a-worker-alone.js')
  })

  test('thirty that are terminated midway take their counts along and bring nobody down', async () => {
    await runFile('workers/workers-that-are-terminated-midway.js', [], { flags: ['--require', 'leakguard/register'] })
  })

  test('that end by themselves end at once, with the code they want', async () => {
    await runFile('workers/workers-that-end-by-themselves.js')
  })

  test('without the flag are not hooked, and LEAKGUARD_DISABLE=1 turns it off for all', async () => {
    await runFile('workers/nobody-is-hooked.js')
    const flags = ['--import', 'leakguard/register']
    await runFile('workers/nobody-is-hooked.js', [], { flags, env: { LEAKGUARD_DISABLE: '1' } })
  })
})

describe('a process ends as it would without a guard', () => {
  const BOUND_MS = 15_000

  for (const [what, text, code, stderr = /^$/] of /** @type {[string, string, number, RegExp?][]} */ ([
    ['that has nothing left to do', '', 0],
    ['whose last timer has fired', 'setTimeout(() => {}, 300)', 0],
    ['with process.exit', 'setInterval(() => {}, 1000); process.exit(7)', 7],
    ['with process.exitCode', 'process.exitCode = 9', 9],
    ['with an exit listener that sets the code', "process.on('exit', () => { process.exitCode = 11 })", 11],
    ['by an uncaught exception', "setTimeout(() => { throw new Error('mine') }, 150)", 1, /Error: mine/],
    ['by a rejection that nobody handles', "Promise.reject(new Error('mine'))", 1, /Error: mine/],
    [
      'after work in a beforeExit listener',
      "let n = 0; process.on('beforeExit', () => { if (n++ < 2) setImmediate(() => {}) })",
      0
    ],
    [
      'after garbage collections',
      'let a = []; for (let i = 0; i < 3e6; i++) { a.push({}); if (i % 1e5 === 0) a = [] }',
      0
    ],
    ['whose guard has been asked', "require('leakguard').start().check(); require('leakguard').start().stats()", 0],
    ['whose guard is listened to', "require('leakguard').start().on('leak', () => {})", 0],
    ['whose guard was stopped', "require('leakguard').start().stop()", 0],
    ['whose guard stops in an exit listener', "process.on('exit', () => require('leakguard').start().stop())", 0],
    ['with a worker that ends', "new (require('node:worker_threads').Worker)('', { eval: true })", 0],
    [
      'with a worker that is unref\u2019d',
      "new (require('node:worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }).unref()",
      0
    ],
    ['with a child process', "require('node:child_process').execFileSync(process.execPath, ['-e', ''])", 0]
  ])) {
    test(what, async (t) => {
      const cwd = tempFolder(t, { 'main.js': text })
      const ended = await runNode(['--require', 'leakguard/register', 'main.js'], { cwd, timeoutMs: BOUND_MS })
      assert.deepEqual({ code: ended.code, signal: ended.signal }, { code, signal: null }, ended.stderr)
      assert.match(ended.stderr, stderr)
    })
  }

  test('by a signal', { skip: process.platform === 'win32' && 'no signals' }, async (t) => {
    const text = "setInterval(() => {}, 1000); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 200)"
    const cwd = tempFolder(t, { 'main.js': text })
    const ended = await runNode(['--require', 'leakguard/register', 'main.js'], { cwd, timeoutMs: BOUND_MS })
    assert.equal(ended.signal, 'SIGTERM')
  })

  test('in either module system, with top-level await', async (t) => {
    const cwd = tempFolder(t, {
      'main.mjs': `import { start, check } from 'leakguard'
        import leakguard from 'leakguard'
        import assert from 'node:assert/strict'
        import { createRequire } from 'node:module'
        assert.equal(createRequire(import.meta.url)('leakguard').start, start)
        assert.equal(leakguard.check, check)
        await new Promise((resolve) => setTimeout(resolve, 150))
        assert.equal(start().running, true)
        check()`
    })
    const ended = await runNode(['--import', 'leakguard/register', 'main.mjs'], { cwd, timeoutMs: BOUND_MS })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
  })
})

describe('the environment', () => {
  for (const [name, value, words] of [
    ['LEAKGUARD_CALL_SITES', 'everything', /LEAKGUARD_CALL_SITES must be one of 'sampled', 'all', not 'everything'/],
    ['LEAKGUARD_MIN_GROWTH_MS', 'long', /LEAKGUARD_MIN_GROWTH_MS must be a number from 100 to 86400000, not 'long'/],
    ['LEAKGUARD_MIN_GROWTH_MS', '-5', /LEAKGUARD_MIN_GROWTH_MS must be a number from 100 to 86400000, not -5/]
  ]) {
    test(`${name}=${value} is a warning, and the program runs`, async (t) => {
      const cwd = tempFolder(t, { 'main.js': "console.log('I ran')" })
      const options = { cwd, env: { [String(name)]: String(value) } }
      const ended = await runNode(['--import', 'leakguard/register', 'main.js'], options)
      assert.deepEqual([ended.code, ended.stdout.trim()], [0, 'I ran'])
      assert.match(ended.stderr, /LeakguardWarning/)
      assert.match(ended.stderr, /** @type {RegExp} */ (words))
    })
  }

  test('gives the options', async (t) => {
    const text = "require('leakguard').start({ callSites: 'all', minGrowthMs: 250 })"
    const cwd = tempFolder(t, { 'main.js': text })
    const env = { LEAKGUARD_CALL_SITES: 'all', LEAKGUARD_MIN_GROWTH_MS: '250' }
    const ended = await runNode(['--import', 'leakguard/register', 'main.js'], { cwd, env })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
  })

  test('reaches child processes through NODE_OPTIONS', async (t) => {
    const cwd = tempFolder(t, { 'main.js': "require('leakguard').check()" })
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(path.join(root, 'register.js'))}` }
    const ended = await runNode(['main.js'], { cwd, env })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
  })
})

describe('two copies of the package in one process', () => {
  test('both find the leak, and each stops without hurting the other', async (t) => {
    const cwd = tempFolder(t)
    const copies = ['one', 'two'].map((name) => copyPackage(path.join(cwd, 'node_modules', name)))
    const ended = await runFile('workers/two-copies-of-the-package.js', copies, { cwd })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
  })
})

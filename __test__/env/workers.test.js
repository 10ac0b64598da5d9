// @ts-check
// Threads, processes and their ends: every thread is counted, none is kept alive, none is brought down.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { copyPackage, root, runNode, runProgram, tempFolder } = require('../support/child.js')

const LEAKS = fs.readFileSync(path.join(root, '__test__', 'support', 'leaks.js'), 'utf8')

const WORKER = `'use strict'
const { EventEmitter } = require('node:events')
const bus = new EventEmitter().setMaxListeners(0)
function leakyWorker() { bus.on('in worker', () => {}) }
setInterval(() => { for (let i = 0; i < 5; i++) leakyWorker() }, 20)
`

const HEAD = `'use strict'
const assert = require('node:assert/strict')
const { Worker } = require('node:worker_threads')
const { leakUntilFound, live, until } = require('./leaks.js')
const heldInWorkers = (guard) => live(guard, 'in worker\\nEventEmitter')
`

/** @param {import('node:test').TestContext} t @param {string} text @param {string[]} [args] @param {Record<string, string>} [files] */
const run = (t, text, args = ['main.js'], files = {}) =>
  runProgram(t, { 'main.js': HEAD + text, 'worker.js': WORKER, 'leaks.js': LEAKS, ...files }, args)

describe('workers', () => {
  for (const flag of ['--import', '--require']) {
    test(`${flag} leakguard/register hooks every worker, and the main thread's check sees what leaks there`, async (t) => {
      await run(
        t,
        `const guard = require('leakguard').start()
         const worker = new Worker('./worker.js')
         ;(async () => {
           const { finding } = await leakUntilFound(guard, () => {}, ({ culprit }) => culprit.function === 'leakyWorker')
           assert.equal(finding.culprit.file, require('node:path').join(__dirname, 'worker.js'))
           assert.equal(finding.culprit.line, 4)
           assert.match([finding.message, ...finding.evidence].join(), /worker 1\\b/)
           await worker.terminate()
           await until(() => heldInWorkers(guard) === 0)
         })()`,
        [flag, 'leakguard/register', 'main.js']
      )
    })
  }

  test('a guard that runs in a worker alone finds what leaks there, and leaves the main thread alone', async (t) => {
    await run(
      t,
      `const { on } = require('node:events').EventEmitter.prototype
       const worker = new Worker(\`
         const { workerData, parentPort } = require('node:worker_threads')
         const { start } = require('leakguard')
         const { leakUntilFound } = require('./leaks.js')
         const guard = start({ historyMs: 100 })
         require('./worker.js')
         leakUntilFound(guard, () => {}).then(({ finding }) => { parentPort.postMessage(finding.culprit.function); process.exit(3) })
       \`, { eval: true })
       let culprit
       worker.on('message', (message) => { culprit = message })
       worker.on('exit', (code) => {
         assert.deepEqual([culprit, code], ['leakyWorker', 3])
         assert.equal(require('node:events').EventEmitter.prototype.on, on)
         assert.throws(require('leakguard').check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
       })`
    )
  })

  test('thirty that are terminated midway take their counts along and bring nobody down', async (t) => {
    await run(
      t,
      `const guard = require('leakguard').start()
       ;(async () => {
         let seen = 0
         for (let round = 0; round < 10; round++) {
           const workers = Array.from({ length: 3 }, () => new Worker('./worker.js'))
           // At very different moments: while they load, while they start, while they tick.
           await new Promise((resolve) => setTimeout(resolve, round * 30))
           if (round > 6) await until(() => heldInWorkers(guard) > 0)
           seen = Math.max(seen, heldInWorkers(guard))
           guard.check()
           await Promise.all(workers.map((worker) => worker.terminate()))
         }
         assert.ok(seen > 0)
         await until(() => heldInWorkers(guard) === 0)
         await until(() => guard.usage().threads === 1)
         guard.check()
       })()`,
      ['--require', 'leakguard/register', 'main.js']
    )
  })

  test('that end by themselves end at once, with the code they want', async (t) => {
    await run(
      t,
      `;(async () => {
         for (const [text, wanted] of [['', 0], ['process.exit(5)', 5], ['process.exitCode = 6', 6], ['throw new Error("mine")', 1]]) {
           const worker = new Worker('require("leakguard").start();' + text, { eval: true })
           worker.on('error', () => {})
           const code = await new Promise((resolve) => worker.on('exit', resolve))
           assert.equal(code, wanted)
         }
       })()`
    )
  })

  test('without the flag are not hooked, and LEAKGUARD_DISABLE=1 turns it off for all', async (t) => {
    const text = `
      const { check } = require('leakguard')
      assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
      new Worker('require("node:assert").throws(require("leakguard").check, { code: "ERR_LEAKGUARD_NOT_RUNNING" })', { eval: true })
        .on('error', (error) => { throw error })`
    const files = { 'main.js': HEAD + text, 'leaks.js': LEAKS }
    await runProgram(t, files, ['main.js'])
    await runProgram(t, files, ['--import', 'leakguard/register', 'main.js'], { env: { LEAKGUARD_DISABLE: '1' } })
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
    ['whose guard has been asked', "require('leakguard').start().check(); require('leakguard').start().counts()", 0],
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
    ['LEAKGUARD_SITES', 'everything', /LEAKGUARD_SITES must be one of 'sampled', 'exact', not 'everything'/],
    ['LEAKGUARD_HISTORY_MS', 'long', /LEAKGUARD_HISTORY_MS must be a number from 100 to 86400000, not 'long'/],
    ['LEAKGUARD_HISTORY_MS', '-5', /LEAKGUARD_HISTORY_MS must be a number from 100 to 86400000, not -5/]
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
    const text = "require('leakguard').start({ sites: 'exact', historyMs: 250 })"
    const cwd = tempFolder(t, { 'main.js': text })
    const env = { LEAKGUARD_SITES: 'exact', LEAKGUARD_HISTORY_MS: '250' }
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
    const cwd = tempFolder(t, {
      'leaks.js': LEAKS,
      'main.js': `${HEAD}
        const { EventEmitter } = require('node:events')
        const places = () => [EventEmitter.prototype.on, setTimeout, setInterval, require('node:fs').openSync]
        const originals = places()
        const one = require('one')
        const two = require('two')
        assert.notEqual(one.start, two.start)
        const bus = new EventEmitter().setMaxListeners(0)
        function leaky() { bus.on('x', () => {}) }
        const step = () => { for (let i = 0; i < 5; i++) leaky() }
        const finds = async (guard) => {
          const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'listener')
          assert.deepEqual([finding.culprit.function, finding.culprit.file], ['leaky', __filename])
        }
        ;(async () => {
          let first = one.start({ historyMs: 100 })
          const hooked = places()
          const second = two.start({ historyMs: 100 })
          places().forEach((fn, i) => { assert.equal(fn, hooked[i]); assert.notEqual(fn, originals[i]) })
          await finds(first)
          await finds(second)
          first.stop()
          bus.removeAllListeners()
          await finds(second)
          assert.throws(one.check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
          first = one.start({ historyMs: 100 })
          second.stop()
          bus.removeAllListeners()
          await finds(first)
          first.stop()
          places().forEach((fn, i) => assert.equal(fn, originals[i]))
        })()`
    })
    copyPackage(path.join(cwd, 'node_modules', 'one'))
    copyPackage(path.join(cwd, 'node_modules', 'two'))
    const ended = await runNode(['main.js'], { cwd })
    assert.deepEqual([ended.code, ended.stderr], [0, ''])
  })
})

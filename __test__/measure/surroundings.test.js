// @ts-check
// Measurements in processes of other kinds: flags, workers, ES modules, a debugger, compiled sources; and how such a
// process ends.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { major, root, runProgram } = require('../support/child.js')

/** What each program asserts: clean is clean, a leak is found. */
const BODY = `
const nothing = () => {}
const quick = { budgetMs: 4000, heap: 'never' }
const bus = new EventEmitter().setMaxListeners(0)
const leaky = () => void bus.on('config', () => {})
const expect = async (op, verdict, options) => {
  const report = await measureLeaks(op, { ...quick, ...options })
  assert.equal(report.verdict, verdict, String(report))
  return report
}
`
const HEAD = `'use strict'
const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { measureLeaks } = require('leakguard')
${BODY}`
const BOTH = `${HEAD}
async function main() {
  const globals = Reflect.ownKeys(globalThis).length
  await expect(nothing, 'clean')
  const report = await expect(leaky, 'leaking')
  assert.equal(report.findings[0].kind, 'listener')
  assert.equal(Reflect.ownKeys(globalThis).length, globals)
  return report
}
`
const RUN = `main().catch((error) => { console.error(error); process.exitCode = 1 })`

describe('a measurement works', () => {
  test('with --expose-gc', (t) =>
    runProgram(
      t,
      {
        'main.js': `${BOTH}main().then(() => assert.equal(typeof gc, 'function')).catch((e) => { console.error(e); process.exitCode = 1 })`
      },
      ['--expose-gc', 'main.js']
    ))

  test('and leaves no gc where none was', (t) =>
    runProgram(t, {
      'main.js': `${BOTH}main().then(() => {
  assert.equal(typeof globalThis.gc, 'undefined')
  assert.equal(require('node:vm').runInNewContext('typeof gc'), 'undefined')
}).catch((e) => { console.error(e); process.exitCode = 1 })`
    }))

  test('beside classes made of WebAssembly.Memory, which are none', (t) =>
    runProgram(t, {
      'main.js': `${BOTH}globalThis.made = [class extends WebAssembly.Memory {}, Object.create(WebAssembly.Memory.prototype)]
Object.defineProperty(new WebAssembly.Memory({ initial: 1 }), 'buffer', { get: () => assert.fail('a getter') })
${RUN}`
    }))

  test('in an ES module', (t) =>
    runProgram(
      t,
      {
        'main.mjs': `import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import { measureLeaks } from 'leakguard'
${BODY}
await expect(nothing, 'clean')
const { findings } = await expect(leaky, 'leaking')
assert.equal(findings[0].culprit.file, fileURLToPath(import.meta.url))`
      },
      ['main.mjs']
    ))

  test('in a worker thread', (t) =>
    runProgram(t, {
      'main.js': `new (require('node:worker_threads').Worker)('./work.js')`,
      'work.js': `${BOTH}main()`
    }))

  test('in two threads at the same time: they do not refuse, nor accuse, one another', (t) =>
    runProgram(t, {
      'main.js': `const { Worker } = require('node:worker_threads')
for (let i = 0; i < 2; i++) new Worker('./work.js')`,
      // Memory outside of the heap is the process's: the other thread's may leave it undecided.
      'work.js': `${HEAD}
measureLeaks(nothing, quick).then((report) => assert.notEqual(report.verdict, 'leaking', String(report)))`
    }))

  test('with a debugger listening and one attached', (t) =>
    runProgram(t, {
      'main.js': `${BOTH}const inspector = require('node:inspector')
inspector.open(0, '127.0.0.1', false)
main().then(() => { assert.ok(inspector.url()); inspector.close() }).catch((e) => { console.error(e); process.exitCode = 1 })`
    }))

  test('with the memory limit of a small container', (t) =>
    runProgram(t, { 'main.js': `${BOTH}${RUN}` }, ['--max-old-space-size=48', 'main.js']))

  test('without code generation from strings', (t) =>
    runProgram(t, { 'main.js': `${BOTH}${RUN}` }, ['--disallow-code-generation-from-strings', 'main.js']))

  test('with frozen intrinsics', (t) =>
    runProgram(
      t,
      { 'main.js': `${HEAD}expect(nothing, 'clean').catch((e) => { console.error(e); process.exitCode = 1 })` },
      ['--frozen-intrinsics', 'main.js']
    ))

  test('without an inspector, as --permission has it: said in the report', {
    skip: major < 22 && 'this Node has no --allow-addons'
  }, async (t) => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
    const program = `${HEAD}
const kept = []
async function main() {
  const report = await measureLeaks(() => void kept.push({ at: 1 }), { budgetMs: 1000 })
  assert.notEqual(report.verdict, 'clean', String(report))
  assert.match(JSON.stringify(report.examined), /no inspector [(]/)
}
${RUN}`
    await runProgram(t, { 'main.js': program }, [
      '--no-warnings',
      flag,
      '--allow-fs-read=*',
      '--allow-addons',
      'main.js'
    ])
  })
})

describe('places', () => {
  test('of a compiled source are those that a person wrote', async (t) => {
    const source = ['import x', 'bus.on("config", () => {})', ''].join('\n')
    // One segment: line 4, column 18 of the output is line 2, column 0 of the source.
    const map = { version: 3, sources: ['src/op.ts'], sourcesContent: [source], names: [], mappings: ';;;AACA' }
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
    await runProgram(t, {
      'op.js': `'use strict'
module.exports = (bus) => () => {

bus.on('config', () => {})
}
//# sourceMappingURL=${url}`,
      'main.js': `${HEAD}
expect(require('./op.js')(bus), 'leaking').then(({ findings }) => {
  const { file, line } = findings[0].culprit
  assert.match(file, /src.op\\.ts$/)
  assert.equal(line, 2)
}).catch((e) => { console.error(e); process.exitCode = 1 })`
    })
  })
})

describe('a process', () => {
  test('is not kept alive by a measurement that is over, nor made slower to end', async (t) => {
    const { stdout } = await runProgram(t, {
      'main.js': `${BOTH}main().then(() => {
  const doneMs = performance.now()
  process.on('exit', () => console.log(JSON.stringify({ ms: performance.now() - doneMs, resources: process.getActiveResourcesInfo() })))
}).catch((e) => { console.error(e); process.exitCode = 1 })`
    })
    const { ms, resources } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    assert.ok(ms < 500, `${ms} ms to end`)
    assert.deepEqual(
      resources.filter((name) => !/TTY|Pipe/.test(name)),
      []
    )
  })

  test('that ends in the middle of one ends at once', async (t) => {
    const { stdout } = await runProgram(t, {
      'main.js': `${HEAD}setTimeout(() => { console.log(performance.now()); process.exit(0) }, 400)
measureLeaks(() => new Promise((resolve) => setTimeout(resolve, 5)), { budgetMs: 60000 })
process.on('exit', () => console.log(performance.now()))`
    })
    const [asked, ended] = stdout.trim().split('\n').map(Number)
    assert.ok(ended - asked < 200, `${ended - asked} ms`)
  })

  test('writes nothing of ours to its output', async (t) => {
    const { stdout, stderr } = await runProgram(t, { 'main.js': `${BOTH}${RUN}` })
    assert.deepEqual([stdout, stderr], ['', ''], root)
  })
})

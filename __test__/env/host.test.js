// @ts-check
// What a program does to itself, it does to itself alone: descriptors that run out or are closed, functions of Node's that it
// stands in for, names without end. With a guard it fares as without one.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { Entry, ERRORS_IN_A_ROW_MAX } = require('../../lib/base/entry.js')
const { major, root, runFile, runNode, tempFolder } = require('../support/child.js')

const register = path.join(root, 'register.js')
const noPosix = process.platform === 'win32' && 'descriptors are not POSIX’s here'
const noProc = process.platform !== 'linux' && 'needs /proc'

/** Runs a program with the guard and without it, and wants the same. @param {import('node:test').TestContext} t @param {string} app @param {string[]} [flags] @param {string} [shell] runs before it, in the same shell */
async function same(t, app, flags = [], shell = '') {
  const cwd = tempFolder(t, { 'app.js': app })
  const run = (/** @type {string[]} */ guard) => inShell(`${shell} exec "$0" "$@"`, [...flags, ...guard, 'app.js'], cwd)
  const plain = await run([])
  const guarded = await run(['--import', register])
  assert.deepEqual(guarded, plain)
  return guarded
}

/** @param {string} script @param {string[]} args @param {string} cwd @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>} */
function inShell(script, args, cwd) {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined }
  const child = spawn('/bin/sh', ['-c', script, process.execPath, ...args], { cwd, env })
  const told = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr']))
    child[name].setEncoding('utf8').on('data', (text) => {
      told[name] += text
    })
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...told })))
}

describe('descriptors', { skip: noPosix }, () => {
  const LIMIT = 'ulimit -n 128;'
  const USE_UP =
    "const fs = require('node:fs'); const held = []; try { for (;;) held.push(fs.openSync('/dev/null')) } catch ({ code }) { fs.writeSync(1, code + ' ') }"

  test('may run out for a while', async (t) => {
    const app = `${USE_UP}
      setTimeout(() => { for (const fd of held) fs.closeSync(fd); fs.writeSync(1, 'alive\\n') }, 1500)`
    const { stdout } = await same(t, app, [], LIMIT)
    assert.equal(stdout, 'EMFILE alive\n')
  })

  test('may run out in a loop that lets no timer run: no error comes out of what it calls', async (t) => {
    const app = `${USE_UP}
      const { EventEmitter } = require('node:events')
      const endMs = Date.now() + 3000
      let isAlive = true
      try {
        while (Date.now() < endMs) {
          new EventEmitter().on('x', () => {})
          clearTimeout(setTimeout(() => {}, 2000))
        }
      } catch (error) { isAlive = error.message }
      fs.writeSync(1, isAlive + '\\n')`
    assert.equal((await same(t, app, [], LIMIT)).stdout, 'EMFILE true\n')
  })

  for (const fd of [0, 1, 2]) {
    test(`${fd} may be closed by the program, and what it opens then is its own`, async (t) => {
      const app = `
        const fs = require('node:fs')
        fs.closeSync(${fd})
        setTimeout(() => {
          const mine = fs.openSync('mine.txt', 'w+')
          setTimeout(() => {
            fs.writeSync(mine, 'mine')
            fs.writeFileSync('told.json', JSON.stringify([mine, fs.readFileSync('mine.txt', 'utf8')]))
            process.exit(7)
          }, 400)
        }, 400)`
      const { code } = await same(t, app)
      assert.equal(code, 7)
    })
  }

  test('2 that is the program’s own file gets no words of ours', async (t) => {
    const cwd = tempFolder(t, {
      'app.js': `const fs = require('node:fs'); fs.closeSync(2); if (fs.openSync('mine.txt', 'w') !== 2) process.exit(3)`
    })
    const ended = await runNode(['--import', register, 'app.js'], { cwd, env: { LEAKGUARD_OUTPUT: 'stderr' } })
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(fs.readFileSync(path.join(cwd, 'mine.txt'), 'utf8'), '')
  })

  test('that are pipes are looked at without an effect on how Node finds modules', async (t) => {
    // Node 20 and 22 ask the newest answer of any stat whether the folder they know already is a pipe.
    const cwd = tempFolder(t, {
      'real/a.js': '',
      'real/b.js': '',
      'app.js': `
        const fs = require('node:fs')
        fs.symlinkSync('real', 'link')
        require('./link/a.js')
        process.exitCode = require.resolve('./link/b.js').includes('link') ? 3 : 0
        setTimeout(() => { if (require.resolve('./link/c.js').includes('link')) process.exitCode = 4 }, 1300)`,
      'real/c.js': ''
    })
    const fifo = path.join(cwd, 'pipe.json')
    execFileSync('mkfifo', [fifo])
    const keptOpen = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
    t.after(() => fs.closeSync(keptOpen))
    for (const env of [{ LEAKGUARD_OUTPUT: 'stderr' }, { LEAKGUARD_OUTPUT: fifo }]) {
      fs.rmSync(path.join(cwd, 'link'), { force: true })
      const ended = await runNode(['--import', register, 'app.js'], { cwd, env })
      assert.equal(ended.code, 0, ended.stderr)
    }
  })

  test('above those of stdio may all be closed, and the guard reads on', { skip: noProc }, async () => {
    const { stdout } = await runFile('host/closes-descriptors-not-its-own.js')
    const { before, mine, text, rss, after } = JSON.parse(stdout)
    assert.deepEqual([before.length, mine, text, rss, after], [1, before, [true], true, 1])
    assert.ok(before[0] > 2)
  })
})

describe('what a program stands in for', () => {
  /** Each a thing that tests and tools do, and the guard must not stumble over. @type {Record<string, string>} */
  const STAND_INS = {
    'process.memoryUsage': 'process.memoryUsage = () => ({ heapUsed: 1 })',
    'process.memoryUsage that throws': "process.memoryUsage = () => { throw new Error('mine') }",
    'process.getActiveResourcesInfo': 'process.getActiveResourcesInfo = () => undefined',
    'process.emitWarning': 'delete process.emitWarning',
    'process.nextTick': 'process.nextTick = (fn, ...args) => queueMicrotask(() => fn(...args))',
    'process.hrtime and cpuUsage': "process.hrtime = process.cpuUsage = () => { throw new Error('mine') }",
    performance: 'globalThis.performance = undefined',
    'performance, deleted': 'delete globalThis.performance',
    'performance.now': 'performance.now = () => NaN',
    'performance.eventLoopUtilization': 'performance.eventLoopUtilization = () => undefined',
    'the functions of v8':
      "const v8 = require('node:v8'); for (const key of Object.keys(v8)) if (/^get/.test(key)) v8[key] = () => ({})",
    'WeakRef and FinalizationRegistry': 'delete globalThis.WeakRef; delete globalThis.FinalizationRegistry',
    'WeakRef that throws': "globalThis.WeakRef = class { constructor() { throw new Error('mine') } }",
    PerformanceObserver:
      "delete globalThis.PerformanceObserver; require('node:perf_hooks').PerformanceObserver = undefined",
    'timers of the global':
      'const { setTimeout } = globalThis; globalThis.setInterval = () => 1; globalThis.clearInterval = () => {}',
    'queueMicrotask and structuredClone': 'delete globalThis.queueMicrotask; delete globalThis.structuredClone',
    'Reflect.apply and construct': "Reflect.apply = Reflect.construct = () => { throw new Error('mine') }",
    'Math.random and Date.now': "Math.random = Date.now = () => { throw new Error('mine') }",
    Date: 'globalThis.Date = undefined',
    'AbortSignal and EventTarget': 'delete globalThis.AbortSignal; delete globalThis.EventTarget',
    Buffer: 'delete globalThis.Buffer',
    'Error.captureStackTrace': 'Error.captureStackTrace = undefined; Error.stackTraceLimit = 0',
    'the functions of fs': "const fs = require('node:fs'); fs.fstatSync = fs.writeSync = fs.appendFileSync = undefined"
  }
  const USE = `
    const { EventEmitter } = require('node:events')
    const write = process.stdout.write.bind(process.stdout)
    let n = 0
    const end = setTimeout(() => write('done ' + (n > 0) + '\\n', () => process.exit(0)), 900)
    const step = () => {
      new EventEmitter().on('x', () => {})
      clearTimeout(require('node:timers').setTimeout(() => {}, 10_000))
      require('node:timers/promises').setTimeout(1).then(() => n++)
      require('node:fs').open(__filename, (error, fd) => require('node:fs').close(fd, () => {}))
    }
    const work = require('node:timers').setInterval(step, 5)
  `
  test('does not stop the program, nor the guard', async (t) => {
    for (const [what, text] of Object.entries(STAND_INS)) {
      await t.test(what, async (t) => {
        const cwd = tempFolder(t, { 'app.js': `${USE}\nsetTimeout(() => { ${text} }, 150)` })
        const { code, stdout, stderr } = await runNode(['--import', register, 'app.js'], { cwd })
        assert.deepEqual([code, stdout, stderr], [0, 'done true\n', ''])
      })
    }
  })

  test('keeps the sequence of Math.random() that a seed gives', async (t) => {
    const app = `
      const { EventEmitter } = require('node:events')
      const bus = new EventEmitter().setMaxListeners(0)
      for (let i = 0; i < 10_000; i++) { bus.on('x' + i, () => {}); clearTimeout(setTimeout(() => {}, 5000)) }
      console.log(Math.random())`
    if (!noPosix) await same(t, app, ['--random-seed=7'])
  })
})

describe('what is handed on', () => {
  const { EventEmitter } = require('node:events')
  const { start } = require('../..')

  test('are all arguments, to a tool that stood there before', (t) => {
    const prototype = /** @type {any} */ (EventEmitter.prototype)
    const names = ['on', 'addListener', 'prependListener']
    const before = names.map((name) => prototype[name])
    /** @type {unknown[][]} */
    const got = []
    for (const [i, name] of names.entries())
      prototype[name] = function (/** @type {any[]} */ ...args) {
        got.push(args)
        return before[i].apply(this, args)
      }
    t.after(() =>
      names.forEach((name, i) => {
        prototype[name] = before[i]
      })
    )
    const guard = start()
    const emitter = /** @type {any} */ (new EventEmitter())
    const context = {}
    const heard = () => {}
    for (const name of names) emitter[name]('x', heard, context, 4)
    assert.throws(() => emitter.on('x'))
    guard.stop()
    assert.deepEqual(got.slice(-4), [
      ['x', heard, context, 4],
      ['x', heard, context, 4],
      ['x', heard, context, 4],
      ['x']
    ])
  })

  test('is `new`, and what a function is called with and gives', async () => {
    const guard = start({ callSites: 'all' })
    try {
      const Stream = /** @type {any} */ (fs.createReadStream)
      const stream = new Stream(__filename)
      assert.ok(stream instanceof fs.ReadStream)
      stream.destroy()
      const Timer = /** @type {any} */ (setTimeout)
      const timer = new Timer(() => {}, 1)
      assert.equal(typeof timer.refresh, 'function')
      clearTimeout(timer)
      assert.throws(() => Reflect.construct(/** @type {any} */ (AbortSignal).any, [[]]), TypeError)
    } finally {
      guard.stop()
    }
  })

  test('is converted once, by Node', () => {
    const guard = start({ callSites: 'all' })
    const seen = { delay: 0, type: 0 }
    const delay = /** @type {any} */ ({
      valueOf() {
        seen.delay++
        return 5
      }
    })
    const plain = { type: 0 }
    const named = (/** @type {{ type: number }} */ counts) =>
      /** @type {any} */ ({
        toString() {
          counts.type++
          return 'named'
        }
      })
    clearTimeout(setTimeout(() => {}, delay))
    new EventEmitter().on(named(seen), () => {})
    guard.check()
    guard.stop()
    new EventEmitter().on(named(plain), () => {})
    assert.deepEqual([seen.delay, seen.type], [1, plain.type])
  })

  test('runs no getter of the program’s to name a class', () => {
    const guard = start({ callSites: 'all' })
    let runs = 0
    class Bus extends EventEmitter {
      static get name() {
        runs++
        return 'Bus'
      }
    }
    Object.defineProperty(Bus.prototype, 'constructor', { get: () => runs++ })
    new Bus().on('x', () => {})
    guard.check()
    guard.stop()
    assert.equal(runs, 0)
  })
})

describe('names without end', () => {
  test('are cut wherever they are kept', async () => {
    const { stdout } = await runFile('host/names-without-end.js', [], { flags: ['--expose-gc'] })
    const { nativeBytes, jsBytes, json, heap } = JSON.parse(stdout)
    // What the program itself has of them: a function and a class each, 100 MB. Ours is what is more.
    assert.ok(nativeBytes < 4e6, `native ${nativeBytes}`)
    assert.ok(jsBytes < 4e6, `js ${jsBytes}`)
    assert.ok(json < 1e6, `report ${json}`)
    assert.ok(heap < 150e6, `heap ${heap}`)
  })
})

describe('errors of the guard', () => {
  test('are counted alone, and too many in a row at one place are the end', () => {
    /** @type {string[]} */
    const told = []
    const entry = new Entry((why) => told.push(why))
    const fail = () => {
      throw new Error('broken')
    }
    const { emitWarning } = process
    for (let i = 1; i < ERRORS_IN_A_ROW_MAX; i++) assert.equal(entry.enter('here', fail), undefined)
    assert.equal(
      entry.enter('here', () => 5),
      5
    )
    for (let i = 1; i < ERRORS_IN_A_ROW_MAX; i++) entry.enter('here', fail)
    entry.enter('there', fail)
    assert.deepEqual([entry.errors, told], [2 * ERRORS_IN_A_ROW_MAX - 1, []])
    entry.enter('here', fail)
    assert.deepEqual(told, [`${ERRORS_IN_A_ROW_MAX} errors in a row (here): broken`])
    assert.equal(
      entry.enter('there', () => 5),
      undefined
    )
    assert.equal(process.emitWarning, emitWarning)
  })

  test('stop a guard that answers that it has stopped, and another may be started', async () => {
    const { stdout } = await runFile('host/a-guard-that-stops-itself.js', [], { flags: ['--no-warnings'] })
    assert.equal(stdout.match(/ERR_LEAKGUARD_STOPPED/g)?.length, 1, stdout)
  })

  test('are not those of the program’s own listeners', async (t) => {
    const app = `
      const { start } = require('leakguard')
      const guard = start()
      process.on('uncaughtException', ({ message }) => console.log('uncaught: ' + message))
      guard.on('leak', () => { throw new Error('mine') })
      const announced = { verdict: 'leaking', findings: [{ kind: 'timer', confidence: 'certain', fingerprint: 'a' }] }
      guard.announce(announced)
      guard.suspectedMs.set('a', -1e6)
      guard.announce(announced)
      setTimeout(() => { console.log(guard.running); guard.stop() }, 300)`
    const cwd = tempFolder(t, { 'app.js': app })
    const { code, stdout, stderr } = await runNode(['app.js'], { cwd })
    assert.deepEqual([code, stdout], [0, 'uncaught: mine\ntrue\n'], stderr)
  })
})

describe('V8’s limit for old objects', () => {
  /** @param {import('node:test').TestContext} t @param {number} mb @param {string[]} flags @param {string} app */
  async function untilTheEnd(t, mb, flags, app) {
    const cwd = tempFolder(t, { 'app.js': app })
    const { stderr, stdout, code } = await runNode([...flags, '--import', register, 'app.js'], {
      cwd,
      timeoutMs: 120_000
    })
    assert.notEqual(code, 0)
    const said = stderr.match(/leakguard: .*has used \d+ % of V8's heap limit \((\d+) MB\)/)
    assert.ok(said, `${mb} MB: ${stderr}`)
    assert.equal(Number(said[1]), Math.round((mb * 2 ** 20) / 1e6))
    return { stderr, stdout }
  }
  /** 25 MB a second. */
  const LEAK = 'const a = []; setInterval(() => { for (let i = 0; i < 9000; i++) a.push({ i, s: [i] }) }, 20)'

  for (const mb of [64, 128, 256]) {
    test(`is told before ${mb} MB are used up`, async (t) => {
      await untilTheEnd(t, mb, [`--max-old-space-size=${mb}`], LEAK)
    })
  }

  test('of a worker is its own', async (t) => {
    const app = `
      const { Worker } = require('node:worker_threads')
      // --import is not for workers that are made of text.
      require('node:fs').writeFileSync('worker.js', ${JSON.stringify(LEAK)})
      const worker = new Worker('./worker.js', { resourceLimits: { maxOldGenerationSizeMb: 64 } })
      worker.on('error', ({ code }) => { console.log(code); process.exit(3) })`
    const { stdout, stderr } = await untilTheEnd(t, 64, [], app)
    assert.match(stderr, /worker 1 of process \d+ has used/)
    assert.equal(stdout, 'ERR_WORKER_OUT_OF_MEMORY\n')
  })

  test('begins a capture in time', { skip: noProc }, async (t) => {
    const app = `require('leakguard').start({ capture: { to: 'captured', on: ['limit'] } }); ${LEAK}`
    const cwd = tempFolder(t, { 'app.js': app })
    await runNode(['--max-old-space-size=128', 'app.js'], { cwd, timeoutMs: 120_000 })
    assert.equal(fs.readdirSync(path.join(cwd, 'captured')).length, 1)
  })

  test('is known on each Node, whatever flags say of the young ones', async (t) => {
    const app = `const { oldLimitBytes } = require('leakguard/lib/v8/old-space.js'); console.log(oldLimitBytes() / 2 ** 20)`
    const cwd = tempFolder(t, { 'app.js': app.replace("'leakguard/lib", `'${root.replaceAll('\\', '/')}/lib`) })
    const limit = async (/** @type {string[]} */ flags, env = {}) =>
      Number((await runNode([...flags, 'app.js'], { cwd, env })).stdout)
    assert.equal(await limit(['--max-old-space-size=64']), 64)
    assert.equal(await limit(['--max_old_space_size=100', '--max-semi-space-size=2']), 100)
    assert.equal(await limit(['--max-old-space-size=64', '--max-old-space-size=80']), 80)
    assert.equal(await limit([], { NODE_OPTIONS: '--max-old-space-size=90' }), 90)
    assert.equal(await limit(['--max-old-space-size=70'], { NODE_OPTIONS: '--max-old-space-size=90' }), 70)
    const whole = await limit(['--max-heap-size=300'])
    assert.ok(whole > 250 && whole < 300, String(whole))
    assert.ok((await limit([])) > 256)
    if (major >= 24) assert.ok((await limit(['--max-old-space-size-percentage=50'])) > 256)
  })
})

// @ts-check
// Captures in a copy of the process: right graphs; what may happen to the copy, with its outcome; and that the program
// goes on as if nothing had been.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { captureHeap, countHeap, loadHeap, writeHeap } = require('../..')
const native = require('../../lib/base/native.js')
const { controlGroup } = require('../support/control-group.js')
const { runFile, runProgram, tempFolder } = require('../support/child.js')

class Visit {
  constructor() {
    this.note = SECRET
  }
}
const SECRET = ['hunter', 'two', 'correct', 'horse'].join('-')
const visits = Array.from({ length: 321 }, () => new Visit())
const { forkHeap } = native
const unsupported = native.forkUnsupported()
const FAILED = { code: 'ERR_LEAKGUARD_FORK_FAILED' }

/** Runs a program below a filter of system calls: `filter.py WHAT PROGRAM ARGS`. x64 only. */
const FILTER = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
ALLOW, EPERM, ENOSYS = 0x7fff0000, 0x00050001, 0x00050026
def op(code, jt, jf, k): return struct.pack('HBBI', code, jt, jf, k)
def number(k, then): return op(0x15, 0, len(then), k) + b''.join(then)
load, answer = lambda at: op(0x20, 0, 0, at), lambda k: op(0x06, 0, 0, k)
rules = {
  # clone without CLONE_VM makes a process; clone3 hides its flags, so that threads are made by clone.
  'fork': number(435, [answer(ENOSYS)]) + number(57, [answer(EPERM)]) + number(56, [load(16), op(0x45, 1, 0, 0x100), answer(EPERM)]),
  'dup2': number(33, [answer(EPERM)]),
  'seccomp': number(317, [answer(EPERM)]) + number(157, [load(16), op(0x15, 0, 1, 22), answer(EPERM)])
}
code = load(0) + rules[sys.argv[1]] + answer(ALLOW)
program = struct.pack('HxxxxxxP', len(code) // 8, ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p).value)
if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program, 0, 0) != 0: sys.exit(77)
os.execv(sys.argv[2], sys.argv[2:])
`

/** Processes whose parent this is, by id. */
function children() {
  return fs.readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === process.pid
    } catch {
      return false
    }
  })
}

/** Has each fork of a test go through `change` first. @param {import('node:test').TestContext} t @param {(fork: any, n: number) => void} change */
function eachFork(t, change) {
  const before = native.forkHeap
  let forks = 0
  native.forkHeap = (...args) => {
    const fork = before(...args)
    change(fork, ++forks)
    return fork
  }
  t.after(() => {
    native.forkHeap = forkHeap
  })
  return () => forks
}

/** Has the copies of a test do something else. @param {import('node:test').TestContext} t @param {(fd: number) => void} work */
function copiesDo(t, work) {
  native.forkHeap = (ready, _write, ...limits) => forkHeap(ready, work, ...limits)
  t.after(() => {
    native.forkHeap = forkHeap
  })
}

test('where a process cannot be copied so, the mode is refused and auto says why', async (t) => {
  const { forkUnsupported } = native
  native.forkUnsupported = () => 'not on this system'
  t.after(() => {
    native.forkUnsupported = forkUnsupported
  })
  const refused = { code: 'ERR_LEAKGUARD_NO_FORK', message: /not on this system/ }
  await assert.rejects(captureHeap({ mode: 'fork' }), refused)
  await assert.rejects(writeHeap('x.heapsnapshot', { mode: 'fork' }), refused)
  const heap = await captureHeap({ mode: 'auto' })
  assert.equal(heap.capture?.mode, 'inline')
  assert.equal(heap.capture?.reason, 'not on this system')
  heap.dispose()
})

test('where a system does not say how much memory is available, a copy is made only when forced', async (t) => {
  const { availableBytes } = native
  native.availableBytes = () => null
  t.after(() => {
    native.availableBytes = availableBytes
  })
  const forks = eachFork(t, () => {})
  const folder = tempFolder(t)
  const file = path.join(folder, 'a.heapsnapshot')
  for (const capture of [
    () => captureHeap({ mode: 'fork' }),
    () => countHeap({ mode: 'fork' }),
    () => writeHeap(file, { mode: 'fork' })
  ]) {
    const message = unsupported ? /./ : /does not say how much memory is available/
    await assert.rejects(capture(), { code: unsupported ? 'ERR_LEAKGUARD_NO_FORK' : 'ERR_LEAKGUARD_MEMORY', message })
  }
  assert.equal(forks(), 0)
  assert.ok(!fs.existsSync(file))
  const inline = await countHeap({ mode: 'auto' })
  assert.equal(inline.capture?.mode, 'inline')
  if (unsupported) return
  const forced = await countHeap({ mode: 'fork', force: true })
  assert.equal(forced.capture?.mode, 'fork')
})

test('nobody forks unless asked to', async (t) => {
  const forks = eachFork(t, () => {})
  const heap = await captureHeap()
  assert.equal(heap.capture?.mode, 'inline')
  assert.equal(forks(), 0)
  heap.dispose()
})

test('LEAKGUARD_NO_FORK=1 forbids it', async (t) => {
  const text = `
    const assert = require('node:assert/strict')
    const { captureHeap } = require('leakguard')
    async function main() {
      await assert.rejects(captureHeap({ mode: 'fork' }), { code: 'ERR_LEAKGUARD_NO_FORK', message: /LEAKGUARD_NO_FORK=1/ })
      const heap = await captureHeap({ mode: 'auto' })
      assert.equal(heap.capture.mode, 'inline')
      assert.match(heap.capture.reason, /LEAKGUARD_NO_FORK=1/)
    }
    main()`
  await runProgram(t, { 'main.js': text }, ['main.js'], { env: { LEAKGUARD_NO_FORK: '1' } })
})

describe('a heap captured in a copy', { skip: unsupported ?? false }, () => {
  test('has what an inline capture has, and says how it came', async () => {
    const inline = await captureHeap({ mode: 'inline' })
    const heap = await captureHeap({ mode: 'fork' })
    const { capture } = heap
    assert.ok(capture)
    assert.deepEqual([capture.mode, capture.reason], ['fork', 'asked for'])
    assert.ok(capture.attempts >= 1 && capture.pauseMs > 0 && capture.totalMs >= capture.pauseMs)
    const named = (/** @type {import('../..').HeapGraph} */ graph) =>
      graph.classes({ limit: 1e6 }).find(({ name }) => name === 'Visit')
    assert.equal(named(heap)?.count, visits.length)
    assert.equal(named(heap)?.shallowBytes, named(inline)?.shallowBytes)
    assert.ok(Math.abs(heap.nodeCount / inline.nodeCount - 1) < 0.1, `${heap.nodeCount} and ${inline.nodeCount} nodes`)
    assert.deepEqual(children(), [])
    for (const graph of [inline, heap]) graph.dispose()
  })

  test('counts every class of a quiet heap as an inline capture does', async () => {
    await runFile('captures/a-copy-counts-as-inline-does.js')
  })

  test('is chosen by auto where that is shown to work, which says so', async () => {
    const heap = await captureHeap({ mode: 'auto' })
    assert.equal(heap.capture?.mode, native.forkIsShown() ? 'fork' : 'inline')
    assert.match(String(heap.capture?.reason), /shown to work on linux-/)
    heap.dispose()
  })

  test('can be written, redacted and for its owner only', async (t) => {
    const folder = tempFolder(t)
    const file = await writeHeap(path.join(folder, 'a.heapsnapshot'), { mode: 'fork' })
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.ok(!fs.readFileSync(file, 'utf8').includes(SECRET))
    const heap = await loadHeap(file)
    assert.equal(heap.classes({ limit: 1e6 }).find(({ name }) => name === 'Visit')?.count, visits.length)
    heap.dispose()
    const open = await writeHeap(path.join(folder, 'b.heapsnapshot'), { mode: 'fork', redact: false })
    assert.ok(fs.readFileSync(open, 'utf8').includes(SECRET))
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => /partial/.test(name)),
      []
    )
  })

  test('may be that of a worker thread', async () => {
    await runFile('captures/a-graph-of-a-worker.js')
  })
})

describe('what happens to a copy', { skip: unsupported ?? false }, () => {
  test('killed at once, the first time: another is made', async (t) => {
    eachFork(t, (fork, n) => {
      if (n === 1) process.kill(fork.pid(), 'SIGKILL')
    })
    const heap = await captureHeap({ mode: 'fork' })
    assert.ok(Number(heap.capture?.attempts) >= 2)
    assert.match(String(heap.capture?.failures[0]), /SIGKILL/)
    assert.equal(heap.capture?.failures.length, Number(heap.capture?.attempts) - 1)
    assert.equal(heap.classes({ limit: 1e6 }).find(({ name }) => name === 'Visit')?.count, visits.length)
    heap.dispose()
    assert.deepEqual(children(), [])
  })

  for (const delayMs of [0, 20, 120]) {
    test(`killed after ${delayMs} ms, each time: the capture fails and says so`, async (t) => {
      // A copy that would be done before it is killed is no test.
      copiesDo(t, () => {
        for (;;);
      })
      eachFork(t, (fork) => setTimeout(() => process.kill(fork.pid(), 'SIGKILL'), delayMs))
      await assert.rejects(captureHeap({ mode: 'fork' }), { ...FAILED, message: /each of 5 copies .*SIGKILL/ })
      const folder = tempFolder(t)
      await assert.rejects(writeHeap(path.join(folder, 'a.heapsnapshot'), { mode: 'fork' }), FAILED)
      assert.deepEqual(
        fs.readdirSync(folder).filter((name) => /heapsnapshot/.test(name)),
        []
      )
      assert.deepEqual(children(), [])
    })
  }

  test('has auto go the other way, and say why', async (t) => {
    copiesDo(t, () => {
      throw new Error('no')
    })
    const heap = await captureHeap({ mode: 'auto', eager: false })
    assert.equal(heap.capture?.mode, 'inline')
    if (native.forkIsShown()) assert.match(String(heap.capture?.reason), /V8 could not write/)
    heap.dispose()
  })

  /** @type {[string, (fd: number) => void, RegExp][]} */
  const ENDS = [
    ['it waits for a thread that it does not have', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), /waited for a thread/],
    ['it is stopped', () => process.kill(process.pid, 'SIGSTOP'), /waited for a thread|could not write/],
    ['it throws', () => { throw new Error('no') }, /V8 could not write/],
    ['it crashes', () => process.abort(), /crashed or was killed by signal/]
  ] // biome-ignore format: one line each
  for (const [title, work, reason] of ENDS) {
    test(`${title}: told as that`, async (t) => {
      copiesDo(t, work)
      await assert.rejects(captureHeap({ mode: 'fork' }), (/** @type {any} */ error) => {
        assert.equal(error.code, FAILED.code)
        assert.match(error.message, reason)
        return true
      })
      assert.deepEqual(children(), [])
    })
  }

  test('it writes no whole snapshot: that is an error, and none of the program’s', async (t) => {
    copiesDo(t, (fd) => fs.writeSync(fd, '{"snapshot":'))
    await assert.rejects(captureHeap({ mode: 'fork' }), { code: 'ERR_LEAKGUARD_SNAPSHOT_TRUNCATED' })
    copiesDo(t, (fd) => fs.writeSync(fd, 'no JSON'))
    await assert.rejects(captureHeap({ mode: 'fork' }), { code: 'ERR_LEAKGUARD_SNAPSHOT_SYNTAX' })
    assert.deepEqual(children(), [])
  })

  test('its caller changes his mind: it is ended', async (t) => {
    copiesDo(t, () => {
      for (;;);
    })
    const stop = new AbortController()
    const forks = eachFork(t, () => setTimeout(() => stop.abort(), 20))
    await assert.rejects(captureHeap({ mode: 'fork', signal: stop.signal }), { code: 'ERR_LEAKGUARD_ABORTED' })
    assert.equal(forks(), 1)
    for (let i = 0; children().length > 0 && i < 2000; i++) await wait(5)
    assert.deepEqual(children(), [])
  })

  test('it takes more memory of its own than was estimated: it is ended, forced or not', async (t) => {
    copiesDo(t, () => {
      const taken = []
      for (;;) taken.push(Buffer.alloc(1e6, 1))
    })
    const forks = eachFork(t, () => {})
    for (const take of [
      () => captureHeap({ mode: 'fork' }),
      () => captureHeap({ mode: 'fork', force: true }),
      () => countHeap({ mode: 'fork' })
    ]) {
      const before = forks()
      await assert.rejects(take(), {
        ...FAILED,
        message: /took more memory than was estimated for it: \d+ MB of its own/
      })
      assert.equal(forks() - before, 1)
    }
    assert.deepEqual(children(), [])
  })

  test('its program ends midway: it ends too', async (t) => {
    const text = `
      const native = require('leakguard/lib/base/native.js')
      const { forkHeap } = native
      native.forkHeap = (ready, write, ...more) => {
        const fork = forkHeap(ready, () => { for (;;); }, ...more)
        setTimeout(() => {
          console.log(fork.pid())
          if (process.argv[2] === 'exit') process.exit(0)
          process.kill(process.pid, 'SIGKILL')
        }, 50)
        return fork
      }
      require('leakguard').captureHeap({ mode: 'fork' })`
    const { runNode } = require('../support/child.js')
    for (const how of ['exit', 'kill']) {
      const cwd = tempFolder(t, { 'main.js': text.replaceAll("'leakguard/lib", "'./node_modules/leakguard/lib") })
      const ended = await runNode(['main.js', how], { cwd })
      const pid = Number(ended.stdout.trim())
      assert.ok(pid > 1, `${ended.stdout}\n${ended.stderr}`)
      const lives = () =>
        fs.existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
      const livesOn = () => {
        try {
          return lives()
        } catch {
          return false
        }
      }
      for (let i = 0; livesOn() && i < 4000; i++) await wait(5)
      assert.ok(!livesOn(), `the copy ${pid} outlived its program (${how})`)
    }
  })

  test('the disk is full: the write fails as any other, and nothing is left', async (t) => {
    const { execFileSync } = require('node:child_process')
    const text = `
      const { writeHeap } = require('leakguard')
      writeHeap('a.heapsnapshot', { mode: 'fork' }).then(
        () => console.log('written'),
        (error) => console.log(error.code, error.message))`
    const cwd = tempFolder(t, { 'main.js': text })
    const command = `ulimit -f 200; exec "${process.execPath}" main.js`
    const { LEAKGUARD_NO_FORK, NODE_TEST_CONTEXT, ...env } = process.env
    assert.equal(
      execFileSync('sh', ['-c', command], { cwd, env }).toString().trim(),
      'EFBIG EFBIG: file too large, write'
    )
    assert.deepEqual(
      fs.readdirSync(cwd).filter((name) => /heapsnapshot/.test(name)),
      []
    )
  })
})

describe('a copy', { skip: unsupported ?? false }, () => {
  test('reaches nobody: no file, no socket, no process, no signal', async (t) => {
    const folder = tempFolder(t)
    const mark = path.join(folder, 'mark')
    const file = path.join(folder, 'package.json')
    const text = fs.readFileSync(file, 'utf8')
    const before = fs.statSync(file)
    const net = require('node:net')
    let connections = 0
    const server = net.createServer(() => connections++).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.after(() => server.close())
    let signals = 0
    const listener = () => signals++
    process.on('SIGUSR2', listener)
    t.after(() => process.off('SIGUSR2', listener))
    const parent = process.pid
    const address = /** @type {import('node:net').AddressInfo} */ (server.address())
    copiesDo(t, (fd) => {
      // A number that is free again is none to open a file with.
      fs.closeSync(0)
      const tries = [
        () => fs.openSync(file, 'w'),
        () => fs.openSync(file, 'r+'),
        () => fs.writeFileSync(mark, 'x'),
        () => fs.writeFileSync(file, 'emptied'),
        () => fs.appendFileSync(mark, 'x'),
        () => fs.mkdirSync(mark),
        () => fs.symlinkSync('x', mark),
        () => fs.chmodSync(file, 0o777),
        () => fs.chownSync(file, 1, 1),
        () => fs.utimesSync(file, 0, 0),
        () => fs.writeSync(1, 'THE COPY WROTE TO STDOUT'),
        () => process.kill(parent, 'SIGUSR2'),
        () => net.connect(address.port, '127.0.0.1'),
        () => require('node:child_process').spawn('touch', [mark]),
        () => require('node:child_process').spawnSync('touch', [mark])
      ]
      const done = tries.map((attempt, n) => {
        try {
          attempt()
          return `${n} done`
        } catch (error) {
          return `${n} ${/** @type {any} */ (error).code}`
        }
      })
      fs.writeSync(fd, `no JSON ${done}`)
    })
    await assert.rejects(captureHeap({ mode: 'fork' }), /ERR_LEAKGUARD_(?:SNAPSHOT_SYNTAX|FORK_FAILED)/)
    await wait(50)
    assert.equal(fs.readFileSync(file, 'utf8'), text)
    const { mode, uid, mtimeMs } = fs.statSync(file)
    assert.deepEqual([mode, uid, mtimeMs], [before.mode, before.uid, before.mtimeMs])
    assert.deepEqual([fs.existsSync(mark), connections, signals], [false, 0, 0])
    assert.deepEqual(children(), [])
  })

  test('leaves the program its children, sockets, descriptors and memory marks', async () => {
    await runFile('captures/copies-leave-the-program-its-own.js', [], { timeoutMs: 240_000 })
  })

  /** @type {[string, string, string, RegExp][]} */
  const FORBIDDEN = [
    ['to make processes', 'fork', 'ERR_LEAKGUARD_NO_FORK', /fork: Operation not permitted/],
    ['what lets go of descriptors', 'dup2', 'ERR_LEAKGUARD_FORK_FAILED', /a copy .* could not let go/],
    ['to add a filter', 'seccomp', 'captured', /^$/]
  ]
  for (const [what, name, code, message] of FORBIDDEN) {
    test(`where a filter of system calls forbids ${what}: ${code}`, async (t) => {
      if (process.arch !== 'x64') return t.skip('the numbers of system calls are those of x64')
      const { execFileSync } = require('node:child_process')
      const text = `
        require('leakguard').captureHeap({ mode: 'fork', eager: false }).then(
          () => console.log('["captured", ""]'),
          ({ code, message }) => console.log(JSON.stringify([code, message])))`
      const cwd = tempFolder(t, { 'main.js': text, 'filter.py': FILTER })
      const { LEAKGUARD_NO_FORK, NODE_TEST_CONTEXT, ...env } = process.env
      let out
      try {
        out = execFileSync('python3', ['filter.py', name, process.execPath, 'main.js'], { cwd, env }).toString()
      } catch (error) {
        const { code: failed, status } = /** @type {any} */ (error)
        // 77: this machine or this container lets nobody have a filter.
        if (failed === 'ENOENT' || status === 77) return t.skip('no filter can be made here')
        throw error
      }
      const [found, why] = JSON.parse(out)
      assert.equal(found, code, why)
      assert.match(why, message)
    })
  }

  test('does not outgrow a control group: the program lives on', async (t) => {
    const group = controlGroup(t, 170e6)
    if (group === undefined) return t.skip('no control group can be made here')
    const text = `
      require('node:fs').writeFileSync(${JSON.stringify(path.join(group, 'cgroup.procs'))}, String(process.pid))
      const assert = require('node:assert/strict')
      const { captureHeap } = require('leakguard')
      globalThis.kept = Array.from({ length: 120_000 }, (_, i) => ({ i, a: i + 0.5, b: [i] }))
      async function main() {
        await assert.rejects(captureHeap({ mode: 'fork' }), { code: 'ERR_LEAKGUARD_MEMORY' })
        // Forced, it may fit or not; what must not end is the program.
        const outcome = await captureHeap({ mode: 'fork', force: true, eager: false }).then((heap) => heap.nodeCount > 0, ({ code }) => code)
        assert.ok(outcome === true || /^ERR_LEAKGUARD_(?:FORK_FAILED|NO_FORK)$/.test(outcome), String(outcome))
      }
      main()`
    await runProgram(t, { 'main.js': text }, ['main.js'], { timeoutMs: 240_000 })
  })
})

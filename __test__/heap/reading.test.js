// @ts-check
// Snapshots that come from no file: a FIFO, a pipe, a socket, a source that takes its time. Read as files are, and whoever
// does not want them any more need not wait for them.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { loadHeap, writeHeap } = require('../..')
const { runProgram, tempFolder } = require('../support/child.js')

const ABORTED = { code: 'ERR_LEAKGUARD_ABORTED', cause: 'enough' }
const skip = process.platform === 'win32' ? 'FIFOs of POSIX' : false

/** A signal that says "enough" after a while, and how long it was until then. @param {number} afterMs */
function stopping(afterMs) {
  const stop = new AbortController()
  setTimeout(() => stop.abort('enough'), afterMs)
  return { signal: stop.signal }
}

/** @param {import('node:test').TestContext} t */
function fifo(t) {
  const file = path.join(tempFolder(t), 'pipe')
  execFileSync('mkfifo', [file])
  return file
}

describe('a source that is no file', { skip }, () => {
  /** @type {string} */
  let folder
  /** @type {string} */
  let file
  before(async () => {
    folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'leakguard-test-'))
    file = await writeHeap(path.join(folder, 'app.heapsnapshot'))
  })
  after(() => fs.rmSync(folder, { recursive: true, force: true }))

  test('a FIFO is read to the end of its writer', async (t) => {
    const pipe = fifo(t)
    const loading = loadHeap(pipe)
    spawn('sh', ['-c', 'sleep 0.2; cat "$0" > "$1"', file, pipe])
    const heap = await loading
    const expected = await loadHeap(file)
    assert.deepEqual([heap.nodeCount, heap.edgeCount], [expected.nodeCount, expected.edgeCount])
    for (const graph of [heap, expected]) graph.dispose()
  })

  test('a FIFO that nobody writes to hears its abort', async (t) => {
    await assert.rejects(loadHeap(fifo(t), stopping(100)), ABORTED)
  })

  test('a FIFO whose writer stops midway hears its abort', async (t) => {
    const pipe = fifo(t)
    // A writer that is there throughout: between the two of the shell there would be none, and that is the end.
    const fd = fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
    const loading = loadHeap(pipe, stopping(1000))
    const child = spawn('sh', ['-c', 'head -c 100000 "$0" > "$1"; exec 3> "$1"; sleep 60', file, pipe])
    t.after(() => {
      fs.closeSync(fd)
      child.kill('SIGKILL')
    })
    await assert.rejects(loading, ABORTED)
  })

  test('an aborted FIFO does not keep a program alive', async (t) => {
    const text = `
      const { loadHeap } = require('leakguard')
      require('node:child_process').execFileSync('mkfifo', ['pipe'])
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 100)
      loadHeap('pipe', { signal: stop.signal }).catch(({ code }) => console.log(code))`
    const { stdout, tookMs } = await runProgram(t, { 'main.js': text })
    assert.equal(stdout, 'ERR_LEAKGUARD_ABORTED\n')
    assert.ok(tookMs < 20_000)
  })

  for (const kind of ['pipe', 'socket']) {
    test(`what comes by stdin is read from /dev/stdin, and hears its abort: ${kind}`, async (t) => {
      const text = `
        const { loadHeap } = require('leakguard')
        const stop = new AbortController()
        if (process.argv[2] === 'stop') setTimeout(() => stop.abort(), 300)
        loadHeap('/dev/stdin', { signal: stop.signal }).then(
          (heap) => console.log(heap.nodeCount > 1000),
          ({ code, message }) => console.log(code, message))`
      const cwd = tempFolder(t, { 'main.js': text })
      for (const [how, expected] of [
        ['read', /^true$/],
        ['stop', /^ERR_LEAKGUARD_ABORTED/]
      ]) {
        // The shell's is a pipe, Node's a socket.
        const child =
          kind === 'pipe'
            ? spawn('sh', ['-c', 'cat | "$0" "$@"', process.execPath, 'main.js', String(how)], { cwd })
            : spawn(process.execPath, ['main.js', String(how)], { cwd })
        let told = ''
        child.stdout.on('data', (data) => {
          told += data
          child.stdin.end()
        })
        child.stdin.on('error', () => {})
        const bytes = fs.readFileSync(file)
        if (how === 'read') child.stdin.end(bytes)
        else child.stdin.write(bytes.subarray(0, 50_000))
        await new Promise((resolve) => child.on('close', resolve))
        assert.match(told.trim(), /** @type {RegExp} */ (expected))
      }
    })
  }

  test('a socket that says nothing more hears its abort, and is closed', async (t) => {
    const bytes = fs.readFileSync(file)
    /** @type {net.Socket[]} */
    const accepted = []
    const server = net.createServer((socket) => {
      accepted.push(socket)
      socket.on('error', () => {})
      socket.write(bytes.subarray(0, bytes.length / 2))
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.after(() => {
      server.close()
      for (const socket of accepted) socket.destroy()
    })
    const { port } = /** @type {net.AddressInfo} */ (server.address())
    const socket = net.connect(port, '127.0.0.1')
    await assert.rejects(loadHeap(socket, stopping(300)), ABORTED)
    for (let i = 0; i < 400 && !socket.destroyed; i++) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.ok(socket.destroyed)
  })

  test('a slow source hears its abort before its next piece, and large pieces of a broken one do not hang', async () => {
    const slow = async function* () {
      for (;;) {
        yield Buffer.from(' ')
        await new Promise((resolve) => setTimeout(resolve, 60_000).unref())
      }
    }
    const startedMs = performance.now()
    await assert.rejects(loadHeap(slow(), stopping(50)), ABORTED)
    assert.ok(performance.now() - startedMs < 30_000)
    const broken = async function* () {
      for (let i = 0; i < 6; i++) {
        yield Buffer.alloc(40 << 20, 'no JSON')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await assert.rejects(loadHeap(broken()), { code: 'ERR_LEAKGUARD_SNAPSHOT_SYNTAX' })
  })
})

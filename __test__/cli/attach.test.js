'use strict'
// @ts-check
// `leakguard attach`: heaps of a running process, by its guard or by Node's inspector; what it refuses, and what it leaves.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, major, tempFolder } = require('../support/child.js')

const cli = path.join(root, 'bin', 'leakguard.js')
const register = path.join(root, 'register.js')
const onLinux = process.platform === 'linux'
const FAST = '0s,200ms,200ms'

const leaky = `
  const kept = new Map()
  setInterval(() => { for (let i = 0; i < 50; i++) kept.set(kept.size, { at: [i] }) }, 10)
  process.stdin.on('data', (text) => console.log(JSON.stringify(eval(String(text)))))
  console.log('ready')`

/** @typedef {{ code: number | null, stdout: string, stderr: string }} Ended */

/** @param {string[]} args @param {{ cwd: string, onStderr?: (text: string, pid: number) => void }} how @returns {Promise<Ended>} */
function attach(args, { cwd, onStderr }) {
  const env = { ...process.env, TMPDIR: cwd, NODE_OPTIONS: '', LEAKGUARD_OUTPUT: '' }
  const child = spawn(process.execPath, [cli, 'attach', ...args], { cwd, env, timeout: 60_000, killSignal: 'SIGKILL' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
    onStderr?.(stderr, Number(child.pid))
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

/**
 * A program that runs until the test ends.
 * @param {import('node:test').TestContext} t @param {string} program @param {string[]} [flags]
 */
async function running(t, program, flags = []) {
  const cwd = tempFolder(t, { 'app.js': program })
  const env = { ...process.env, TMPDIR: cwd, NODE_OPTIONS: '' }
  const child = spawn(process.execPath, [...flags, 'app.js'], { cwd, env })
  t.after(() => child.kill('SIGKILL'))
  const seen = { stderr: '' }
  child.stderr.setEncoding('utf8').on('data', (text) => {
    seen.stderr += text
  })
  child.stdout.setEncoding('utf8')
  const line = () => new Promise((resolve) => child.stdout.once('data', resolve))
  await line()
  /** @param {string} expression */
  const ask = async (expression) => {
    child.stdin.write(expression)
    return JSON.parse(String(await line()))
  }
  return { cwd, pid: String(child.pid), child, seen, ask }
}

/** @param {string} cwd what is left of mailboxes */
const left = (cwd) =>
  fs
    .readdirSync(cwd, { recursive: true })
    .map(String)
    .filter((name) => /(?:^|[\\/])ask-/.test(name))

describe('leakguard attach', () => {
  test('asks the guard of a process', async (t) => {
    const { cwd, pid } = await running(t, leaky, ['--require', register])
    const { code, stdout, stderr } = await attach([pid, '--compare', FAST, '--json', '--verbose'], { cwd })
    assert.equal(code, 0, stderr)
    const { findings, examined } = JSON.parse(stdout)
    const kept = findings.find((/** @type {any} */ { culprit }) => culprit.name === 'kept')
    assert.deepEqual([kept?.culprit.file, kept?.culprit.line], [path.join(cwd, 'app.js'), 2], stdout)
    // What it counts is part of it.
    assert.ok(examined.some((/** @type {any} */ { text }) => text.includes('3 heap graphs')))
    assert.ok(examined.some((/** @type {any} */ { text }) => text.includes('live counts')))
    assert.match(stderr, /taking and comparing heap 1 of 3\b.*\n(?:.*\n)*.*taking and comparing heap 3 of 3/)
    assert.match(stderr, /leakguard attach: app\.js \(\d+\): undecided, 1 finding: Map 'kept'/)
    assert.deepEqual(left(cwd), [])
  })

  test('asks a guard that the program has started, and writes a page', async (t) => {
    const { cwd, pid } = await running(t, `require('leakguard').start()\n${leaky}`)
    const { code, stdout, stderr } = await attach([pid, '--compare', FAST, '-o', 'leaks.html'], { cwd })
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.match(fs.readFileSync(path.join(cwd, 'leaks.html'), 'utf8'), /^<!doctype html>/)
    assert.equal(stderr.split('\n').length, 3, stderr)
  })

  test('ends with what is known when it is interrupted', async (t) => {
    const { cwd, pid, ask } = await running(t, leaky, ['--require', register])
    let isTold = false
    const { code, stdout, stderr } = await attach([pid, '--compare', '0s,100ms,1h', '--verbose'], {
      cwd,
      onStderr(text, own) {
        if (isTold || !text.includes('waiting before heap 3')) return
        isTold = true
        process.kill(own, 'SIGINT')
      }
    })
    assert.equal(code, 130, stderr)
    assert.match(stdout, /2 of 3 heaps are compared/)
    assert.match(stdout, /Map 'kept'/)
    assert.deepEqual(left(cwd), [])
    assert.equal(await ask('1 + 1'), 2)
  })

  test('says that there is no guard, and what to type', { skip: !onLinux && 'no /proc' }, async (t) => {
    const { cwd, pid } = await running(t, leaky)
    const { code, stdout, stderr } = await attach([pid], { cwd })
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /has no guard: start it with node --import leakguard\/register, or .*attach \d+ --inspector/)
    assert.deepEqual(left(cwd), [])
  })

  test('says when the process ends meanwhile', async (t) => {
    const { cwd, pid, child } = await running(t, leaky, ['--require', register])
    const { code, stderr } = await attach([pid, '--compare', '0s,1s,1h', '--verbose'], {
      cwd,
      onStderr: (text) => void (text.includes('waiting before heap 2') && child.kill('SIGKILL'))
    })
    assert.equal(code, 2)
    assert.match(stderr, /process \d+ ended before it answered/)
    assert.deepEqual(left(cwd), [])
  })

  test('refuses what is no process of Node, and no number', async (t) => {
    const cwd = tempFolder(t)
    const refused = async (/** @type {string[]} */ args, /** @type {RegExp} */ says) => {
      const { code, stderr } = await attach(args, { cwd })
      assert.equal(code, 2)
      assert.match(stderr, says)
    }
    await refused(['abc'], /PID must be the number of a process, got abc/)
    await refused([], /PID is missing/)
    await refused(['4194303'], /there is no process 4194303/)
    await refused(['1', '--compare', '5s'], /--compare must be auto, or 3 to 8 times/)
    await refused(['1', '-o', 'stderr'], /--output needs a file/)
    if (!onLinux) return
    const sleep = spawn('sleep', ['100'])
    t.after(() => sleep.kill())
    await refused(
      [String(sleep.pid), '--inspector'],
      /process \d+ is not a Node\.js process, but .*\bsleep|coreutils|busybox/
    )
    assert.equal(sleep.exitCode, null)
  })
})

describe('leakguard attach --inspector', { skip: !onLinux && 'no /proc' }, () => {
  const freePort = () =>
    new Promise((resolve) => {
      const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port } = /** @type {any} */ (server.address())
        server.close(() => resolve(port))
      })
    })

  test('loads leakguard into a process without a guard, and leaves it as it was', async (t) => {
    const port = await freePort()
    const { cwd, pid, seen, ask } = await running(t, leaky, [`--inspect-port=${port}`])
    const state = `[Object.keys(require.cache).length, process.listenerCount('exit'), require('node:inspector').url() ?? null, module.children.length]`
    const before = await ask(state)
    for (let i = 0; i < 2; i++) {
      const { code, stdout, stderr } = await attach([pid, '--inspector', '--compare', FAST, '--json'], { cwd })
      assert.equal(code, 0, stderr)
      const [{ culprit }] = JSON.parse(stdout).findings
      assert.deepEqual([culprit.name, culprit.line], ['kept', 2])
      assert.match(seen.stderr, /Debugger ending/)
    }
    assert.deepEqual(await ask(state), before)
    assert.deepEqual(left(cwd), [])
  })

  test('uses an inspector that is open, and leaves it open; not beside a debugger', async (t) => {
    const port = await freePort()
    const { cwd, pid, ask } = await running(t, leaky, [`--inspect=${port}`])
    const { code, stderr } = await attach([pid, '--inspector', '--compare', FAST], { cwd })
    assert.equal(code, 0, stderr)
    assert.match(await ask("require('node:inspector').url()"), new RegExp(`:${port}/`))
    const socket = net.connect(Number(port), '127.0.0.1')
    t.after(() => socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    const second = await attach([pid, '--inspector'], { cwd })
    assert.equal(second.code, 2)
    assert.match(second.stderr, /is being debugged already, at 127\.0\.0\.1:\d+/)
  })

  test('does not end a process whose inspector cannot be started', {
    skip: major < 22 && 'no --disable-sigusr1'
  }, async (t) => {
    const { cwd, pid, ask } = await running(t, leaky, ['--disable-sigusr1'])
    const { code, stderr } = await attach([pid, '--inspector'], { cwd })
    assert.equal(code, 2)
    assert.match(stderr, /does not handle SIGUSR1 \(--disable-sigusr1\), which would end it/)
    assert.equal(await ask('1 + 1'), 2)
  })

  test('sends nothing where the port is taken', async (t) => {
    const server = net.createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = /** @type {any} */ (server.address())
    const { cwd, pid, seen } = await running(t, leaky, [`--inspect-port=${port}`])
    const { code, stderr } = await attach([pid, '--inspector'], { cwd })
    assert.equal(code, 2)
    assert.match(stderr, /another process listens at port \d+/)
    assert.equal(seen.stderr, '')
  })
})

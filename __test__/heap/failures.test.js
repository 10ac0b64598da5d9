// @ts-check
// What goes wrong around a capture: no memory, no room on the disk, no right to write, a caller who changes his mind or
// whose callback throws. Each is told by its code, and leaves no file, no memory and nothing that keeps a program alive.
'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { captureHeap, loadHeap, writeHeap } = require('../..')
const { controlGroup } = require('../support/control-group.js')
const { root, runFile, runProgram, tempFolder } = require('../support/child.js')

const isWindows = process.platform === 'win32'
const isRoot = process.getuid?.() === 0

/** What a failed write left in a folder. @param {string} folder */
const leftIn = (folder) => fs.readdirSync(folder).filter((name) => /heapsnapshot|partial/.test(name))

/** Puts another function in the place of one of Node's for a test. @param {import('node:test').TestContext} t @param {any} object @param {string} name @param {Function} other */
function replaced(t, object, name, other) {
  const original = object[name]
  object[name] = other
  t.after(() => {
    object[name] = original
  })
  return original
}

describe('a heap for which there is no memory', () => {
  const native = require(path.join(root, 'lib', 'base', 'native.js'))

  test('is refused with the numbers, by both functions, before anything is written', async (t) => {
    replaced(t, native, 'availableBytes', () => 20e6)
    const folder = tempFolder(t)
    for (const [name, call] of /** @type {[string, () => Promise<unknown>][]} */ ([
      ['captureHeap', () => captureHeap()],
      ['writeHeap', () => writeHeap(path.join(folder, 'a.heapsnapshot'))]
    ])) {
      await assert.rejects(call, (/** @type {any} */ error) => {
        assert.equal(error.code, 'ERR_LEAKGUARD_MEMORY')
        const numbers = /^(\w+): .*\((\d+) MB of small objects\) may need (\d+) MB .* 20 MB are available/
        const [, where, small, needed] = numbers.exec(error.message) ?? []
        assert.equal(where, name, error.message)
        assert.ok(Number(small) > 2 && Number(needed) > 5 * Number(small), error.message)
        return true
      })
    }
    assert.deepEqual(leftIn(folder), [])
  })

  test('is captured all the same when forced, or where the system does not tell', async (t) => {
    replaced(t, native, 'availableBytes', () => 20e6)
    const forced = await captureHeap({ force: true })
    assert.ok(forced.nodeCount > 0)
    forced.dispose()
    native.availableBytes = () => null
    const heap = await captureHeap()
    assert.ok(heap.nodeCount > 0)
    heap.dispose()
  })

  test('in a real control group too', async (t) => {
    const group = controlGroup(t, 160e6)
    if (group === undefined) return t.skip('no control group can be made here')
    const text = `
      require('node:fs').writeFileSync(${JSON.stringify(path.join(group, 'cgroup.procs'))}, String(process.pid))
      const assert = require('node:assert/strict')
      const { captureHeap } = require('leakguard')
      const kept = Array.from({ length: 120_000 }, (_, i) => ({ i, a: i + 0.5, b: [i] }))
      assert.rejects(captureHeap(), { code: 'ERR_LEAKGUARD_MEMORY' }).then(() => console.log(kept.length))`
    await runProgram(t, { 'main.js': text })
  })
})

describe('a file that cannot be written', () => {
  test('because a folder is in its place, is refused before the program stands still', async (t) => {
    const folder = tempFolder(t)
    const place = path.join(folder, 'a.heapsnapshot')
    fs.mkdirSync(place)
    const v8 = require('node:v8')
    replaced(t, v8, 'getHeapSnapshot', () => assert.fail('a snapshot was taken'))
    await assert.rejects(writeHeap(place), { code: 'EISDIR' })
    assert.deepEqual(leftIn(folder), ['a.heapsnapshot'])
    assert.deepEqual(fs.readdirSync(place), [])
  })

  test('because a folder came into its place meanwhile, leaves nothing', async (t) => {
    const folder = tempFolder(t)
    const place = path.join(folder, 'a.heapsnapshot')
    const onProgress = () => fs.mkdirSync(place, { recursive: true })
    await assert.rejects(writeHeap(place, { onProgress }), (/** @type {any} */ error) =>
      /^E(?:ISDIR|PERM|NOTEMPTY|EXIST|ACCES)$/.test(error.code)
    )
    assert.deepEqual(leftIn(folder), ['a.heapsnapshot'])
  })

  test('because the disk is full, leaves nothing and keeps what was there', async (t) => {
    const disk = smallDisk(t)
    const folder = disk ?? tempFolder(t)
    if (disk === undefined) {
      const write = replaced(t, fs, 'writeSync', (/** @type {any[]} */ ...args) => {
        if (args[2] > 0 || fs.fstatSync(args[0]).size > 2e5) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return write(...args)
      })
    }
    const file = path.join(folder, 'a.heapsnapshot')
    fs.writeFileSync(file, 'the old one')
    await assert.rejects(writeHeap(file), { code: 'ENOSPC' })
    assert.deepEqual(leftIn(folder), ['a.heapsnapshot'])
    assert.equal(fs.readFileSync(file, 'utf8'), 'the old one')
  })

  test('because the folder is not ours, leaves nothing', { skip: isWindows }, async (t) => {
    const folder = tempFolder(t, { 'closed/keep': '' })
    const closed = path.join(folder, 'closed')
    fs.chmodSync(closed, 0o555)
    fs.chmodSync(folder, 0o755)
    const text = `
      const assert = require('node:assert/strict')
      const { writeHeap } = require('leakguard')
      ${isRoot ? 'process.seteuid(65534)' : ''}
      assert.rejects(writeHeap(${JSON.stringify(path.join(closed, 'a.heapsnapshot'))}), { code: 'EACCES' })`
    await runProgram(t, { 'main.js': text })
    assert.deepEqual(fs.readdirSync(closed), ['keep'])
    fs.chmodSync(closed, 0o755)
  })

  test('nobody else can read what is being written either', { skip: isWindows }, async (t) => {
    const folder = tempFolder(t)
    /** @type {number[]} */
    const modes = []
    const onProgress = () => {
      for (const name of leftIn(folder)) modes.push(fs.statSync(path.join(folder, name)).mode & 0o777)
    }
    await writeHeap(path.join(folder, 'a.heapsnapshot'), { onProgress })
    assert.ok(modes.length > 0 && modes.every((mode) => mode === 0o600), String(modes))
  })
})

/** A disk of a megabyte, or undefined where none can be mounted. @param {import('node:test').TestContext} t */
function smallDisk(t) {
  if (!isRoot || process.platform !== 'linux') return
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-disk-'))
  t.after(() => {
    spawnSync('umount', [folder])
    fs.rmdirSync(folder)
  })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status !== 0) return
  return folder
}

describe('in the middle of the work', () => {
  /** @type {string} */
  let folder
  /** @type {string} */
  let file
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-test-'))
    file = await writeHeap(path.join(folder, 'app.heapsnapshot'))
  })
  after(() => fs.rmSync(folder, { recursive: true, force: true }))

  /** A source that gives most of a snapshot and then nothing more. @param {() => void} [then] */
  async function* stuck(then) {
    const bytes = fs.readFileSync(file)
    for (let at = 0; at < bytes.length - 65_536; at += 65_536) yield bytes.subarray(at, at + 65_536)
    then?.()
    await new Promise((resolve) => setTimeout(resolve, 1 << 30).unref())
  }

  test('an abort rejects with the reason of the signal as its cause, though the source is stuck', async () => {
    const stop = new AbortController()
    const reason = new Error('shutting down')
    const loading = loadHeap(
      stuck(() => setTimeout(() => stop.abort(reason))),
      { signal: stop.signal }
    )
    await assert.rejects(loading, (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_LEAKGUARD_ABORTED')
      assert.equal(error.cause, reason)
      return true
    })
  })

  test('an abort from onProgress is one too, and a file leaves nothing', async (t) => {
    const folder = tempFolder(t)
    for (const work of [
      (/** @type {any} */ options) => captureHeap(options),
      (/** @type {any} */ options) => loadHeap(file, options),
      (/** @type {any} */ options) => writeHeap(path.join(folder, 'a.heapsnapshot'), options)
    ]) {
      const stop = new AbortController()
      const onProgress = () => stop.abort('enough')
      await assert.rejects(work({ signal: stop.signal, onProgress }), {
        code: 'ERR_LEAKGUARD_ABORTED',
        cause: 'enough'
      })
    }
    assert.deepEqual(leftIn(folder), [])
  })

  test('what onProgress throws rejects the promise, and is heard of nowhere else', async (t) => {
    const folder = tempFolder(t)
    const own = new RangeError('a bug in a progress bar')
    const onProgress = () => {
      throw own
    }
    /** @type {unknown[]} */
    const uncaught = []
    const hear = (/** @type {unknown} */ error) => uncaught.push(error)
    process.on('uncaughtException', hear)
    t.after(() => process.off('uncaughtException', hear))
    const later = async function* () {
      yield* stuck()
    }
    for (const work of [
      () => captureHeap({ onProgress }),
      () => loadHeap(file, { onProgress }),
      () => writeHeap(path.join(folder, 'a.heapsnapshot'), { onProgress }),
      () => loadHeap(later(), { onProgress })
    ]) {
      await assert.rejects(work, (error) => error === own)
    }
    assert.deepEqual(leftIn(folder), [])
    assert.deepEqual(uncaught, [])
  })

  test('an abort gives the memory back and lets the program end', async (t) => {
    const options = { cwd: tempFolder(t), flags: ['--expose-gc'], timeoutMs: 120_000 }
    const { tookMs } = await runFile('captures/aborts-give-memory-back.js', [], options)
    assert.ok(tookMs < 120_000)
  })
})

describe('an error of the addon', () => {
  const native = require(path.join(root, 'lib', 'base', 'native.js'))
  const { ofAddon } = require(path.join(root, 'lib', 'base', 'errors.js'))
  const unreadable = { code: 'ERR_LEAKGUARD_SNAPSHOT_READ', message: /^heap snapshot: .*nowhere.* cannot be read/ }

  test('has its code as a value, thrown and rejected', async () => {
    assert.throws(() => native.analyzeTrend(new Float64Array(1)), {
      code: 'ERR_LEAKGUARD_INVALID_ARG',
      message: /^[^A-Z]/
    })
    await assert.rejects(native.loadHeapFile(new native.Task(), '/nowhere', false, true), unreadable)
    await assert.rejects(loadHeap('/nowhere'), { ...unreadable, name: 'LeakguardError [ERR_LEAKGUARD_SNAPSHOT_READ]' })
  })

  test('is told as a bug of ours where a panic was caught, and left alone where it is of the system', () => {
    const panic = Object.assign(new Error('index out of bounds'), { code: 'GenericFailure' })
    const { code, message } = /** @type {any} */ (ofAddon(panic))
    assert.deepEqual([code, message], ['ERR_LEAKGUARD_INTERNAL', 'a bug in leakguard: index out of bounds'])
    for (const other of [
      Object.assign(new Error('full'), { code: 'ENOSPC' }),
      new RangeError('no'),
      'text',
      undefined
    ]) {
      assert.equal(ofAddon(other), other)
    }
  })
})

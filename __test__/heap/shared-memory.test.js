// @ts-check
// Memory and files that a program shares with others: what a copy of it writes there, by a destructor that a collection
// runs or by itself, reaches nobody. Nothing changes, whatever is captured and however.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { captureHeap, countHeap, writeHeap } = require('../..')
const native = require('../../lib/base/native.js')
const { runFile, tempFolder } = require('../support/child.js')

const unsupported = native.forkUnsupported()
const { forkHeap } = native
const source = path.resolve(__dirname, '..', 'support', 'mapped.c')

/** The addon, or why there is none. @type {{ addon?: any, why?: string }} */
let built

/** @param {import('node:test').TestContext} t */
function mapped(t) {
  if (built === undefined) {
    // Not one of the test's folders: an addon is loaded once, and its code stays mapped.
    const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'leakguard-mapped-'))
    const file = path.join(folder, 'mapped.node')
    try {
      execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', file, source], { stdio: 'pipe' })
      built = { addon: require(file) }
    } catch (error) {
      const { code, message } = /** @type {any} */ (error)
      if (code !== 'ENOENT') throw error
      built = { why: `no C compiler: ${message}` }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
  if (built.why) t.skip(built.why)
  return built.addon
}

/** Every way to a heap. @type {Record<string, (folder: string, mode: 'fork' | 'auto') => Promise<unknown>>} */
const WAYS = {
  graph: async (_, mode) => (await captureHeap({ mode, eager: false })).dispose(),
  census: (_, mode) => countHeap({ mode }),
  file: (folder, mode) => writeHeap(path.join(folder, 'a.heapsnapshot'), { mode })
}
const SMALL = 64 * 1024
/** More than a copy gets as its own. */
const LARGE = 48 * 1024 * 1024

/** Has each copy of a test do `first` before its work, and counts them. @param {import('node:test').TestContext} t @param {() => void} first */
function inCopies(t, first, thenWork = true) {
  let forks = 0
  native.forkHeap = (ready, write, ...limits) => {
    forks++
    const work = (/** @type {number} */ fd) => {
      first()
      if (thenWork) write(fd)
    }
    return forkHeap(ready, work, ...limits)
  }
  const restore = () => {
    native.forkHeap = forkHeap
  }
  t.after(restore)
  return { restore, forks: () => forks }
}

describe('memory that is shared', { skip: unsupported ?? false }, () => {
  for (const kind of ['file', 'readable', 'anonymous', 'memfd', 'sysv']) {
    test(`${kind}: what a copy stores there, and in a file, reaches nobody`, async (t) => {
      const addon = mapped(t)
      if (!addon) return
      const folder = tempFolder(t, { mapped: '\0'.repeat(SMALL), other: 'as it was' })
      const read = (/** @type {string} */ name) => fs.readFileSync(path.join(folder, name), 'utf8')
      const memory = addon.map(kind, path.join(folder, 'mapped'), SMALL, path.join(folder, 'other'))
      const { restore, forks } = inCopies(t, () => addon.store(memory))
      for (const [way, capture] of Object.entries(WAYS)) {
        const before = forks()
        await capture(folder, 'fork')
        assert.ok(forks() > before)
        assert.deepEqual([way, addon.changed(memory), read('other')], [way, 0, 'as it was'])
        assert.equal(read('mapped'), '\0'.repeat(SMALL))
      }
      restore()
      // That it would be seen: the same here.
      addon.store(memory)
      assert.deepEqual([addon.changed(memory), read('other')], [SMALL / 4096, 'written'])
    })
  }

  test('is more than a copy gets as its own: a store ends the copy, which says why', async (t) => {
    const addon = mapped(t)
    if (!addon) return
    const folder = tempFolder(t)
    for (const kind of ['file', 'readable', 'anonymous']) {
      const file = path.join(folder, kind)
      fs.writeFileSync(file, '')
      fs.truncateSync(file, LARGE)
      const memory = addon.map(kind, file, LARGE, path.join(folder, 'other'))
      const { restore, forks } = inCopies(t, () => addon.store(memory), false)
      await assert.rejects(captureHeap({ mode: 'fork' }), {
        code: 'ERR_LEAKGUARD_FORK_FAILED',
        message: /memory that this process shares with others/
      })
      assert.deepEqual([kind, addon.changed(memory), forks()], [kind, 0, 1])
      restore()
      await countHeap({ mode: 'fork' })
      assert.deepEqual([kind, addon.changed(memory)], [kind, 0])
    }
  })

  test('is written to by a destructor that the collection in a copy runs: it reaches nobody', async (t) => {
    const addon = mapped(t)
    if (!addon) return
    for (const [way, capture] of Object.entries(WAYS)) {
      const folder = tempFolder(t, { other: 'as it was' })
      const other = path.join(folder, 'other')
      const seen = addon.map('anonymous', '', SMALL, other)
      // Forgotten in the copy only: no collection of this process's own can be mistaken for one there.
      inCopies(t, () => {
        for (let i = 0; i < 20; i++) addon.again(seen)
      })
      await capture(folder, 'fork')
      assert.deepEqual([way, addon.changed(seen), fs.readFileSync(other, 'utf8')], [way, 0, 'as it was'])
    }
  })
})

test('rings of io_uring, which Node may use, are out of reach of a copy', { skip: unsupported ?? false }, async (t) => {
  const options = { cwd: tempFolder(t), env: { UV_USE_IO_URING: '1' } }
  const { stdout } = await runFile('captures/copies-reach-no-rings.js', [], options)
  t.diagnostic(stdout.trim())
})

test('a forgotten database of node:sqlite leaves its file and its index alone', {
  skip: unsupported ?? false
}, async (t) => {
  try {
    require('node:sqlite')
  } catch {
    return t.skip('this Node has no node:sqlite')
  }
  for (const way of Object.keys(WAYS)) {
    const options = { cwd: tempFolder(t), flags: ['--no-warnings'] }
    const { stdout } = await runFile('captures/copies-leave-a-database-alone.js', [way], options)
    assert.equal(stdout.trim(), 'true,true,true', way)
  }
})

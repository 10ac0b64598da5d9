// @ts-check
// A heap counted: what a census tells, inline and from a copy of the process; that it runs none of the program's code;
// and what is taken where memory is short.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { describe, test } = require('node:test')
const { captureHeap, countHeap, diffHeaps } = require('../..')
const { Captures } = require('../../lib/guard/captures.js')
const { Inspector } = require('../../lib/v8/inspector.js')
const { isIndexed } = require('../../lib/v8/live-objects.js')
const native = require('../../lib/base/native.js')
const { runFile, tempFolder } = require('../support/child.js')

const unsupported = native.forkUnsupported()
const MODES = /** @type {const} */ (unsupported ? ['inline'] : ['inline', 'fork'])

/** Has the system say that so many bytes are available. @param {import('node:test').TestContext} t @param {number | null} bytes */
function available(t, bytes) {
  const { availableBytes } = native
  native.availableBytes = () => bytes
  t.after(() => {
    native.availableBytes = availableBytes
  })
}

/** What a graph and a census need in this process, forked, as the check before a capture reckons. */
function needed() {
  const { estimate } = require('../../lib/heap/snapshot.js')
  return { graph: estimate(true, 'graph').neededBytes, census: estimate(true, 'census').neededBytes }
}

test('elements and characters are no properties to be listed, whatever others of the class are', () => {
  assert.ok(Object.getPrototypeOf(Buffer.prototype) === Uint8Array.prototype && !ArrayBuffer.isView(Buffer.prototype))
  for (const indexed of [Buffer.alloc(8), new Float64Array(8), [1], Object('text')]) assert.ok(isIndexed(indexed))
  for (const other of [Buffer.prototype, { length: 1 }, new Map(), () => {}]) assert.ok(!isIndexed(other))
})

describe('a census', () => {
  for (const mode of MODES) {
    test(`tells classes, containers and who holds them, listeners and buffers (${mode})`, async () => {
      await runFile('captures/a-census-counts-and-runs-nothing.js', [mode])
    })

    test(`says what grew since an earlier one, and nothing of itself (${mode})`, async () => {
      class Login {
        constructor() {
          this.user = {}
        }
      }
      const held = { sessions: new Map(), table: /** @type {Record<string, number>} */ ({}) }
      class Holder {
        held = held
        sessions = held.sessions
      }
      const holder = new Holder()
      const grow = (/** @type {number} */ to) => {
        for (let i = held.sessions.size; i < to; i++) held.sessions.set(i, new Login())
      }
      grow(100)
      // The first makes what later ones find.
      await countHeap({ mode })
      const before = await countHeap({ mode })
      grow(1100)
      const after = await countHeap({ mode })
      const grown = after.grownSince(before).filter(({ from, to }) => to - from >= 500)
      const told = grown.map(({ kind, name, from, to }) => `${kind} ${name} ${from} ${to}`).sort()
      const expected = ['class Login 100 1100', 'container Map Holder.sessions 100 1100']
      assert.deepEqual(
        told.filter((row) => !row.startsWith('class Object ')),
        expected
      )
      assert.equal(grown.find(({ name }) => name === 'Object')?.kind, 'class')
      assert.deepEqual(before.grownSince(before), [])
      assert.equal(holder.sessions.size, 1100)
    })

    test(`is refused where there is no inspector (${mode})`, async (t) => {
      const { open } = Inspector
      Inspector.open = () => ({ why: 'built without' })
      t.after(() => {
        Inspector.open = open
      })
      const refused = { code: 'ERR_LEAKGUARD_NO_INSPECTOR', message: /built without/ }
      await assert.rejects(countHeap({ mode }), refused)
    })
  }

  test('and no other is compared with it', async () => {
    const census = await countHeap()
    const refused = { code: 'ERR_LEAKGUARD_INVALID_ARG' }
    assert.throws(() => census.grownSince(/** @type {any} */ ({})), { ...refused, message: /HeapCensus/ })
    assert.throws(() => census.classes({ limit: 0 }), refused)
    await assert.rejects(diffHeaps(/** @type {any} */ (census), /** @type {any} */ (census)), {
      ...refused,
      message: /grownSince/
    })
    const graph = await captureHeap({ eager: false })
    assert.throws(() => census.grownSince(/** @type {any} */ (graph)), refused)
    graph.dispose()
  })

  test('may be that of a worker thread', { skip: unsupported ?? false }, async () => {
    await runFile('captures/a-census-of-a-worker.js')
  })
})

describe('where memory is short', { skip: unsupported ?? false }, () => {
  test('a census still has enough', async (t) => {
    const { graph, census } = needed()
    assert.ok(census < graph / 2)
    available(t, (graph + census) / 1.6)
    assert.ok((await countHeap({ mode: 'fork' })).objects > 1000)
    await assert.rejects(captureHeap({ mode: 'fork' }), {
      code: 'ERR_LEAKGUARD_MEMORY',
      message: /snapshot in a copy of this process .* a census \(countHeap\) would need \d+ MB; free/
    })
  })

  test('a copy is made where nobody tells how much there is only if it is forced', async (t) => {
    available(t, null)
    await assert.rejects(captureHeap({ mode: 'fork' }), { code: 'ERR_LEAKGUARD_MEMORY' })
    const whole = await captureHeap({ mode: 'fork', eager: false, force: true })
    assert.ok(whole.nodeCount > 1000)
    whole.dispose()
  })

  test('for either, that is told with the numbers', async (t) => {
    available(t, 1e6)
    await assert.rejects(countHeap({ mode: 'fork' }), {
      code: 'ERR_LEAKGUARD_MEMORY',
      message: /a census in a copy of this process .* may need \d+ MB more, and 1 MB are available/
    })
    await assert.rejects(captureHeap({ mode: 'fork' }), { message: /also too much/ })
    const forced = await countHeap({ mode: 'inline', force: true })
    assert.ok(forced.objects > 1000)
  })

  test('a guard writes a census instead of a snapshot', async (t) => {
    const { graph, census } = needed()
    available(t, (graph + census) / 1.6)
    const folder = tempFolder(t)
    /** @type {any[]} */
    const told = []
    const limits = { everyMs: 600_000, max: 10 }
    const captures = new Captures({ to: folder, on: ['leak'], limits, redact: true }, (capture) => told.push(capture))
    t.after(() => captures.stop())
    await captures.take('leak')
    const [{ file, depth, error }] = told
    assert.equal(error, undefined)
    assert.equal(depth, 'census')
    assert.match(file, /leakguard-\d+-[\dTZ-]+\.census\.json$/)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).schemaVersion, 1)
  })
})

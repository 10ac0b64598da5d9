// @ts-check
// captureHeap, writeHeap, loadHeap and what their graphs answer; what they refuse, with which code; what they leave
// behind, which is nothing.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { before, describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { captureHeap, diffHeaps, loadHeap, writeHeap } = require('../..')
const native = require('../../lib/base/native.js')
const { tempFolder } = require('../support/child.js')

class Visit {
  constructor() {
    this.note = SECRET
  }
}
// Assembled, so that the secret stands nowhere as a name or in the source of a function.
const SECRET = ['hunter', 'two', 'correct', 'horse'].join('-')
const visits = Array.from({ length: 321 }, () => new Visit())

/** @param {string} code */
const coded = (code) => ({ code })
const INVALID = coded('ERR_LEAKGUARD_INVALID_ARG')

/** A file with the text of a snapshot. @param {import('node:test').TestContext} t @param {any} [options] */
async function written(t, options) {
  const folder = tempFolder(t)
  const file = await writeHeap(path.join(folder, 'app.heapsnapshot'), options)
  return { folder, file, text: fs.readFileSync(file, 'utf8') }
}

/** The id of the first object of this class in the text of a snapshot. @param {string} text @param {string} name */
function idOf(text, name) {
  const { snapshot, nodes, strings } = JSON.parse(text)
  const fields = snapshot.meta.node_fields
  const [type, label, id] = ['type', 'name', 'id'].map((field) => fields.indexOf(field))
  const object = snapshot.meta.node_types[0].indexOf('object')
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + type] === object && strings[nodes[at + label]] === name) return nodes[at + id]
  }
}

describe('a captured heap', () => {
  /** @type {import('../..').HeapGraph} */
  let heap
  before(async () => {
    heap = await captureHeap({ mode: 'inline' })
  })

  test('tells how it was captured and how large it is', () => {
    const { capture } = heap
    assert.ok(capture)
    assert.equal(capture.mode, 'inline')
    assert.ok(capture.pauseMs > 0 && capture.totalMs >= capture.pauseMs)
    assert.ok(heap.nodeCount > 10_000 && heap.edgeCount > heap.nodeCount)
    assert.ok(heap.selfBytes > 1e6)
  })

  test('counts the objects of a class, as many as there are', () => {
    const named = heap.classes({ limit: 100_000 }).filter(({ name }) => /\bVisit\b/.test(name))
    assert.deepEqual(
      named.map(({ name, count }) => [name, count]),
      [
        ['Visit', visits.length],
        ['function Visit', 1]
      ]
    )
    const [found] = named
    assert.ok(found.retainedBytes >= found.shallowBytes && found.shallowBytes >= visits.length * 12)
  })

  test('gives classes most retained first, and as many as asked for', () => {
    const bytes = heap.classes({ limit: 20 }).map(({ retainedBytes }) => retainedBytes)
    assert.equal(bytes.length, 20)
    assert.deepEqual(
      bytes,
      [...bytes].sort((a, b) => b - a)
    )
  })

  test('does not hold what strings say', () => {
    assert.ok(!JSON.stringify(heap.classes({ limit: 100_000 })).includes(SECRET))
  })

  test('can be disposed of, twice, and then says so', async () => {
    const graph = await captureHeap()
    graph.dispose()
    graph.dispose()
    for (const ask of [() => graph.classes(), () => graph.retainedBytes(1), () => graph.retainerPath(1)]) {
      assert.throws(ask, coded('ERR_LEAKGUARD_DISPOSED'))
    }
    await assert.rejects(diffHeaps(graph, graph), coded('ERR_LEAKGUARD_DISPOSED'))
    assert.ok(graph.nodeCount > 0, 'totals stay')
  })

  test('frees itself at the end of a block', () => {
    const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')
    assert.equal(typeof (/** @type {any} */ (heap)[dispose]), 'function')
  })
})

describe('a written heap', () => {
  test('is its owner’s only, complete, and opens', async (t) => {
    const { folder, file } = await written(t)
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.includes('heapsnapshot')),
      ['app.heapsnapshot']
    )
    const heap = await loadHeap(file)
    assert.equal(heap.capture, undefined)
    assert.ok(heap.nodeCount > 10_000)
  })

  test('says nothing that a string of the program says, but names', async (t) => {
    const { text, file } = await written(t)
    assert.ok(!text.includes(SECRET), 'the secret is in the file')
    for (const name of ['Visit', 'note', 'visits']) assert.ok(text.includes(`"${name}"`), name)
    const heap = await loadHeap(file)
    const report = await diffHeaps(heap, heap)
    const path = heap.retainerPath(idOf(text, 'Visit'))
    assert.ok(!JSON.stringify([heap.classes({ limit: 1e6 }), path, report]).includes(SECRET))
  })

  test('says all when asked to', async (t) => {
    const { text } = await written(t, { redact: false })
    assert.ok(text.includes(SECRET))
  })

  test('gives the path to an object as code, and what it retains', async (t) => {
    const { text, file } = await written(t)
    const heap = await loadHeap(file)
    const id = idOf(text, 'Visit')
    const steps = heap.retainerPath(id)
    assert.ok(
      steps.some(({ edge }) => edge === 'variable visits'),
      JSON.stringify(steps)
    )
    assert.equal(steps.at(-1)?.name, 'Visit')
    assert.equal(steps.at(-1)?.file, __filename)
    assert.ok(heap.retainedBytes(id) >= 12)
  })

  test('replaces the file that was there', async (t) => {
    const { file } = await written(t)
    fs.writeFileSync(file, 'old')
    assert.equal(await writeHeap(file), file)
    assert.ok(fs.statSync(file).size > 1e5)
  })

  test('can come as a stream', async (t) => {
    const { file } = await written(t)
    const [one, other] = await Promise.all([loadHeap(file), loadHeap(fs.createReadStream(file))])
    assert.deepEqual([one.nodeCount, one.edgeCount, one.selfBytes], [other.nodeCount, other.edgeCount, other.selfBytes])
  })
})

describe('the analysis', () => {
  /** @param {import('../..').HeapGraph} heap @param {number} id */
  const answers = (heap, id) => [heap.classes({ limit: 1000 }), heap.retainedBytes(id), heap.retainerPath(id)]

  test('at once or later gives the same answers, of a file and of a stream', async (t) => {
    const { file, text } = await written(t)
    const id = idOf(text, 'Visit')
    const expected = answers(await loadHeap(file), id)
    for (const eager of [true, false]) {
      for (const source of [file, fs.createReadStream(file)]) {
        assert.deepEqual(answers(await loadHeap(source, { eager }), id), expected, `eager: ${eager}`)
      }
    }
  })

  test('at once or later, a capture can be asked and compared', async () => {
    for (const eager of [true, false]) {
      const heap = await captureHeap({ eager })
      assert.deepEqual((await diffHeaps(heap, heap)).findings, [], `eager: ${eager}`)
      const found = heap.classes({ limit: 100_000 }).find(({ name }) => name === 'Visit')
      assert.equal(found?.count, visits.length, `eager: ${eager}`)
    }
  })

  test('two heaps tell which classes have more objects, and which have fewer', async () => {
    class Ticket {}
    class Parcel {}
    let parcels = Array.from({ length: 300 }, () => new Parcel())
    const before = await captureHeap({ eager: false })
    const tickets = Array.from({ length: 500 }, () => new Ticket())
    parcels = parcels.slice(0, 100)
    const after = await captureHeap({ eager: false })
    const { classes = [] } = (await diffHeaps(before, after)).details ?? {}
    const changeOf = (/** @type {string} */ wanted) => classes.find(({ name }) => name === wanted)
    const [ticket, parcel] = [changeOf('Ticket'), changeOf('Parcel')]
    assert.deepEqual([ticket?.count, ticket?.countChange], [tickets.length, 500])
    assert.deepEqual([parcel?.count, parcel?.countChange], [parcels.length, -200])
    assert.ok(Number(ticket?.bytesChange) > 0 && Number(parcel?.bytesChange) < 0)
    assert.ok(classes.length <= 40)
  })

  /** What each way in has the native side do, and up to where. @type {[string, any, string][]} */
  const WAYS = [
    ['by default all is there when the promise resolves', undefined, 'paths'],
    ['eager is the default', { eager: true }, 'paths'],
    ['not eager, nothing that a comparison does not need', { eager: false }, 'edges']
  ]
  for (const [title, options, expected] of WAYS) {
    test(title, async (t) => {
      const { file } = await written(t)
      const works = [
        () => captureHeap(options),
        () => loadHeap(file, options),
        () => loadHeap(fs.createReadStream(file), options)
      ]
      for (const work of works) assert.equal(await lastPhase(work), expected)
    })
  }

  test('is stopped when its caller changes his mind', async (t) => {
    const { file } = await written(t)
    for (let tries = 1; ; tries++) {
      const task = new native.Task()
      /** @type {string | undefined} */
      let outcome
      native.loadHeapFile(task, file, false, false).then(
        () => (outcome = 'done'),
        (/** @type {any} */ error) => (outcome = error.code)
      )
      while (!outcome) {
        if (['walk', 'dominators', 'retained'].includes(task.phase())) task.cancel()
        await new Promise((resolve) => setImmediate(resolve))
      }
      // A busy machine may not look in the few milliseconds that it takes.
      if (outcome === 'done' && tries < 50) continue
      assert.match(outcome, /^ERR_LEAKGUARD_ABORTED$/)
      return
    }
  })
})

/** The phase that native work ended with. @param {() => Promise<unknown>} work */
async function lastPhase(work) {
  const { Task } = native
  /** @type {InstanceType<typeof Task>[]} */
  const tasks = []
  native.Task = class extends Task {
    constructor() {
      super()
      tasks.push(this)
    }
  }
  try {
    await work()
  } finally {
    native.Task = Task
  }
  return tasks[0].phase()
}

describe('a caller who changes his mind', () => {
  const ABORTED = coded('ERR_LEAKGUARD_ABORTED')

  test('before it begins, finds nothing done', async (t) => {
    const folder = tempFolder(t)
    const signal = AbortSignal.abort(new Error('too late'))
    await assert.rejects(captureHeap({ signal }), ABORTED)
    await assert.rejects(writeHeap(path.join(folder, 'a.heapsnapshot'), { signal }), (/** @type {any} */ error) => {
      assert.equal(error.cause.message, 'too late')
      return error.code === 'ERR_LEAKGUARD_ABORTED'
    })
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.includes('heap')),
      []
    )
  })

  for (const delayMs of [0, 5, 25]) {
    test(`after ${delayMs} ms, finds no part of a file, and the program goes on`, async (t) => {
      const folder = tempFolder(t)
      const { file } = await written(t)
      const works = [
        (/** @type {any} */ options) => captureHeap(options),
        (/** @type {any} */ options) => writeHeap(path.join(folder, 'b.heapsnapshot'), options),
        (/** @type {any} */ options) => loadHeap(file, options)
      ]
      for (const work of works) {
        const stop = new AbortController()
        const outcome = work({ signal: stop.signal }).then(
          () => 'done',
          (/** @type {any} */ error) => error.code
        )
        setTimeout(() => stop.abort(), delayMs)
        assert.match(await outcome, /^(?:done|ERR_LEAKGUARD_ABORTED)$/)
      }
      assert.deepEqual(
        fs.readdirSync(folder).filter((name) => name.includes('partial')),
        []
      )
      assert.ok((await captureHeap()).nodeCount > 0)
    })
  }
})

test('progress goes from 0 to 1 and never back', async (t) => {
  const { file } = await written(t)
  for (const work of [captureHeap, (/** @type {any} */ options) => loadHeap(file, options)]) {
    /** @type {{ phase: string, fraction: number }[]} */
    const told = []
    await work({ onProgress: (/** @type {any} */ progress) => told.push(progress) })
    const fractions = told.map(({ fraction }) => fraction)
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b)
    )
    assert.deepEqual(told.at(-1), { phase: 'done', fraction: 1 })
  }
})

describe('what is refused', () => {
  /** @type {[string, () => unknown, { code: string, message?: RegExp }][]} */
  const CALLS = [
    ['a path that is no string', () => writeHeap(/** @type {any} */ (7)), INVALID],
    ['an empty path', () => writeHeap(''), INVALID],
    ['a source that is none', () => loadHeap(/** @type {any} */ (null)), INVALID],
    ['a chunk that is no bytes', () => loadHeap(/** @type {any} */ ((async function* () { yield 7 })())), INVALID], // biome-ignore format: one line each
    ['a graph that is none', () => diffHeaps(/** @type {any} */ ({}), /** @type {any} */ ({})), INVALID],
    ['an option of the wrong type', () => captureHeap(/** @type {any} */ ({ redact: 'yes' })), INVALID],
    ['a mode that does not exist', () => captureHeap(/** @type {any} */ ({ mode: 'magic' })), INVALID],
    ['a switch that is neither', () => loadHeap('x', /** @type {any} */ ({ eager: 'never' })), INVALID],
    ['an analysis of what is only written', () => writeHeap('x', /** @type {any} */ ({ eager: false })), coded('ERR_LEAKGUARD_UNKNOWN_OPTION')], // biome-ignore format: one line each
    ['an unknown option', () => captureHeap(/** @type {any} */ ({ redcat: true })), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION', message: /redact/ }] // biome-ignore format: one line each
  ]
  for (const [title, call, expected] of CALLS) test(title, () => assert.rejects(async () => call(), expected))

  test('ids that are none, or of no node', async () => {
    const heap = await captureHeap()
    for (const id of [-1, 1.5, 2 ** 53, '7', null]) {
      assert.throws(() => heap.retainedBytes(/** @type {any} */ (id)), INVALID)
      assert.throws(() => heap.retainerPath(/** @type {any} */ (id)), INVALID)
    }
    assert.throws(() => heap.retainedBytes(4_294_967_293), coded('ERR_LEAKGUARD_NO_NODE'))
    assert.throws(() => heap.classes({ limit: 0 }), INVALID)
  })

  test('files that are missing, folders, no snapshot, or cut off', async (t) => {
    const { folder, file, text } = await written(t)
    const ours = (/** @type {any} */ error) => /^ERR_LEAKGUARD_[A-Z_]+$/.test(error.code) && error.message.length > 10
    await assert.rejects(loadHeap(path.join(folder, 'none')), ours)
    await assert.rejects(loadHeap(folder), ours)
    for (const content of ['', 'no JSON', '{}', '[1]', text.slice(0, 1000), text.slice(0, -10_000)]) {
      fs.writeFileSync(file, content)
      await assert.rejects(loadHeap(file), (/** @type {any} */ error) => /^ERR_LEAKGUARD_SNAPSHOT_/.test(error.code))
    }
  })

  test('a source that fails, with its own error', async () => {
    const source = (async function* () {
      yield Buffer.from('{"snapshot":')
      throw new RangeError('the disk is gone')
    })()
    await assert.rejects(loadHeap(source), /the disk is gone/)
  })

  test('a folder that is not there, and nothing is left', async (t) => {
    const folder = tempFolder(t)
    await assert.rejects(writeHeap(path.join(folder, 'no', 'such', 'a.heapsnapshot')), coded('ENOENT'))
  })
})

describe('a worker thread', () => {
  const text = (/** @type {string} */ more) => `
    const { parentPort } = require('node:worker_threads')
    const { captureHeap } = require(${JSON.stringify(path.resolve(__dirname, '..', '..'))})
    class OnlyHere {}
    globalThis.kept = [new OnlyHere(), new OnlyHere()]
    captureHeap().then((heap) => parentPort.postMessage(heap.classes({ limit: 1e6 }).filter(({ name }) => name === 'OnlyHere').map(({ count }) => count)))
    ${more}`

  test('captures its own heap', async () => {
    const worker = new Worker(text(''), { eval: true })
    const found = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    assert.deepEqual(found, [2])
    await worker.terminate()
  })

  test('can be ended in the middle of a capture', async () => {
    for (const afterMs of [0, 5, 20, 60]) {
      const worker = new Worker(text("parentPort.postMessage('begun')"), { eval: true })
      await new Promise((resolve) => worker.once('message', resolve))
      await wait(afterMs)
      await worker.terminate()
    }
    await wait(50)
    assert.ok((await captureHeap()).nodeCount > 0)
  })
})

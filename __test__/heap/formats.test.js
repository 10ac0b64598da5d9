// @ts-check
// Snapshots that others write: Chrome DevTools, with allocation tracking too, which is asked for through the protocol it
// uses, and the npm package `heapdump` on older V8s, whose columns a snapshot of ours is rewritten to. The same graph
// comes out of each.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const inspector = require('node:inspector/promises')
const path = require('node:path')
const { before, describe, test } = require('node:test')
const { diffHeaps, loadHeap, writeHeap } = require('../..')
const { tempFolder } = require('../support/child.js')

class Parcel {
  constructor() {
    this.label = `parcel ${parcels.length}`
  }
}
/** @type {Parcel[]} */
const parcels = []
const fill = () => {
  for (let i = 0; i < 123; i++) parcels.push(new Parcel())
}

/** @param {import('../..').HeapGraph} heap */
const classesOf = (heap) => heap.classes({ limit: 1e6 })

/** @param {import('../..').HeapGraph} heap */
const parcelsIn = (heap) => classesOf(heap).find(({ name, count }) => /^Parcel\b/.test(name) && count > 1)?.count

/** A snapshot with other columns of nodes; a missing one is filled with 0. @param {any} snapshot @param {string[]} fields */
function withFields(snapshot, fields) {
  const { meta } = snapshot.snapshot
  const from = fields.map((field) => meta.node_fields.indexOf(field))
  const width = meta.node_fields.length
  const rows = snapshot.nodes.length / width
  const nodes = Array.from({ length: rows * fields.length }, (_, at) => {
    const column = from[at % fields.length]
    return column < 0 ? 0 : snapshot.nodes[Math.floor(at / fields.length) * width + column]
  })
  const scale = (/** @type {number} */ index) => (index / width) * fields.length
  const edges = snapshot.edges.map((/** @type {number} */ value, /** @type {number} */ at) =>
    at % 3 === 2 ? scale(value) : value
  )
  const locations = snapshot.locations.map((/** @type {number} */ value, /** @type {number} */ at) =>
    at % 4 === 0 ? scale(value) : value
  )
  const types = [meta.node_types[0], 'string', ...fields.slice(2).map(() => 'number')]
  const header = { ...snapshot.snapshot, meta: { ...meta, node_fields: fields, node_types: types } }
  return { ...snapshot, snapshot: header, nodes, edges, locations }
}

/** Text with each row on a line of its own, as V8 wrote it until Node 22. @param {any} snapshot */
function onLines(snapshot) {
  const rows = (/** @type {number[]} */ flat, /** @type {number} */ width) => {
    const lines = []
    for (let at = 0; at < flat.length; at += width) lines.push(flat.slice(at, at + width).join(','))
    return `[${lines.join('\n,')}\n]`
  }
  const { snapshot: header, nodes, edges, locations, strings, ...others } = snapshot
  const parts = [`{"snapshot":${JSON.stringify(header)}`, `"nodes":${rows(nodes, header.meta.node_fields.length)}`]
  parts.push(`"edges":${rows(edges, 3)}`)
  for (const [name, value] of Object.entries(others)) parts.push(`"${name}":${JSON.stringify(value)}`)
  if (locations) parts.push(`"locations":${rows(locations, 4)}`)
  const escaped = JSON.stringify(strings).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  return `${parts.join(',\n')},\n"strings":${escaped}}`
}

describe('a snapshot of ours in the form of', () => {
  /** @type {any} */
  let snapshot
  /** @type {import('../..').HeapGraph} */
  let ours
  before(async () => {
    if (parcels.length === 0) fill()
    const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'leakguard-test-'))
    const file = await writeHeap(path.join(folder, 'a.heapsnapshot'), { redact: false })
    snapshot = JSON.parse(fs.readFileSync(file, 'utf8'))
    ours = await loadHeap(file)
    fs.rmSync(folder, { recursive: true })
  })

  const OLD_FIELDS = ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id']
  /** @type {Record<string, () => string>} */
  const FORMS = {
    'heapdump on Node 8 to 14: no detachedness, rows on lines': () => onLines(withFields(snapshot, OLD_FIELDS)),
    'heapdump since: seven columns, rows on lines': () =>
      onLines(withFields(snapshot, [...OLD_FIELDS, 'detachedness'])),
    'a new DevTools: keys that nobody knows': () =>
      JSON.stringify({
        ...snapshot,
        scopes: [{ id: 1, names: ['a', 'b'], inner: { x: [null, true, 1.5e3] } }],
        strings: snapshot.strings
      }),
    'DevTools with columns in another order': () =>
      JSON.stringify(withFields(snapshot, ['id', 'edge_count', 'name', 'detachedness', 'type', 'self_size']))
  }
  for (const [form, write] of Object.entries(FORMS)) {
    test(form, async (t) => {
      const file = path.join(tempFolder(t), 'other.heapsnapshot')
      fs.writeFileSync(file, write())
      const heap = await loadHeap(file)
      assert.deepEqual(
        [heap.nodeCount, heap.edgeCount, heap.selfBytes],
        [ours.nodeCount, ours.edgeCount, ours.selfBytes]
      )
      assert.deepEqual(classesOf(heap), classesOf(ours))
      assert.equal((await diffHeaps(ours, heap)).verdict, 'clean')
      const chunks = Array.from({ length: 7 }, (_, i) =>
        fs.readFileSync(file).subarray(i * 1e6, i === 6 ? undefined : (i + 1) * 1e6)
      )
      const streamed = await loadHeap((async function* () { yield* chunks })()) // biome-ignore format: one line
      assert.equal(streamed.nodeCount, ours.nodeCount)
    })
  }

  test('heapdump on Node 8: no locations at all', async (t) => {
    const { locations: _, ...others } = withFields(snapshot, OLD_FIELDS)
    const { location_fields: __, ...meta } = others.snapshot.meta
    const file = path.join(tempFolder(t), 'old.heapsnapshot')
    fs.writeFileSync(file, onLines({ ...others, snapshot: { ...others.snapshot, meta } }))
    const heap = await loadHeap(file)
    assert.equal(heap.nodeCount, ours.nodeCount)
    assert.equal(parcelsIn(heap), parcelsIn(ours))
  })
})

describe('what the protocol of DevTools gives', () => {
  for (const trackAllocations of [false, true]) {
    test(trackAllocations ? 'with an allocation timeline' : 'plain', async (t) => {
      const session = new inspector.Session()
      session.connect()
      t.after(() => session.disconnect())
      let text = ''
      session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
        text += params.chunk
      })
      if (trackAllocations) await session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations })
      fill()
      if (trackAllocations) await session.post('HeapProfiler.stopTrackingHeapObjects', { reportProgress: false })
      else await session.post('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
      const { trace_function_infos: functions, samples, snapshot } = JSON.parse(text)
      if (trackAllocations) assert.ok(functions.length > 0 && samples.length > 0)
      const file = path.join(tempFolder(t), 'Heap-20261122T101500.heapsnapshot')
      fs.writeFileSync(file, text)
      const heap = await loadHeap(file)
      assert.deepEqual([heap.nodeCount, heap.edgeCount], [snapshot.node_count, snapshot.edge_count])
      assert.equal(parcelsIn(heap), parcels.length)
      assert.equal((await diffHeaps(heap, heap)).verdict, 'clean')
    })
  }
})

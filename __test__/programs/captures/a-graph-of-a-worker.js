// @ts-check
// A worker thread takes the graph of its own heap, from a copy of the process.
'use strict'

const assert = require('node:assert/strict')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')
const { captureHeap } = require('leakguard')

async function count() {
  class OnlyHere {}
  Object.assign(globalThis, { kept: Array.from({ length: 7 }, () => new OnlyHere()) })
  const heap = await captureHeap({ mode: 'fork' })
  const found = heap.classes({ limit: 1e6 }).filter(({ name }) => name === 'OnlyHere')
  parentPort?.postMessage(found.map(({ count }) => count))
}

if (isMainThread) {
  const worker = new Worker(__filename)
  worker.on('message', (counts) => assert.deepEqual(counts, [7]))
  worker.on('exit', (code) => assert.equal(code, 0))
} else count()

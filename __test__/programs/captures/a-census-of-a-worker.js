// @ts-check
// A worker thread takes a census of its own heap, from a copy of the process.
'use strict'

const assert = require('node:assert/strict')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')
const { countHeap } = require('leakguard')

async function count() {
  class OnlyHere {}
  Object.assign(globalThis, { kept: Array.from({ length: 7 }, () => new OnlyHere()) })
  const census = await countHeap({ mode: 'fork' })
  parentPort?.postMessage(census.classes({ limit: 1e6 }).find(({ name }) => name === 'OnlyHere')?.count)
}

if (isMainThread) {
  const worker = new Worker(__filename)
  worker.on('message', (found) => assert.equal(found, 7))
  worker.on('exit', (code) => assert.equal(code, 0))
} else count()

// @ts-check
// Two worker threads that are given tasks, and a third one now and then that ends again.
'use strict'

const path = require('node:path')
const { once } = require('node:events')
const { Worker } = require('node:worker_threads')
const { lanes } = require('../helpers/pace.js')

const file = path.join(__dirname, '../helpers/task-thread.js')

async function run() {
  const pool = [new Worker(file), new Worker(file)]
  await lanes(2, 3, async (i) => {
    if (i % 100 === 99) {
      const extra = new Worker(file)
      extra.postMessage(3)
      await once(extra, 'message')
      await extra.terminate()
    }
    const worker = pool[i % 2]
    worker.setMaxListeners(50).postMessage(7)
    await once(worker, 'message')
  })
  for (const worker of pool) await worker.terminate()
}

module.exports = { run }

// @ts-check
// A worker thread that forgets its intervals, seen from the main thread.
'use strict'

const path = require('node:path')
const { Worker } = require('node:worker_threads')
const { pace } = require('../helpers/pace.js')

async function run() {
  const worker = new Worker(path.join(__dirname, '../helpers/leaky-thread.js'), {
    execArgv: ['--require', path.join(__dirname, '../../../register.js')]
  })
  await pace(50, 3.5, (i) => worker.postMessage(i))
}

module.exports = { kind: 'timer', file: '../helpers/leaky-thread.js', run }

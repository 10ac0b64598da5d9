// @ts-check
// A listener on process for each job, taken off when the job is done.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

process.setMaxListeners(100)

async function job() {
  const stop = () => {}
  process.once('SIGTERM', stop)
  process.on('beforeExit', stop)
  await sleep(100)
  process.off('SIGTERM', stop).off('beforeExit', stop)
}

async function run() {
  await pace(200, 3, job)
}

module.exports = { run }

// @ts-check
// A worker thread with a guard of its own, which leaks until that says so and tells where.
'use strict'

const { parentPort } = require('node:worker_threads')
const { start } = require('leakguard')
const { leakUntilFound } = require('../../../support/leaks.js')

const guard = start({ minGrowthMs: 100 })
require('./leaky-worker.js')

leakUntilFound(guard, () => {}).then(({ finding }) => {
  parentPort?.postMessage(finding.culprit.function)
  process.exit(3)
})

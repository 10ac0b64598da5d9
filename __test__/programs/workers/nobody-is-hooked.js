// @ts-check
// Neither the main thread nor a worker has a guard.
'use strict'

const assert = require('node:assert/strict')
const { Worker } = require('node:worker_threads')
const { check } = require('leakguard')

assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
const inWorker = 'require("node:assert").throws(require("leakguard").check, { code: "ERR_LEAKGUARD_NOT_RUNNING" })'
new Worker(inWorker, { eval: true }).on('error', (error) => {
  throw error
})

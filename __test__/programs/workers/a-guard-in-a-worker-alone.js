// @ts-check
// A guard that runs in a worker alone finds what leaks there, and leaves the main thread alone.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')
const { check } = require('leakguard')

const { on } = EventEmitter.prototype
const worker = new Worker(path.join(__dirname, 'helpers', 'guarded-worker.js'))
/** @type {unknown} */
let culprit
worker.on('message', (message) => {
  culprit = message
})
worker.on('exit', (code) => {
  assert.deepEqual([culprit, code], ['leakyWorker', 3])
  assert.equal(EventEmitter.prototype.on, on)
  assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
})

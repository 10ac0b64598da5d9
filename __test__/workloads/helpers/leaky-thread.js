// @ts-check
// What a worker thread runs that forgets its intervals.
'use strict'

const { parentPort } = require('node:worker_threads')

parentPort?.on('message', () => {
  setInterval(() => {}, 30_000) // leaks
})

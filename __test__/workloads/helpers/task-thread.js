// @ts-check
// What a worker of a pool runs: one answer a task.
'use strict'

const { parentPort } = require('node:worker_threads')

parentPort?.on('message', (n) => {
  const timer = setTimeout(() => {}, 5000)
  let sum = 0
  for (let i = 0; i < 20_000; i++) sum += i % n
  clearTimeout(timer)
  parentPort?.postMessage(sum)
})

// @ts-check
// Workers are terminated while they use caches with weak values: the process, which has none itself, does not grow.
'use strict'

const { once } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')

async function round() {
  const worker = new Worker(path.join(__dirname, 'helpers', 'worker-with-weak-values.js'))
  await once(worker, 'message')
  await worker.terminate()
  return process.memoryUsage.rss()
}

async function main() {
  for (let i = 0; i < 6; i++) await round()
  const before = await round()
  let after = before
  for (let i = 0; i < 14; i++) after = await round()
  if (after - before > 40e6) throw new Error(`rss grew by ${after - before}`)
  console.log('grown', after - before)
}

main()

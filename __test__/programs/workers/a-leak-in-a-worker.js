// @ts-check
// What leaks in a worker is found by the main thread's check, and is gone with the worker. Wants leakguard/register.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { Worker } = require('node:worker_threads')
const { start } = require('leakguard')
const { leakUntilFound, until } = require('../../support/leaks.js')
const { heldInWorkers, leakyWorker } = require('./helpers/in-workers.js')

const leakyLine =
  fs
    .readFileSync(leakyWorker, 'utf8')
    .split(/\r?\n/)
    .findIndex((line) => line.endsWith('// here')) + 1

async function main() {
  const guard = start()
  const worker = new Worker(leakyWorker)
  const { finding } = await leakUntilFound(
    guard,
    () => {},
    ({ culprit }) => culprit.function === 'leakyWorker'
  )
  assert.equal(finding.culprit.file, leakyWorker)
  assert.equal(finding.culprit.line, leakyLine)
  assert.match([finding.message, ...finding.evidence].join(), /worker 1\b/)
  await worker.terminate()
  await until(() => heldInWorkers(guard) === 0)
}

main()

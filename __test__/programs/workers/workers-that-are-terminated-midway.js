// @ts-check
// Thirty workers that are terminated midway take their counts along and bring nobody down. Wants leakguard/register.
'use strict'

const assert = require('node:assert/strict')
const { setTimeout: wait } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { start } = require('leakguard')
const { until } = require('../../support/leaks.js')
const { heldInWorkers, leakyWorker } = require('./helpers/in-workers.js')

async function main() {
  const guard = start()
  let seen = 0
  for (let round = 0; round < 10; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(leakyWorker))
    // At very different moments: while they load, while they start, while they tick.
    await wait(round * 30)
    if (round > 6) await until(() => heldInWorkers(guard) > 0)
    seen = Math.max(seen, heldInWorkers(guard))
    guard.check()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  assert.ok(seen > 0)
  await until(() => heldInWorkers(guard) === 0)
  await until(() => guard.stats().usage.threads === 1)
  guard.check()
}

main()

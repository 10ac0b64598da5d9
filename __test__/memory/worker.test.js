// @ts-check
// Memory that a worker thread leaks: told in the main thread's report with the worker and the line, and gone with it. Time
// is scaled; the collections, the floors, the trend and the profile are real.
'use strict'

const { test } = require('node:test')
const { runProgram } = require('../support/child.js')

/** Lines 4 to 6 leak. */
const WORKER = `'use strict'
const jobs = new Map()
let done = 0
function remember() {
  for (let i = 0; i < 60; i++)
    jobs.set(jobs.size, { name: 'job ' + done, tags: [done, i, 3, 4, 5, 6, 7, 8] })
}
setInterval(() => {
  done++
  remember()
  JSON.stringify(Array.from({ length: 400 }, (_, i) => ({ i, text: 'row ' + i })))
}, 20)
`

const MAIN = `'use strict'
const assert = require('node:assert/strict')
const path = require('node:path')
const { Worker } = require('node:worker_threads')
const guard = require('leakguard').start()
const worker = new Worker('./worker.js')
const isTrend = ({ kind, culprit }) => kind === 'heap' && culprit.file?.endsWith('worker.js')
const isOfWorker = ({ kind, message }) => kind === 'heap' && /worker 1\\b/.test(message)
const until = async (what) => {
  let value
  while (!(value = what())) await new Promise((resolve) => setTimeout(resolve, 200))
  return value
}
;(async () => {
  const report = await until(() => {
    const report = guard.check()
    return report.findings.some((one) => isOfWorker(one) && isTrend(one)) && report
  })
  const { message, culprit, fingerprint, evidence } = report.findings.find(isOfWorker)
  assert.match(message, /^heapUsed after collections .*worker 1\\b.* rises by .* an hour/)
  assert.ok(culprit.line >= 4 && culprit.line <= 9, message)
  assert.match(evidence.join(), /heap profile over/)
  const series = report.series.find((one) => one.fingerprint === fingerprint)
  assert.equal(series.name, 'heapUsed, worker 1')
  assert.ok(series.points.length > 8)
  assert.match(report.render('html'), /heapUsed, worker 1/)
  await worker.terminate()
  // Its place in the ledger and its trend go with it.
  await until(() => !guard.check().findings.some(isOfWorker))
  assert.ok(!guard.check().series.some(({ name }) => /worker/.test(name)))
  guard.stop()
})()
`

test('is found with the worker and the line, and nothing of it stays when the worker has ended', async (t) => {
  const env = { LEAKGUARD_TIME_SCALE: '200', LEAKGUARD_SAMPLE_MS: '20000', LEAKGUARD_PROFILE_MS: '3000' }
  await runProgram(t, { 'main.js': MAIN, 'worker.js': WORKER }, ['--import', 'leakguard/register', 'main.js'], {
    env,
    timeoutMs: 300_000
  })
})

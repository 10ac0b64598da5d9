// @ts-check
// Memory that a worker leaks is told by the main thread's guard with the worker and the line, and gone with the worker.
// Wants leakguard/register, and time that is scaled.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { start } = require('leakguard')

/** @typedef {import('leakguard').Finding} Finding */

const leaky = path.join(__dirname, 'leaky-worker.js')
const lines = fs.readFileSync(leaky, 'utf8').split(/\r?\n/)
const firstLine = lines.indexOf('function remember() {') + 1
// Where V8 has inlined the function, it is its caller that is named.
const lastLine = lines.indexOf('  done++') + 1

/** @param {Finding} finding */
const isTrend = ({ kind, culprit }) => kind === 'heap' && culprit.file?.endsWith('leaky-worker.js')
/** @param {Finding} finding */
const isOfWorker = ({ kind, message }) => kind === 'heap' && /worker 1\b/.test(message)

/** Of a guard's report, which has them. @param {import('leakguard').LeakReport} report */
function seriesOf({ details }) {
  const series = details?.series
  assert.ok(series)
  return series
}

/** @template T @param {() => T | false | undefined} what @returns {Promise<T>} */
async function until(what) {
  for (;;) {
    const value = what()
    if (value) return value
    await wait(200)
  }
}

async function main() {
  const guard = start()
  const worker = new Worker(leaky)
  const report = await until(() => {
    const report = guard.check()
    return report.findings.some((one) => isOfWorker(one) && isTrend(one)) && report
  })
  const found = report.findings.find(isOfWorker)
  assert.ok(found)
  const { message, culprit, fingerprint, evidence } = found
  assert.match(message, /^heapUsed after major GCs .*worker 1\b.* rises by .* per hour/)
  const line = Number(culprit.line)
  assert.ok(firstLine > 0 && line >= firstLine && line <= lastLine, message)
  assert.match(evidence.join(), /heap profile of/)
  const series = seriesOf(report).find((one) => one.fingerprint === fingerprint)
  assert.equal(series?.name, 'heapUsed, worker 1')
  assert.ok(series.points.length > 8)
  assert.match(report.render('html'), /heapUsed, worker 1/)
  await worker.terminate()
  // Its place in the ledger and its trend go with it.
  await until(() => !guard.check().findings.some(isOfWorker))
  assert.ok(!seriesOf(guard.check()).some(({ name }) => /worker/.test(name)))
  guard.stop()
}

main()

// @ts-check
// A process of its own for one workload: starts the guard, lets the workload work, sends what the checks said.
//   node run.js FILE
'use strict'

const path = require('node:path')
const leakguard = require('../../index.js')
const native = /** @type {any} */ (require('../../native.js'))

/** Between two checks, in milliseconds: as a program might that asks from time to time. */
const CHECK_MS = 500

async function main() {
  const guard = leakguard.start()
  const workload = require(process.argv[2])
  /** @type {string[]} */
  const early = []
  const timer = setInterval(() => {
    const report = guard.check()
    if (report.findings.length > 0) early.push(`${(performance.now() / 1000).toFixed(1)} s\n${report}`)
  }, CHECK_MS)
  timer.unref()
  const end = await workload.run(leakguard)
  const report = guard.check()
  clearInterval(timer)
  end?.()
  // An addon that was built to record has all that its monitor was told: see scripts/record.js.
  const recording = native.recording?.(path.resolve(__dirname, '../..'))
  const outcome = { report: JSON.parse(JSON.stringify(report)), text: String(report), early, recording }
  process.send?.(outcome, () => process.exit(0))
}

main()

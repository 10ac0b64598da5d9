// @ts-check
// A process that measures operations one after the other, as a file of tests does, and prints a line of JSON for each.
// Knows no verdict that would be wrong.
//   node run.js '["NAME", …]'    of clean.js or leaky.js
'use strict'

const { measureLeaks } = require('../../../index.js')
const { CLEAN } = require('./clean.js')
const { LEAKY } = require('./leaky.js')

async function main() {
  for (const name of JSON.parse(process.argv[2])) {
    const made = name in CLEAN ? await CLEAN[name]() : LEAKY[name].make()
    const { op, close = () => {} } = typeof made === 'function' ? { op: made } : made
    const startMs = performance.now()
    const report = await measureLeaks(op)
    const ms = Math.round(performance.now() - startMs)
    const { verdict, findings, examined } = report
    const text = verdict === 'clean' ? undefined : String(report)
    const line = JSON.stringify({ name, verdict, ms, examined: examined[0].text, findings, text })
    await /** @type {Promise<void>} */ (new Promise((done) => process.stdout.write(`${line}\n`, () => done())))
    await close()
  }
}

main()
  .catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`)
    process.exitCode = 1
  })
  // What leaks may keep the process alive.
  .finally(() => process.exit())

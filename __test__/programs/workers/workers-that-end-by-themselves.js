// @ts-check
// Workers with a guard that end by themselves end at once, with the code they want.
'use strict'

const assert = require('node:assert/strict')
const { Worker } = require('node:worker_threads')

/** @type {[string, number][]} */
const ENDS = [
  ['', 0],
  ['process.exit(5)', 5],
  ['process.exitCode = 6', 6],
  ['throw new Error("mine")', 1]
]

async function main() {
  for (const [text, wanted] of ENDS) {
    const worker = new Worker(`require("leakguard").start();${text}`, { eval: true })
    worker.on('error', () => {})
    const code = await new Promise((resolve) => worker.on('exit', resolve))
    assert.equal(code, wanted)
  }
}

main()

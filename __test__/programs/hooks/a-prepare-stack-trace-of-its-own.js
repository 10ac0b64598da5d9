// @ts-check
// The prepareStackTrace of a program, and its stackTraceLimit, stay and are not called by the guard.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start } = require('leakguard')
const { leakUntilFound } = require('../../support/leaks.js')

let calls = 0
/** @param {Error} _error @param {unknown[]} frames */
const mine = (_error, frames) => {
  calls++
  return `mine ${frames.length}`
}
Error.prepareStackTrace = mine
Error.stackTraceLimit = 3

const guard = start({ minGrowthMs: 100, callSites: 'all' })
const bus = new EventEmitter().setMaxListeners(0)
const before = calls

function leaky() {
  bus.on('x', () => {})
}

async function main() {
  const { finding } = await leakUntilFound(guard, () => {
    for (let i = 0; i < 5; i++) leaky()
  })
  assert.equal(finding.culprit.function, 'leaky')
  assert.equal(finding.culprit.file, __filename)
  assert.equal(calls, before)
  assert.equal(Error.prepareStackTrace, mine)
  assert.equal(Error.stackTraceLimit, 3)
  assert.match(String(new Error('x').stack), /^mine /)
  guard.stop()
}

main()

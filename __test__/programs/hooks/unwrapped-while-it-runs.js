// @ts-check
// The tool of the first argument goes while a guard runs: all is counted once after it went, and nothing of it stays.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { eachIsCountedOnce, wrapAll } = require('./helpers/counted-times.js')
const { leakIsFound } = require('./helpers/leaky.js')
const { remember } = require('./helpers/patched.js')

const tool = require(process.argv[2])
const wrong = remember()
process.on('exit', () => assert.ok(tool.calls > 0))

async function main() {
  const undo = wrapAll(tool)
  let guard = start({ minGrowthMs: 100 })
  guard.stop()
  undo()
  guard = start({ minGrowthMs: 100 })
  const undoAgain = wrapAll(tool)
  guard.stop()
  guard = start({ minGrowthMs: 100 })
  undoAgain()
  await eachIsCountedOnce(guard, 'after it went')
  await leakIsFound(guard)
  guard.stop()
  assert.deepEqual(wrong(), [])
}

main()

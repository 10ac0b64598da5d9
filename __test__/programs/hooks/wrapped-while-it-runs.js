// @ts-check
// The tool of the first argument wraps while a guard runs: it goes on when the guard stops, and what starts again is
// counted once.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start } = require('leakguard')
const { eachIsCountedOnce, functions, wrapAll } = require('./helpers/counted-times.js')
const { leakIsFound } = require('./helpers/leaky.js')
const { HOUR } = require('./helpers/many.js')
const { remember } = require('./helpers/patched.js')

const tool = require(process.argv[2])
const wrong = remember()
process.on('exit', () => assert.ok(tool.calls > 0))

async function main() {
  let guard = start({ minGrowthMs: 100 })
  const undo = wrapAll(tool)
  await eachIsCountedOnce(guard, 'wrapped')
  await leakIsFound(guard)
  const theirs = functions()
  guard.stop()
  functions().forEach((fn, i) => {
    assert.equal(fn, theirs[i])
  })
  const before = tool.calls
  new EventEmitter().on('x', () => {})
  clearTimeout(setTimeout(() => {}, HOUR))
  assert.ok(tool.calls >= before + 2)
  for (let round = 0; round < 2; round++) {
    guard = start({ minGrowthMs: 100 })
    await eachIsCountedOnce(guard, `round ${round}`)
    await leakIsFound(guard)
    guard.stop()
  }
  // It goes while nobody runs: start and stop find nothing of it.
  undo()
  guard = start({ minGrowthMs: 100 })
  await eachIsCountedOnce(guard, 'alone again')
  await leakIsFound(guard)
  guard.stop()
  assert.deepEqual(wrong(), [])
}

main()

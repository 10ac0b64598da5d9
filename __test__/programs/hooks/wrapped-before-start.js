// @ts-check
// The tool of the first argument wraps before a guard starts: all is counted once, and it stands as it was after stop.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { eachIsCountedOnce, functions, wrapAll } = require('./helpers/counted-times.js')
const { leakIsFound } = require('./helpers/leaky.js')
const { remember } = require('./helpers/patched.js')

const tool = require(process.argv[2])
const wrong = remember()
process.on('exit', () => assert.ok(tool.calls > 0))

async function main() {
  const undo = wrapAll(tool)
  const before = functions()
  for (let round = 0; round < 2; round++) {
    const guard = start({ minGrowthMs: 100 })
    await eachIsCountedOnce(guard, `round ${round}`)
    await leakIsFound(guard)
    guard.stop()
    functions().forEach((fn, i) => {
      assert.equal(fn, before[i])
    })
  }
  undo()
  assert.deepEqual(wrong(), [])
}

main()

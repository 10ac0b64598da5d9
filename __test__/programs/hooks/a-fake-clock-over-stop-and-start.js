// @ts-check
// A fake clock is up while a guard stops and another starts: it keeps working, and all is right in the end.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { clock, faces, fakesWork, realAreCounted } = require('./helpers/fake-clock.js')
const { remember } = require('./helpers/patched.js')

const wrong = remember()

async function main() {
  let guard = start({ minGrowthMs: 100 })
  clock.put()
  const fakes = faces()
  guard.stop()
  guard = start({ minGrowthMs: 100 })
  faces().forEach((fn, i) => {
    assert.equal(fn, fakes[i])
  })
  for (const timer of fakesWork()) clearInterval(timer)
  clock.take()
  await realAreCounted(guard)
  guard.stop()
  assert.deepEqual(wrong(), [])
}

main()

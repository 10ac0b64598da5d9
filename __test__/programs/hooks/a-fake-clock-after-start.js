// @ts-check
// A fake clock that is put up while a guard runs is left alone, and gives ours back.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { live } = require('../../support/leaks.js')
const { clock, faces, fakesWork, realAreCounted } = require('./helpers/fake-clock.js')
const { remember } = require('./helpers/patched.js')

const wrong = remember()

async function main() {
  const guard = start({ minGrowthMs: 100 })
  const ours = faces()
  clock.put()
  const fakes = faces()
  const made = fakesWork()
  assert.equal(live(guard, 'setInterval'), 0)
  for (const timer of made) clearInterval(timer)
  faces().forEach((fn, i) => {
    assert.equal(fn, fakes[i])
  })
  clock.take()
  faces().forEach((fn, i) => {
    assert.equal(fn, ours[i])
  })
  await realAreCounted(guard)
  guard.stop()
  assert.deepEqual(wrong(), [])
}

main()

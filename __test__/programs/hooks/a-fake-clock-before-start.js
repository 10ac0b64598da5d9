// @ts-check
// A fake clock that is put up before a guard starts is left alone; after it has gone real timers are counted.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { live } = require('../../support/leaks.js')
const { clock, faces, fakesWork, realAreCounted } = require('./helpers/fake-clock.js')
const { remember } = require('./helpers/patched.js')

const wrong = remember()

async function main() {
  clock.put()
  const fakes = faces()
  const guard = start({ minGrowthMs: 100 })
  faces().forEach((fn, i) => {
    assert.equal(fn, fakes[i])
  })
  const made = fakesWork()
  assert.equal(live(guard, 'setInterval'), 0)
  for (const timer of made) clearInterval(timer)
  clock.take()
  await realAreCounted(guard)
  guard.stop()
  assert.deepEqual(wrong(), [])
}

main()

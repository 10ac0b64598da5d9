// @ts-check
// After stop every function and every descriptor is what it was.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const timers = require('node:timers')
const { start } = require('leakguard')
const { HOUR } = require('./helpers/many.js')
const { remember } = require('./helpers/patched.js')

const wrong = remember()
const { setTimeout: early } = timers
for (let round = 0; round < 3; round++) {
  const guard = start()
  assert.ok(wrong().includes('EventEmitter.prototype.on'), 'something is hooked in between')
  new EventEmitter().on('x', () => {})
  clearTimeout(setTimeout(() => {}, HOUR))
  guard.check()
  guard.stop()
  assert.deepEqual(wrong(), [])
}
assert.equal(timers.setTimeout, early)

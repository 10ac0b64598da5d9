// @ts-check
// A guard that errors have stopped answers that it has stopped, and another may be started. Prints the warnings.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { check, start } = require('leakguard')

const { on } = EventEmitter.prototype
process.on('warning', (/** @type {Error & { code?: string }} */ { code, message }) =>
  console.log(`${code}: ${message}`)
)

const guard = start()
// Nothing public breaks it.
const { sampler } = /** @type {any} */ (guard)
sampler.observe = () => {
  throw new Error('broken')
}

setTimeout(() => {
  assert.equal(guard.running, false)
  assert.equal(EventEmitter.prototype.on, on)
  assert.deepEqual([guard.check().verdict, check().verdict], ['undecided', 'undecided'])
  assert.deepEqual([guard.stats().counts, guard.stats().memory], [[], undefined])
  assert.match(check().undecided[0].text, /stopped itself: 5 errors in a row \(observe\): broken/)
  const next = start()
  assert.notEqual(next, guard)
  assert.equal(next.running, true)
  next.stop()
  assert.throws(check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
}, 1500)

// @ts-check
// Calls made after stop, through functions taken while a guard ran. Ends only by its own timers.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const { start } = require('leakguard')
const { HOUR } = require('./helpers/many.js')

const guard = start()
const { on, prependListener } = EventEmitter.prototype
const { setTimeout, setInterval, setImmediate } = globalThis
const { openSync } = fs
guard.stop()

const bus = new EventEmitter()
on.call(bus, 'x', () => {})
prependListener.call(bus, 'x', () => {})
assert.equal(bus.listenerCount('x'), 2)
clearInterval(setInterval(() => {}, 1))
fs.closeSync(openSync(__filename, 'r'))
setTimeout(() => setImmediate(() => process.exit(0)), 1)
setInterval(() => {}, HOUR)

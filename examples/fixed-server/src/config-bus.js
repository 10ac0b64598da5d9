// @ts-check
// Settings that may change while the service runs, and the bus on which a change is told. The set of names is fixed.

'use strict'

const { EventEmitter } = require('node:events')

/** @type {Map<string, string>} */
const settings = new Map([
  ['banner', ''],
  ['request-log', 'on'],
  ['theme', 'light']
])

const bus = new EventEmitter()

// Each client that waits for a change is a listener: ten is no limit for us.
bus.setMaxListeners(0)

/** @param {string} name */
function get(name) {
  return settings.get(name)
}

/** @param {string} name @param {string} value */
function set(name, value) {
  settings.set(name, value)
  bus.emit('change', { name, value })
}

module.exports = { bus, get, set }

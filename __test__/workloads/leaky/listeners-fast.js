// @ts-check
// Five thousand listeners a second on one emitter.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

function subscribe() {
  bus.on('change', () => {}) // leaks
}

module.exports = { kind: 'listener', run: () => pace(5000, 2.5, subscribe) }

// @ts-check
// Two hundred listeners at once, then a rest, with other work all the time.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

/** @param {number} i */
function tick(i) {
  const short = new EventEmitter()
  short.on('x', () => {})
  if (i % 40 !== 0) return
  for (let n = 0; n < 200; n++) bus.addListener('batch', () => n) // leaks
}

module.exports = { kind: 'listener', run: () => pace(100, 4, tick) }

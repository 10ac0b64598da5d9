// @ts-check
// one listener in twenty stays; the others come and go at another line, on the same event.
'use strict'

const { EventEmitter } = require('node:events')
const { pace, sleep } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

/** @param {number} i */
async function request(i) {
  const listener = () => {}
  bus.on('change', listener)
  if (i % 20 === 0) bus.on('change', () => {}) // leaks
  await sleep(20)
  bus.off('change', listener)
}

module.exports = { kind: 'listener', run: () => pace(2000, 3, request) }

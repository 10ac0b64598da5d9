// @ts-check
// A leak whose load stopped two seconds before anyone asks.
'use strict'

const { EventEmitter } = require('node:events')
const { pace, sleep } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

async function run() {
  await pace(200, 2.5, () => {
    bus.on('change', () => {}) // leaks
  })
  await sleep(2000)
}

module.exports = { kind: 'listener', run }

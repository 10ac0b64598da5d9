// @ts-check
// Work for a while, rest for a while, and a leak in the work.
'use strict'

const { EventEmitter } = require('node:events')
const { pace, sleep } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

async function run() {
  for (let round = 0; round < 5; round++) {
    await pace(100, 0.4, () => {
      bus.on('change', () => {}) // leaks
    })
    await sleep(500)
  }
}

module.exports = { kind: 'listener', run }

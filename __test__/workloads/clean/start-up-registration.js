// @ts-check
// Hundreds of listeners registered at once while starting, then work.
'use strict'

const { EventEmitter } = require('node:events')
const { pace, sleep } = require('../helpers/pace.js')

const app = new EventEmitter().setMaxListeners(0)

async function run() {
  for (let i = 0; i < 500; i++) {
    app.on('request', () => i)
    process.on('exit', () => {})
    process.setMaxListeners(0)
    if (i % 100 === 99) await sleep(30)
  }
  await pace(200, 3, () => app.emit('request'))
}

module.exports = { run }

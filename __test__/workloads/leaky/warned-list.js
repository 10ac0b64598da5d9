// @ts-check
// Thirteen listeners by one line and two by others: it is one of those that Node.js warns of.
'use strict'

const { EventEmitter } = require('node:events')
const { sleep } = require('../helpers/pace.js')

const stream = new EventEmitter()

async function run() {
  for (let i = 0; i < 13; i++) {
    if (i === 10) stream.on('error', () => {})
    stream.on('error', () => i) // leaks
    await sleep(40)
  }
  await sleep(1000)
}

module.exports = { kind: 'listener', mayBePossible: true, run }

// @ts-check
// The last three hundred connections, each an emitter with listeners, kept on purpose.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

/** @type {EventEmitter[]} */
const recent = []

function connect() {
  const events = new EventEmitter().setMaxListeners(50)
  for (let i = 0; i < 12; i++) events.on('data', () => i)
  recent.push(events)
  if (recent.length > 300) recent.shift()
}

async function run() {
  await pace(400, 4, connect)
}

module.exports = { run }

// @ts-check
// An emitter with a few listeners for each request, dropped with it.
'use strict'

const { EventEmitter } = require('node:events')
const { pace, sleep } = require('../helpers/pace.js')

async function request() {
  const events = new EventEmitter()
  for (const name of ['start', 'data', 'end']) events.on(name, () => events.eventNames())
  await sleep(20)
  events.emit('end')
}

async function run() {
  await pace(2000, 3, request)
}

module.exports = { run }

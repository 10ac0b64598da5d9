// @ts-check
// Subscribers whose number swings like a day in the life of a server.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)
/** @type {{ listener: () => void, timer: NodeJS.Timeout }[]} */
const subscribers = []

function adjust() {
  const wanted = 60 + 50 * Math.sin(performance.now() / 250)
  while (subscribers.length < wanted) {
    const listener = () => {}
    bus.on('news', listener)
    subscribers.push({ listener, timer: setInterval(listener, 1000) })
  }
  while (subscribers.length > wanted) {
    const gone = subscribers.pop()
    if (!gone) return
    bus.off('news', gone.listener)
    clearInterval(gone.timer)
  }
}

async function run() {
  await pace(50, 4, adjust)
}

module.exports = { run }

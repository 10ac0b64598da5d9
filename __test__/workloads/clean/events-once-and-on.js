// @ts-check
// Waiting for events, one by one and in a loop, with and without a signal.
'use strict'

const { EventEmitter, on, once } = require('node:events')
const { lanes } = require('../helpers/pace.js')

const source = new EventEmitter().setMaxListeners(50)
const shutdown = new AbortController()

async function run() {
  const timer = setInterval(() => source.emit('data', Date.now()), 5)
  await lanes(6, 3, async (i) => {
    if (i % 2) return once(source, 'data', { signal: shutdown.signal })
    for await (const [value] of on(source, 'data', { signal: shutdown.signal })) return value
  })
  clearInterval(timer)
}

module.exports = { run }

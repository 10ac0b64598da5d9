// @ts-check
// A worker thread that leaks in one line.
'use strict'

const { EventEmitter } = require('node:events')

const bus = new EventEmitter().setMaxListeners(0)

function leakyWorker() {
  bus.on('in worker', () => {}) // here
}

setInterval(() => {
  for (let i = 0; i < 5; i++) leakyWorker()
}, 20)

// @ts-check
// One signal that aborts when the process is asked to stop. Whatever waits for long should wait on it too.

'use strict'

const { setMaxListeners } = require('node:events')

const controller = new AbortController()

// Every waiting operation listens: more than ten are normal here.
setMaxListeners(0, controller.signal)

function begin() {
  controller.abort(new DOMException('The server is shutting down', 'AbortError'))
}

module.exports = { begin, signal: controller.signal }

// @ts-check
// A listener on the signal of shutdown for each request.
'use strict'

const { pace } = require('../helpers/pace.js')

const shutdown = new AbortController()

function request() {
  shutdown.signal.addEventListener('abort', () => {}, { once: true }) // leaks
}

module.exports = { kind: 'listener', run: () => pace(60, 3, request) }

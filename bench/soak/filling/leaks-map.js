// @ts-check
// The end at which each is taken out does not come.
'use strict'

const { EventEmitter } = require('node:events')

const kept = new Map()
module.exports = (/** @type {number} */ n) => {
  const response = new EventEmitter()
  kept.set(n, { n, text: `session ${n}` })
  response.on('close', () => kept.delete(n))
}

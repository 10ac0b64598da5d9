// @ts-check
// An emitter for each request, and all of them kept.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

/** @type {EventEmitter[]} */
const all = []

/** @param {number} i */
function request(i) {
  const events = new EventEmitter()
  events.on('done', () => i) // leaks
  all.push(events)
  return JSON.stringify(Array.from({ length: 400 }, (_, n) => ({ n, i }))).length
}

module.exports = { kind: 'listener', run: () => pace(800, 4, request) }

// @ts-check
// once() for an event that never comes.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

const database = new EventEmitter().setMaxListeners(0)

/** @param {number} i */
function query(i) {
  return new Promise((resolve) => {
    database.once('error', resolve) // leaks
    setImmediate(resolve, i)
  })
}

module.exports = { kind: 'listener', run: () => pace(100, 3, query) }

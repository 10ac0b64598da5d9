// @ts-check
// Five listeners a second on one emitter.
'use strict'

const { EventEmitter } = require('node:events')
const { pace } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

module.exports = {
  kind: 'listener',
  run: () =>
    pace(5, 5, () => {
      bus.prependListener('change', () => {}) // leaks
    })
}

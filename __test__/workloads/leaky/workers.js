// @ts-check
// Worker threads that nobody terminates.
'use strict'

const { Worker } = require('node:worker_threads')
const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'handle',
  name: 'Worker',
  run: () =>
    pace(4, 4.5, () => {
      new Worker('setInterval(() => {}, 1000)', { eval: true }) // leaks
    })
}

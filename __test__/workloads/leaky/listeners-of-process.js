// @ts-check
// A handler of a signal for each job.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'listener',
  run: () =>
    pace(30, 3, () => {
      process.on('SIGUSR2', () => {}) // leaks
    })
}

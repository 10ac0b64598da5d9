// @ts-check
// Watchers of files that nobody closes.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'handle',
  run: () =>
    pace(20, 3.5, () => {
      fs.watch(__filename, () => {}) // leaks
    })
}

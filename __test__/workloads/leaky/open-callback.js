// @ts-check
// Files opened with a callback that does not close them.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'handle',
  run: () =>
    pace(40, 3.5, () => {
      fs.open(__filename, 'r', () => {}) // leaks
    })
}

// @ts-check
// Six intervals a second, unref() called on each.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'timer',
  run: () =>
    pace(6, 4, () => {
      setInterval(() => {}, 5000).unref() // leaks
    })
}

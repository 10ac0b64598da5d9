// @ts-check
// A list of errors, which sometimes loses some.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'collection',
  name: 'errors',
  run: (/** @type {typeof import('../../..')} */ { track }) => {
    const errors = track(/** @type {Error[]} */ ([]), 'errors') // leaks
    return pace(5000, 3, (i) => {
      errors.push(new Error(String(i)))
      if (i % 500 === 0) errors.splice(0, 100)
    })
  }
}

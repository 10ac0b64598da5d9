// @ts-check
// Streams of files that nobody reads.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

/** @type {fs.ReadStream[]} */
const kept = []

module.exports = {
  kind: 'handle',
  run: () =>
    pace(30, 4.5, () => {
      kept.push(fs.createReadStream(__filename)) // leaks
    })
}

// @ts-check
// Uploads kept in memory.
'use strict'

const { pace } = require('../helpers/pace.js')

/** @type {Buffer[]} */
const uploads = []

module.exports = {
  kind: 'buffer',
  run: () =>
    pace(200, 5, (i) => {
      uploads.push(Buffer.alloc(80 * 1024, i))
      return JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ n, i }))).length
    })
}

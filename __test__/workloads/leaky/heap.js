// @ts-check
// Objects kept in a list that nobody tracks.
'use strict'

const { pace } = require('../helpers/pace.js')

/** @type {object[]} */
const history = []

module.exports = {
  kind: 'heap',
  run: () =>
    pace(200, 6, (i) => {
      for (let n = 0; n < 400; n++) history.push({ i, n, text: `entry ${i} of ${n}`, values: [i, n] })
      return JSON.stringify(history.slice(-200)).length
    })
}

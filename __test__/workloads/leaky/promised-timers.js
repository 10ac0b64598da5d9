// @ts-check
// Waits of an hour that nobody gives up.
'use strict'

const timers = require('node:timers/promises')
const { pace } = require('../helpers/pace.js')

/** @param {number} i */
function work(i) {
  timers.setTimeout(3_600_000, i, { ref: false }).then(() => {}) // leaks
  return JSON.stringify(Array.from({ length: 1000 }, (_, n) => ({ n, i }))).length
}

module.exports = { kind: 'timer', run: () => pace(300, 4, work) }

// @ts-check
// An interval now and then that stays, among thousands of timers that do not.
'use strict'

const { pace } = require('../helpers/pace.js')

/** @param {number} i */
function work(i) {
  clearTimeout(setTimeout(() => {}, 2000))
  setTimeout(() => {}, 10)
  clearInterval(setInterval(() => {}, 10))
  if (i % 20 === 0) setInterval(() => {}, 60_000) // leaks
}

module.exports = { kind: 'timer', run: () => pace(2000, 4, work) }

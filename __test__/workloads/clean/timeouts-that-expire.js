// @ts-check
// Sessions that expire by a timeout of half a minute, and requests raced against a timeout of a minute that nobody clears:
// at a steady load their number is level after that time.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

/** @type {Map<number, object>} */
const sessions = new Map()

module.exports = {
  mayBeUndecided: 'whether their number comes to rest is not known before the first of them have ended',
  run: () =>
    pace(400, 4, (i) => {
      sessions.set(i, { user: i })
      setTimeout(() => sessions.delete(i), 30_000).unref()
      return Promise.race([sleep(5), new Promise((resolve) => setTimeout(resolve, 60_000).unref())])
    })
}

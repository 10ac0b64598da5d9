// @ts-check
// A timeout of a day raced against each request, and never cleared.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

/** @param {Promise<any>} work */
function limited(work) {
  const late = new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('late')), 86_400_000).unref() // leaks
  })
  late.catch(() => {})
  return Promise.race([work, late])
}

module.exports = { kind: 'timer', run: () => pace(1000, 3.5, () => limited(sleep(5))) }

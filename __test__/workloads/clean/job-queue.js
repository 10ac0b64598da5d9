// @ts-check
// A queue whose backlog swells and shrinks.
'use strict'

const { pace } = require('../helpers/pace.js')

async function run(/** @type {typeof import('../../..')} */ { track }) {
  const queue = track(/** @type {number[]} */ ([]), 'jobs')
  const worker = setInterval(() => queue.splice(0, 8), 10)
  const startMs = performance.now()
  await pace(100, 4, () => {
    const wave = 1 + Math.sin((performance.now() - startMs) / 250)
    for (let n = Math.round(5 * wave); n > 0; n--) queue.push(n)
  })
  clearInterval(worker)
}

module.exports = { run, mayBeUndecided: 'it may be asked while the backlog swells' }

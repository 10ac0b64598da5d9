// @ts-check
// Debounced saves: a timeout that each key stroke clears and starts again.
'use strict'

const { pace } = require('../helpers/pace.js')

/** @type {(NodeJS.Timeout | undefined)[]} */
const pending = []

/** @param {number} i */
function keyStroke(i) {
  const editor = i % 20
  clearTimeout(pending[editor])
  pending[editor] = setTimeout(() => {
    pending[editor] = undefined
  }, 1500)
}

async function run() {
  await pace(2000, 3, keyStroke)
}

module.exports = { run }

// @ts-check
// Files opened and forgotten on one way out.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

/** @param {number} i */
function store(i) {
  const fd = fs.openSync(__filename, 'r') // leaks
  if (i % 3 === 0) return
  fs.closeSync(fd)
}

module.exports = { kind: 'handle', run: () => pace(150, 3.5, store) }

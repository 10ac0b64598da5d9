// @ts-check
// File handles kept in a list.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

/** @type {fs.promises.FileHandle[]} */
const kept = []

async function open() {
  kept.push(await fs.promises.open(__filename)) // leaks
}

module.exports = { kind: 'handle', run: () => pace(25, 3.5, open) }

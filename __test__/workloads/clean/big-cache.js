// @ts-check
// Some sixty megabytes read into memory while starting, and kept.
'use strict'

const { pace } = require('../helpers/pace.js')

/** @type {object[]} */
const rows = []

async function run() {
  await pace(60, 1.5, () => {
    for (let i = 0; i < 5000; i++) rows.push({ id: rows.length, name: `row ${rows.length}`, values: [i, i + 1, i + 2] })
  })
  await pace(200, 3.5, () => JSON.stringify(rows.slice(0, 500)).length)
}

module.exports = { run }

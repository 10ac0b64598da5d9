// @ts-check
// A program that waits.
'use strict'

const { sleep } = require('../helpers/pace.js')

async function run() {
  await sleep(2000)
}

module.exports = { run }

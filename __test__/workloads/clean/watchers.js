// @ts-check
// Files watched for a moment.
'use strict'

const fs = require('node:fs')
const { lanes, sleep } = require('../helpers/pace.js')

async function run() {
  await lanes(10, 3, async () => {
    const watcher = fs.watch(__dirname, () => {})
    await sleep(30)
    watcher.close()
  })
}

module.exports = { run }

// @ts-check
// Child processes that do a little work and end.
'use strict'

const { execFile } = require('node:child_process')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const command = process.platform === 'win32' ? 'where' : 'true'
  await lanes(3, 3, () => new Promise((resolve) => execFile(command, resolve)))
}

module.exports = { run }

// @ts-check
// Files opened in three ways, and closed.
'use strict'

const fs = require('node:fs')
const { pace } = require('../helpers/pace.js')

/** @param {number} i */
async function visit(i) {
  if (i % 3 === 0) fs.closeSync(fs.openSync(__filename, 'r'))
  else if (i % 3 === 1) fs.open(__filename, 'r', (_error, fd) => setTimeout(() => fs.close(fd), 30))
  else {
    const handle = await fs.promises.open(__filename)
    try {
      await handle.stat()
    } finally {
      await handle.close()
    }
  }
}

async function run() {
  await pace(600, 3, visit)
}

module.exports = { run }

// @ts-check
// Buffers that are filled, hashed and dropped, a bounded number kept.
'use strict'

const crypto = require('node:crypto')
const { pace } = require('../helpers/pace.js')

/** @type {Buffer[]} */
const recent = []

async function run() {
  await pace(150, 4, (i) => {
    const buffer = Buffer.alloc(256 * 1024, i)
    crypto.createHash('sha1').update(buffer).digest()
    recent.push(buffer)
    if (recent.length > 80) recent.shift()
  })
}

module.exports = { run }

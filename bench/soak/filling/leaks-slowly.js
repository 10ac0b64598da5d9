// @ts-check
// A kilobyte a second, beside a heap of 60 MB.
'use strict'

const kept = new Map()
module.exports = (/** @type {number} */ n) => {
  if (n % 12 === 0) kept.set(n, { n, text: Buffer.alloc(900, `entry ${n} `).toString('latin1') })
}
module.exports.seconds = 1800
module.exports.ballast = 60e6

// @ts-check
// Each entry lives for six minutes, by a timer of its own.
'use strict'

const cache = new Map()
module.exports = (/** @type {number} */ n) => {
  cache.set(n, { text: `${'v'.repeat(400)}${n}` })
  setTimeout(() => cache.delete(n), 360_000).unref()
}

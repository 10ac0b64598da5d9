// @ts-check
// The newest 6,000, in a Map.
'use strict'

const LIMIT = 6000
const seen = new Map()
module.exports = (/** @type {number} */ n) => {
  seen.set(n, { url: `/items/${n}`, headers: `host: a, id: ${n}` })
  if (seen.size > LIMIT) seen.delete(seen.keys().next().value)
}

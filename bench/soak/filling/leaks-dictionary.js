// @ts-check
'use strict'

/** @type {Record<string, object>} */
const kept = {}
module.exports = (/** @type {number} */ n) => {
  kept[`/items/${n}`] = { count: 1, first: new Date(), agent: `agent ${n} `.repeat(10) }
}

// @ts-check
// A memo of 4,000 products, asked for one after the other.
'use strict'

/** @type {Record<string, object>} */
const products = {}
module.exports = (/** @type {number} */ n) => {
  const key = `p${n % 4000}`
  products[key] ??= { key, text: `${'p'.repeat(300)}${n}`, tags: [n, n + 1] }
}

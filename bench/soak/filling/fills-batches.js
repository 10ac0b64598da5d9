// @ts-check
// Events that are sent on every five minutes.
'use strict'

/** @type {object[]} */
let batch = []
setInterval(() => {
  const all = batch
  batch = []
  return all.length
}, 300_000).unref()
module.exports = (/** @type {number} */ n) => void batch.push({ n, url: `/items/${n}`, headers: { id: `${n}` } })

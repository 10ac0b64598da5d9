// @ts-check
'use strict'

/** @type {object[]} */
const kept = []
module.exports = (/** @type {number} */ n) =>
  void kept.push({ at: Date.now(), url: `/items/${n}`, headers: { id: `${n}` } })

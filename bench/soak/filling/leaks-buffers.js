// @ts-check
// Sixteen bytes of each upload, as a view of all of it.
'use strict'

const kept = new Map()
module.exports = (/** @type {number} */ n) => void kept.set(n, Buffer.alloc(32_768, n).subarray(0, 16))

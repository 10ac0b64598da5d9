// @ts-check
'use strict'

const kept = new Promise(() => {})
module.exports = (/** @type {number} */ n) => void Promise.race([kept, Promise.resolve({ n, text: `body ${n}` })])

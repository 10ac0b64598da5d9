// @ts-check
'use strict'

/** @type {() => unknown} */
let kept = () => undefined
module.exports = (/** @type {number} */ n) => {
  const before = kept
  const headers = { host: 'a', id: `${n}` }
  kept = () => [before, headers]
}

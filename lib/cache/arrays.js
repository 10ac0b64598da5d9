// @ts-check
// Arrays that grow. Knows lengths alone.
'use strict'

/** @param {any[]} array @param {number} capacity */
function enlarged(array, capacity) {
  const larger = new Array(capacity)
  for (let i = 0; i < array.length; i++) larger[i] = array[i]
  return larger
}

/** @template {Float64Array | Uint8Array} A @param {A} from @param {A} to @returns {A} */
function copied(from, to) {
  to.set(from)
  return to
}

module.exports = { copied, enlarged }

// @ts-check
// Knows how many are enough to be counted, and how long a timer waits that is not to fire.
'use strict'

const HOUR = 3_600_000

/** Twenty of what this makes. @template T @param {(i: number) => T} make @returns {T[]} */
const many = (make) => Array.from({ length: 20 }, (_, i) => make(i))

module.exports = { HOUR, many }

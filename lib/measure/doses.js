// @ts-check
// How long the rounds of a stage are. Knows their proportions alone.
'use strict'

/** Calls of the three rounds of a stage, in units. The longest is not the last, so that what slows down shows. */
const DOSES = Object.freeze([1, 3, 2])
const DOSES_SUM = 6
const LOOKS = DOSES.length + 1

module.exports = { DOSES, DOSES_SUM, LOOKS }

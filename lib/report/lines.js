// @ts-check
// What a report says of what it could not decide and of what it examined: a sentence for people, a word for programs, and
// when that was so. Knows no report.
'use strict'

// Taken when the file loads: a program may have a clock of its own later.
const RealDate = Date
const { now } = RealDate

/** @typedef {import('../..').Undecided} Undecided */
/** @typedef {import('../..').Examined} Examined */

/** The time that was written last: a check has several lines, and a busy program many checks. */
let last = { ms: NaN, text: '' }

/** @param {number} agoMs */
function at(agoMs) {
  const ms = now() - agoMs
  if (ms !== last.ms) last = { ms, text: new RealDate(ms).toISOString() }
  return last.text
}

/** @param {string} reason a word of index.d.ts @param {string} text @returns {Undecided} */
const undecided = (reason, text) => ({ text, reason, at: at(0) })

/** @param {string} what a word of index.d.ts @param {string} text @param {number} [agoMs] how long ago, in milliseconds @returns {Examined} */
const examined = (what, text, agoMs = 0) => ({ text, what, at: at(agoMs) })

/** @param {readonly string[]} texts @param {string} what @returns {Examined[]} */
const allExamined = (what, texts) => texts.map((text) => examined(what, text))

module.exports = { allExamined, examined, undecided }

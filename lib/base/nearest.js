// @ts-check
// Which known word was meant by a misspelled one. Knows words alone.
'use strict'

/** The known name that was probably meant. @param {string} name @param {readonly string[]} known */
function nearest(name, known) {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  return best && best.edits <= Math.max(2, name.length / 3) ? best.candidate : undefined
}

/**
 * Edits from one word to the other, where swapping two neighbours is one edit (optimal string alignment).
 * Takes O(|a| |b|).
 * @param {string} a @param {string} b
 */
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) rows[i][j] = cell(rows, a, b, i, j)
  }
  return rows[a.length][b.length]
}

/** @param {number[][]} rows @param {string} a @param {string} b @param {number} i @param {number} j */
function cell(rows, a, b, i, j) {
  const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
  const least = Math.min(replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1)
  const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return isSwap ? Math.min(least, rows[i - 2][j - 2] + 1) : least
}

module.exports = { nearest }

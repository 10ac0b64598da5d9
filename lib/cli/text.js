// @ts-check
// Tables that fit a terminal. Knows no command.

'use strict'

/**
 * Rows under a head: all columns but the last are numbers, right-aligned; the last is text, cut where the line ends.
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {number} [columns] of the terminal; without it nothing is cut
 */
function table(head, rows, columns = Number.POSITIVE_INFINITY) {
  const last = head.length - 1
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)))
  const line = (/** @type {string[]} */ row) => {
    const numbers = row.slice(0, last).map((cell, at) => cell.padStart(widths[at]))
    return cut([...numbers, row[last]].join('  '), columns)
  }
  return [head, ...rows].map((row) => `${line(row)}\n`).join('')
}

/** @param {string} text @param {number} columns */
const cut = (text, columns) => (text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text)

module.exports = { table }

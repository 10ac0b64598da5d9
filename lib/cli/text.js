// @ts-check
// Text for terminals: sizes, names that the program chose, tables that fit. Knows no command.

'use strict'

const units = ['B', 'KB', 'MB', 'GB', 'TB']

/** @param {number} bytes */
function size(bytes) {
  let at = 0
  let value = bytes
  while (value >= 999.95 && at < units.length - 1) {
    value /= 1000
    at += 1
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`
}

/** @param {number} value */
const count = (value) => value.toLocaleString('en')

/** Control characters are shown, not obeyed; so are those that turn the direction of text. @param {string} text */
const printable = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (c) => {
    const hex = c.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
  })

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

module.exports = { count, printable, size, table }

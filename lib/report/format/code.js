// @ts-check
// The code around the line to change as rows of text, and the other lines of a finding: numbered, those that are named marked. Knows no report.
'use strict'

const { blocksOf } = require('./excerpt.js')
const { ownLines } = require('./own-code.js')
const { placeText, printable, shortPath } = require('./places.js')

/** What a line is to the finding. @type {Record<string, string>} */
const ROLES = { change: '', adds: 'adds to it', declares: 'declares it', made: 'makes it' }

/** @typedef {{ head: string | undefined, rows: string[] }} CodeBlock the head is the place, but of the block of the line to change */

/**
 * @param {any} finding @param {readonly any[]} sources @param {{ root?: string, width?: number }} [options] rows are cut to this width
 * @returns {CodeBlock[]}
 */
function codeOf(finding, sources, { root, width = Number.POSITIVE_INFINITY } = {}) {
  const named = ownLines(finding)
  return blocksOf(sources, named, 0).map(({ file, lines, rows }) => {
    const digits = String(rows[rows.length - 1].line).length
    const isSeveral = lines.length > 1
    const roles = new Map(lines.map(({ line, role }) => [line, isSeveral ? ROLES[role] : '']))
    const code = rows.map(({ line, text, isMarked }) => {
      const note = roles.get(line) ? `  <- ${roles.get(line)}` : ''
      const row = `${isMarked ? '>' : ' '} ${String(line).padStart(digits)} | ${printable(text.replaceAll('\t', '  '))}`
      return `${row.length > width ? `${row.slice(0, width - 1)}…` : row}${note}`.trimEnd()
    })
    if (lines[0] === named[0]) return { head: undefined, rows: code }
    const what = isSeveral || !ROLES[lines[0].role] ? '' : ` ${ROLES[lines[0].role]}`
    return { head: `${printable(placeText(shortPath(file, root), lines[0].line))}${what}:`, rows: code }
  })
}

module.exports = { codeOf }

// @ts-check
// Pieces of source code that a report carries -> rows to show around lines. Needs nothing of Node: the page has it too.
'use strict'

/** Rows before a line, and after it. */
const AROUND = 2

/** @typedef {import('../../..').ReportSource} Source */
/** @typedef {{ line: number, text: string, isMarked: boolean }} Row */

/** What a report carries of a file from one row to another. @param {readonly Source[]} sources @param {string} file @param {number} from @param {number} to @returns {Omit<Row, 'isMarked'>[]} */
function rowsOf(sources, file, from, to) {
  const { excerpts = [] } = sources.find((source) => source.file === file) ?? {}
  return excerpts.flatMap(({ from: first, lines }) =>
    lines.map((text, i) => ({ line: first + i, text })).filter(({ line }) => line >= from && line <= to)
  )
}

/**
 * The code around lines: those that are near one another stand in one block, each of them marked. Lines whose code is not
 * known are left out.
 * @template {{ file: string, line: number }} L @param {readonly Source[]} sources @param {readonly L[]} lines
 * @param {number} [aroundOthers] rows before and after each line but the first
 * @returns {{ file: string, lines: L[], rows: Row[] }[]} in the order of the lines
 */
function blocksOf(sources, lines, aroundOthers = AROUND) {
  /** @type {{ file: string, lines: L[], from: number, to: number }[]} */
  const blocks = []
  for (const one of lines) {
    const { file, line } = one
    const around = one === lines[0] ? AROUND : aroundOthers
    const near = blocks.find((block) => block.file === file && line >= block.from - 1 && line <= block.to + 1)
    const block = near ?? { file, lines: [], from: line - around, to: line + around }
    block.lines.push(one)
    block.from = Math.min(block.from, line - around)
    block.to = Math.max(block.to, line + around)
    if (!near) blocks.push(block)
  }
  return blocks.flatMap(({ file, lines: of, from, to }) => {
    const rows = rowsOf(sources, file, from, to).map((row) => ({
      ...row,
      isMarked: of.some(({ line }) => line === row.line)
    }))
    return rows.some(({ isMarked }) => isMarked) ? [{ file, lines: of, rows }] : []
  })
}

module.exports = { AROUND, blocksOf }

// @ts-check
// The code around the lines of a finding: numbered, the lines that it names marked and said what they are.

import { blocksOf } from '../lib/report/format/excerpt.js'
import { ownLines } from '../lib/report/format/own-code.js'
import { h } from './dom.mjs'
import { placeOf } from './format.mjs'

/** What a line is to the finding. @type {Record<string, string>} */
const ROLES = { change: 'the line to change', adds: 'adds to it', declares: 'declares it', made: 'makes it' }

/** @param {any} finding @param {any[]} sources @returns {HTMLElement | ''} nothing where no code is known */
export function code(finding, sources) {
  const named = ownLines(finding)
  const blocks = blocksOf(sources, named)
  if (blocks.length === 0) return ''
  return h('div.sources', {}, ...blocks.map((block) => blockOf(block, block.lines[0] === named[0])))
}

/** @param {ReturnType<typeof blocksOf>[number]} block @param {boolean} isFirst its place stands above it already */
function blockOf({ lines, rows }, isFirst) {
  const place = placeOf(/** @type {any} */ (lines[0]))
  const what = ROLES[/** @type {any} */ (lines[0]).role]
  const caption = isFirst ? '' : h('figcaption', {}, h('code', {}, place), h('span.note', {}, ` ${what}`))
  const isTold = !isFirst || lines.length > 1
  const roles = new Map(lines.map((/** @type {any} */ { line, role }) => [line, ROLES[role]]))
  // What all rows are indented by is no news.
  const indents = rows.flatMap(({ text }) => (text.trim() ? [text.search(/\S/)] : []))
  const indent = indents.length > 0 ? Math.min(...indents) : 0
  const drawn = rows.map(({ line, text, isMarked }) =>
    h(
      `div.codeline${isMarked ? '.marked' : ''}`,
      {},
      h('span.no', {}, String(line)),
      h('code', {}, text.slice(indent).replaceAll('\t', '  ') || ' '),
      isMarked && h(`span.role${isTold && lines.length > 1 ? '' : '.hidden'}`, {}, roles.get(line) ?? '')
    )
  )
  return h('figure.source', {}, caption, h('div.codelines', {}, ...drawn))
}

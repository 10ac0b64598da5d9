// @ts-check
// Which lines of the program's own code a finding names: those can be changed; one of a package or of Node cannot, its use can.
// Needs nothing of Node: the page has it too.
'use strict'

const PACKAGE = /(?:^|[\\/])node_modules[\\/]/

/** Lines of one finding whose source is shown. */
const LINES_MAX = 4

/**
 * `change`: the line to change. `adds`: where entries are added. `declares`: what retains them. `made`: the call that made most.
 * @typedef {{ role: 'change' | 'adds' | 'declares' | 'made', file: string, line: number, column?: number, function?: string, what?: string }} OwnLine
 */

/** @param {string | undefined} file */
const isOwn = (file) => file !== undefined && !PACKAGE.test(file) && !/^(?:node|wasm|https?):/.test(file)

/** @param {any} place */
const isOwnPlace = (place) => Boolean(place?.line) && isOwn(place.file)

/**
 * The nearest code of the program's own: where entries are added, the variable that leads to what leaks, or who called it.
 * @param {any} finding
 * @returns {{ file: string, line: number, what: string } | undefined} nothing where the culprit is the program's own
 */
function ownCode({ culprit, retainerPath = [], callers = [], addedAt }) {
  if (isOwn(culprit.file)) return
  const adds = [addedAt].flat().find(isOwnPlace)
  if (adds)
    return { file: adds.file, line: adds.line, what: adds.function ? `${adds.function} adds to it` : 'adds to it' }
  const at = retainerPath.findLastIndex(isOwnPlace)
  const link = at < 0 ? undefined : retainerPath[at + 1]?.link
  if (link?.type === 'variable') {
    const { file, line } = retainerPath[at]
    return { file, line, what: `variable '${link.name}'` }
  }
  const caller = callers.find(isOwnPlace)
  if (caller) {
    const { function: name, file, line } = caller
    const what = culprit.file && PACKAGE.test(culprit.file) ? 'calls the package' : 'makes it'
    return { file, line, what: name ? `${name} ${what}` : what }
  }
  if (at >= 0) return { file: retainerPath[at].file, line: retainerPath[at].line, what: retainerPath[at].name }
}

/** The line to change; nothing where none is the program's own. @param {any} finding @returns {OwnLine | undefined} */
function lineToChange(finding) {
  const { culprit } = finding
  if (isOwn(culprit.file)) return { role: 'change', ...culprit }
  const own = ownCode(finding)
  return own && { role: 'change', ...own }
}

/** Those that have a line to change, then those that have none; each in their order. @template F @param {readonly F[]} findings @returns {F[]} */
function lineFirst(findings) {
  /** @type {[F[], F[]]} */
  const [known, unknown] = [[], []]
  for (const finding of findings) (lineToChange(finding) ? known : unknown).push(finding)
  return [...known, ...unknown]
}

/** All lines of the program's own, the line to change first, each once. @param {any} finding @returns {OwnLine[]} */
function ownLines(finding) {
  const change = lineToChange(finding)
  const { addedAt, holder, callers = [] } = finding
  /** @type {[OwnLine['role'], any][]} */
  const more = [
    ...[addedAt].flat().map((place) => /** @type {['adds', any]} */ (['adds', place])),
    ['declares', holder],
    ['made', callers[0]]
  ]
  /** @type {OwnLine[]} */
  const lines = change ? [change] : []
  for (const [role, place] of more) {
    if (!isOwnPlace(place)) continue
    const { file, line, column, function: name } = place
    if (lines.some((one) => one.file === file && one.line === line)) continue
    lines.push({ role, file, line, ...(column ? { column } : {}), ...(name ? { function: name } : {}) })
  }
  return lines.filter(({ line }) => line).slice(0, LINES_MAX)
}

module.exports = { isOwn, lineFirst, lineToChange, ownCode, ownLines }

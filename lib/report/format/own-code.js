// @ts-check
// Where the program's own code meets a leak whose line is a package's: that one cannot be changed, its use can.
// Needs nothing of Node: the page has it too.
'use strict'

const PACKAGE = /(?:^|[\\/])node_modules[\\/]/
const VARIABLE = /^variable (.+)$/
const CALLED = 'called from '
/** What follows: the function and its place in brackets, or the place. */
const CALLER = /^(?:([^()]+) \()?([^(),\s][^(),]*):(\d+)$/
/** Names and places that are longer are none. */
const CALLER_MAX = 5000

/** @param {string | undefined} file */
const isOwn = (file) => file !== undefined && !PACKAGE.test(file) && !/^(?:node|wasm|https?):/.test(file)

/** Who a line of evidence says called. @param {string} text */
function* callersIn(text) {
  for (const after of text.split(CALLED).slice(1)) {
    // A function's name ends at its bracket, a place where a bracket closes or a comma stands.
    const open = after.slice(0, CALLER_MAX).indexOf(' (') + 1
    const end = after.slice(open, open + CALLER_MAX).search(/[),]/)
    const caller = CALLER.exec(end < 0 ? after.slice(0, open + CALLER_MAX) : after.slice(0, open + end))
    if (caller) yield { name: caller[1], file: caller[2], line: Number(caller[3]) }
  }
}

/**
 * The nearest code of the program's own: the variable that leads into the package, or else who called it.
 * @param {any} finding
 * @returns {{ file: string, line: number, what: string } | undefined} nothing where the culprit is the program's own
 */
function ownCode({ culprit, retainerPath = [], evidence }) {
  if (!culprit.file || !PACKAGE.test(culprit.file)) return
  const at = retainerPath.findLastIndex((/** @type {any} */ step) => isOwn(step.file) && step.line)
  const variable = at < 0 ? undefined : VARIABLE.exec(retainerPath[at + 1]?.edge ?? '')?.[1]
  if (variable !== undefined) {
    const { file, line } = retainerPath[at]
    return { file, line, what: `variable '${variable}'` }
  }
  for (const text of evidence) {
    for (const { name, file, line } of callersIn(text))
      if (isOwn(file)) return { file, line, what: name ? `${name} calls the package` : 'calls the package' }
  }
  if (at >= 0) return { file: retainerPath[at].file, line: retainerPath[at].line, what: retainerPath[at].name }
}

module.exports = { ownCode }

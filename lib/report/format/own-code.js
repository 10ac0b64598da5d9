// @ts-check
// Where the program's own code meets a leak whose line is a package's: that one cannot be changed, its use can.
// Needs nothing of Node: the page has it too.
'use strict'

const PACKAGE = /(?:^|[\\/])node_modules[\\/]/

/** @param {string | undefined} file */
const isOwn = (file) => file !== undefined && !PACKAGE.test(file) && !/^(?:node|wasm|https?):/.test(file)

/**
 * The nearest code of the program's own: the variable that leads into the package, or else who called it.
 * @param {any} finding
 * @returns {{ file: string, line: number, what: string } | undefined} nothing where the culprit is the program's own
 */
function ownCode({ culprit, retainerPath = [], callers = [] }) {
  if (!culprit.file || !PACKAGE.test(culprit.file)) return
  const at = retainerPath.findLastIndex((/** @type {any} */ step) => isOwn(step.file) && step.line)
  const link = at < 0 ? undefined : retainerPath[at + 1]?.link
  if (link?.type === 'variable') {
    const { file, line } = retainerPath[at]
    return { file, line, what: `variable '${link.name}'` }
  }
  const caller = callers.find((/** @type {any} */ { file }) => isOwn(file))
  if (caller) {
    const { function: name, file, line } = caller
    return { file, line, what: name ? `${name} calls the package` : 'calls the package' }
  }
  if (at >= 0) return { file: retainerPath[at].file, line: retainerPath[at].line, what: retainerPath[at].name }
}

module.exports = { ownCode }

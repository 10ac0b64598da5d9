// @ts-check
// Finds the line that declares a name in a source file: snapshots know functions' lines, not those of variables and
// properties. Reads files, knows no heap; when in doubt it finds nothing.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** Files larger than this are not searched, in bytes. */
const SOURCE_BYTES_MAX = 1024 * 1024

/** @param {string} file @returns {string[]} */
function linesOf(file) {
  try {
    if (!path.isAbsolute(file) || fs.statSync(file).size > SOURCE_BYTES_MAX) return []
    return fs.readFileSync(file, 'utf8').split('\n')
  } catch {
    return [] // not on this machine, or not permitted: the place that is known stands
  }
}

/** @param {string} name */
const escaped = (name) => name.replace(/[$#\\^.*+?()[\]{}|]/g, '\\$&')

/** What declares a variable, surest first. @param {string} name */
const variable = (name) => [
  new RegExp(`\\b(?:const|let|var|class|function\\*?)\\s+${name}(?![\\w$])`),
  new RegExp(`\\b(?:const|let|var)\\b[^=]*[{[,\\s]${name}(?![\\w$])[^=]*=`)
]

/** What makes a property, surest first: a field, an assignment, a part of an object literal. @param {string} name */
const property = (name) => [
  new RegExp(
    `(?:^|[{;])\\s*(?:static\\s+|readonly\\s+|private\\s+|public\\s+|protected\\s+)*${name}\\s*(?:[:=;]|$)(?!=)`
  ),
  new RegExp(`[\\w$)\\]]\\.${name}\\s*(?:\\?\\?|\\|\\|)?=(?![=>])`),
  new RegExp(`(?:^|[\\s{,])['"]?${name}['"]?\\s*:`)
]

/**
 * The 1-based place of a declaration. Of several, a variable's is the last one that stands before `line`, where a
 * function uses it; a property's is the first after it, where its object's constructor stands.
 * @param {{ file: string, line: number, name: string, isVariable: boolean }} wanted
 * @returns {{ line: number, column: number } | undefined}
 */
function declaration({ file, line, name, isVariable }) {
  if (!/^#?[\w$]+$/.test(name)) return
  const lines = linesOf(file)
  for (const pattern of (isVariable ? variable : property)(escaped(name))) {
    const found = lines.flatMap((text, at) => (pattern.test(text) ? [at + 1] : []))
    const best = isVariable ? found.findLast((at) => at <= line) : found.find((at) => at >= line)
    const at = best ?? found[0]
    if (at !== undefined) return { line: at, column: Math.max(0, lines[at - 1].indexOf(name)) + 1 }
  }
}

module.exports = { declaration }

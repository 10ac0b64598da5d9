// @ts-check
// Where reports go, as LEAKGUARD_OUTPUT and `--report` name it: stderr, GitHub's annotations, and files, whose format is
// told by a prefix or by the file's ending. Knows names, not what is written.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('./natives.js')
const { nearest } = require('./nearest.js')
const { cited, itemsOf } = require('./text.js')

/** Formats of files, and the endings that tell them; all else is text. @type {Record<string, RegExp>} */
const ENDINGS = {
  json: /\.json$/i,
  html: /\.html?$/i,
  sarif: /\.sarif(?:\.json)?$/i,
  markdown: /\.(?:md|markdown)$/i,
  text: /$/
}
const FORMATS = Object.keys(ENDINGS)
/** What is no file. */
const OTHERS = ['stderr', 'github']

/** Without a file it is `stderr` or `github`. @typedef {{ format: string, file?: string }} Output */

/** @param {string} file */
const formatOf = (file) =>
  ENDINGS.sarif.test(file) ? 'sarif' : /** @type {string} */ (FORMATS.find((format) => ENDINGS[format].test(file)))

/** @param {string} file */
function isFolder(file) {
  try {
    return fs.statSync(file, { ...ASIDE, throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false
  }
}

/** @param {string} item @param {(what: string) => void} wrong @returns {Output | undefined} */
function outputOf(item, wrong) {
  if (OTHERS.includes(item)) return { format: item }
  // One letter is a drive.
  const [, prefix, rest = ''] = /^([a-z]{2,}):(.*)$/i.exec(item) ?? []
  const isFormat = prefix !== undefined && FORMATS.includes(prefix)
  const file = isFormat ? rest : item
  const known = `files, stderr and github, not ${cited(item)}`
  const meant = prefix !== undefined && !isFormat ? nearest(prefix, FORMATS) : undefined
  if (meant) wrong(`takes ${known}: did you mean ${meant}:${rest}?`)
  else if (isFormat && rest === '') wrong(`needs a file: ${prefix}:PATH, not ${cited(item)}`)
  else if (FORMATS.includes(item)) wrong(`needs a file: ${item}:PATH, not ${cited(item)}`)
  else if (/^(?:std(?:out|er|err)|-)$/i.test(item)) wrong(`takes ${known}: did you mean stderr, or the file ./${item}?`)
  else if (/^git-?hub$/i.test(item)) wrong(`takes ${known}: did you mean github?`)
  else if (file.endsWith('/') || isFolder(file)) wrong(`must name files, but ${cited(file)} is a folder`)
  else if (file.includes('\0')) wrong('must name files')
  // Named from here, wherever the program or its children go.
  else return { format: isFormat ? prefix : formatOf(file), file: path.resolve(file) }
}

/** @param {string} text @param {(what: string) => void} wrong what is wrong of an item; the others hold @returns {Output[]} */
const readOutputs = (text, wrong) => itemsOf(text).flatMap((item) => outputOf(item, wrong) ?? [])

/** As they are named to others. @param {Output[]} outputs */
const outputsText = (outputs) =>
  outputs
    .map(({ format, file }) => (file === undefined ? format : formatOf(file) === format ? file : `${format}:${file}`))
    .join(',')

module.exports = { outputsText, readOutputs }

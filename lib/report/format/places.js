// @ts-check
// Paths and lines of findings as they are shown: short, relative, printable. Knows no report.
'use strict'

const path = require('node:path')
const { printable } = require('../../base/text.js')

/** Longer ones cannot be opened anyway. */
const PATH_MAX = 4096

/** Paths as short as they can be opened from a folder. @param {string} given @param {string} [root] */
function shortPath(given, root = process.cwd()) {
  const file = given.length > PATH_MAX ? `${given.slice(0, PATH_MAX)}…` : given
  if (!path.isAbsolute(file)) return file
  const relative = path.relative(root, file)
  return !relative.startsWith('..') && !path.isAbsolute(relative) && relative !== '' ? relative : file
}

/** A place as editors open it. @param {string} file @param {number | undefined} line @param {number} [column] */
const placeText = (file, line, column) => [file, line, line && column].filter((part) => part !== undefined).join(':')

/** Absolute paths inside of sentences, shortened alike. @param {string} text @param {any} finding @param {string} [root] */
function shorten(text, finding, root = process.cwd()) {
  const file = finding.culprit.file
  const isKnown = file !== undefined && file.length > 1 && text.includes(file)
  return (isKnown ? text.replaceAll(file, () => shortPath(file, root)) : text).replaceAll(root + path.sep, '')
}

/** A path as URLs and GitHub have it. @param {string} file */
const slashed = (file) => file.split(path.sep).join('/')

/** What is undecided or examined, with its process where there are several. @param {{ text: string, process?: number }} line */
const lineText = ({ text, process: pid }) => (pid === undefined ? text : `process ${pid}: ${text}`)

module.exports = { lineText, placeText, printable, shorten, shortPath, slashed }

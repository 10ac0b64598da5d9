// @ts-check
// Paths and lines of findings as they are shown: short, relative, printable. Imports nothing of ours.
'use strict'

const path = require('node:path')

/** Paths as short as they can be opened from a folder. @param {string} file @param {string} [root] */
function shortPath(file, root = process.cwd()) {
  const relative = path.relative(root, file)
  return path.isAbsolute(file) && !relative.startsWith('..') && !path.isAbsolute(relative) && relative !== ''
    ? relative
    : file
}

/** Control characters of names that the program chose are shown, not obeyed; so are those that turn text. @param {string} text */
const printable = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const hex = c.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
  })

/** Absolute paths inside of sentences, shortened alike. @param {string} text @param {any} finding @param {string} [root] */
function shorten(text, finding, root = process.cwd()) {
  const file = finding.culprit.file
  return (file ? text.replaceAll(file, shortPath(file, root)) : text).replaceAll(root + path.sep, '')
}

/** A path as URLs and GitHub have it. @param {string} file */
const slashed = (file) => file.split(path.sep).join('/')

module.exports = { printable, shorten, shortPath, slashed }

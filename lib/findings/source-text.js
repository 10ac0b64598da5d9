// @ts-check
// The text of a source file as its map has it, or as it lies on disk. What is no text, too large, or not there is nothing,
// never an error. Knows no report.
'use strict'

// Taken when the file loads: a program may replace them later.
const { readFileSync, statSync } = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('../base/natives.js')
const { contentOf } = require('./source-map.js')

/** Larger files are not read, in bytes. */
const SOURCE_BYTES_MAX = 1024 * 1024

/** @param {string} file */
function textOnDisk(file) {
  if (!path.isAbsolute(file)) return
  try {
    const stat = statSync(file, ASIDE)
    // A pipe would keep the reader waiting.
    return stat.isFile() && stat.size <= SOURCE_BYTES_MAX ? readFileSync(file, 'utf8') : undefined
  } catch {
    return // not on this machine, or not permitted
  }
}

/** @param {string} file as findings name it @returns {string | undefined} */
function sourceText(file) {
  // The map says what was compiled; the file may have been changed since.
  const text = contentOf(file) ?? textOnDisk(file)
  if (text === undefined || text.length > SOURCE_BYTES_MAX) return
  // Not UTF-8, or no text at all.
  return text.includes('\0') || text.includes('\ufffd') ? undefined : text
}

module.exports = { SOURCE_BYTES_MAX, sourceText }

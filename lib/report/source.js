// @ts-check
// The code around the program's own lines that a report names: read when a report is rendered or written, never while a guard
// watches. Bounded in files, lines and bytes; what cannot be read, is no text or minified is left out.
'use strict'

const { createHash } = require('node:crypto')
const { sourceText } = require('../findings/source-text.js')
const { AROUND } = require('./format/excerpt.js')
const { ownLines } = require('./format/own-code.js')

/** Findings whose lines are looked for, and files that are read for them. */
const FINDINGS_MAX = 200
const FILES_MAX = 64
/** Of a line, in characters: what is longer is cut; a line that is named and longer is of no file that people read. */
const LINE_MAX = 200
const READABLE_MAX = 1000
/** Digits of a digest. */
const HASH_DIGITS = 16

/** @typedef {import('../..').ReportSource} Source */
/** @typedef {import('../..').Finding} Finding */

/** The lines that are named, by file. @param {readonly Finding[]} findings @returns {Map<string, number[]>} */
function linesByFile(findings) {
  /** @type {Map<string, number[]>} */
  const files = new Map()
  for (const finding of findings.slice(0, FINDINGS_MAX)) {
    for (const { file, line } of ownLines(finding)) {
      const lines = files.get(file)
      if (lines) lines.push(line)
      else if (files.size < FILES_MAX) files.set(file, [line])
    }
  }
  return files
}

/** @param {string} line */
const cut = (line) => (line.length > LINE_MAX ? `${line.slice(0, LINE_MAX - 1)}…` : line)

/** The pieces around these lines, those that meet as one. @param {string[]} all lines of a file @param {number[]} named */
function excerptsOf(all, named) {
  const isReadable = (/** @type {number} */ line) => line <= all.length && all[line - 1].length <= READABLE_MAX
  /** @type {NonNullable<Source['excerpts']>} */
  const excerpts = []
  for (const line of [...new Set(named)].filter(isReadable).sort((a, b) => a - b)) {
    const last = excerpts[excerpts.length - 1]
    const end = last ? last.from + last.lines.length : 1
    const from = Math.max(end, line - AROUND)
    const lines = all.slice(from - 1, line + AROUND).map(cut)
    if (last && from === end) last.lines.push(...lines)
    else excerpts.push({ from, lines })
  }
  return excerpts
}

/** @param {string} text */
const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)

/** @param {string} text */
function rowsOf(text) {
  const rows = text.split(/\r?\n/)
  if (rows.at(-1) === '') rows.pop()
  return rows
}

/** @param {readonly Finding[]} findings @param {Map<string, string>} [hashes] of the contents that are meant, where only those are @returns {Source[]} */
function readSources(findings, hashes) {
  /** @type {Source[]} */
  const sources = []
  for (const [file, named] of linesByFile(findings)) {
    const text = hashes && !hashes.has(file) ? undefined : sourceText(file)
    if (text === undefined) continue
    const hash = hashOf(text)
    const excerpts = excerptsOf(rowsOf(text), named)
    if (excerpts.length > 0 && (hashes?.get(file) ?? hash) === hash) sources.push({ file, hash, excerpts })
  }
  return sources
}

/**
 * What a report that was written brings along; of files that it knows by their digest alone, the code where they lie here as
 * they did there.
 * @param {readonly Source[]} given @param {readonly Finding[]} findings @returns {Source[]}
 */
function restored(given, findings) {
  const hashes = new Map(given.filter(({ excerpts }) => !excerpts).map(({ file, hash }) => [file, hash]))
  const found = hashes.size > 0 ? readSources(findings, hashes) : []
  return given.map((source) => found.find(({ file }) => file === source.file) ?? source)
}

module.exports = { FILES_MAX, LINE_MAX, readSources, restored }

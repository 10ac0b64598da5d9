// @ts-check
// What a suite's check says at the end: one table of leaks, and which tests were not repeated. Knows words and widths.
'use strict'

const path = require('node:path')
const { count, printable, size } = require('../base/text.js')

const HEAD = ['test', 'what grows', 'per run', 'held by', 'line', 'freed by a cut']
const CELL_MAX = 48
/** Reasons are told for so many tests each. */
const NAMES_MAX = 5

/** @typedef {import('./merge.js').Suite} Suite */

/** @param {string} text */
const short = (text) => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text)

/** @param {string} file */
function near(file) {
  const relative = path.relative('', file.replace(/^file:\/\//, ''))
  return relative.startsWith('..') ? file : relative
}

/** What grows, in the words of its facts. @param {any} finding */
function whatOf({ kind, subject = {}, culprit }) {
  if (subject.type === 'listeners') return `'${subject.event}' listeners`
  if (subject.type === 'objects' && subject.class) return `${subject.class} objects`
  return typeof subject.type === 'string' ? subject.type : (culprit.name ?? kind)
}

/** @param {any} finding */
function holderOf({ holder, culprit, kind }) {
  const name = holder?.name ?? (kind === 'collection' || kind === 'cache' ? culprit.name : undefined)
  return [holder?.class, name && `'${name}'`].filter(Boolean).join(' ')
}

/** @param {any} finding */
const lineOf = ({ culprit, holder }) => {
  const { file, line } = culprit.file ? culprit : (holder ?? {})
  return file ? `${near(file)}${line ? `:${line}` : ''}` : ''
}

/** @param {import('./merge.js').Leak} leak @returns {string[]} */
function rowOf({ finding, tests }) {
  const { growth, frees } = finding
  const per = tests[0]?.perRun ?? growth.perOperation
  const more = tests.length > 1 ? ` (+${tests.length - 1})` : ''
  return [
    `${tests[0]?.name ?? ''}${more}`,
    whatOf(finding),
    per === undefined ? '' : per.toLocaleString('en', { maximumFractionDigits: 1 }),
    holderOf(finding),
    lineOf(finding),
    frees ? `${size(frees.bytes)} (${Math.round(frees.share * 100)} %)` : ''
  ]
}

/** @param {string[][]} rows */
function table(rows) {
  const cells = rows.map((row) => row.map((cell) => short(printable(cell))))
  const widths = HEAD.map((_, i) => Math.max(...cells.map((row) => row[i].length)))
  return cells.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd())
}

/** @param {number} many @param {string} noun */
const counted = (many, noun) => `${count(many)} ${noun}${many === 1 ? '' : 's'}`

/** Why tests were not repeated, most frequent first. @param {Suite['skipped']} skipped */
function reasons(skipped) {
  /** @type {Map<string, string[]>} */
  const byWhy = new Map()
  for (const { name, why } of skipped) byWhy.set(why, [...(byWhy.get(why) ?? []), name])
  return [...byWhy]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([why, names]) => {
      const shown = names.slice(0, NAMES_MAX).map((name) => `'${name}'`)
      const more = names.length > NAMES_MAX ? `, and ${count(names.length - NAMES_MAX)} more` : ''
      return `  ${printable(`${why}: ${shown.join(', ')}${more}`)}`
    })
}

/** The table, without the details of each leak. @param {Suite} suite @returns {string} */
function toTable({ tests, repeated, spentMs, skipped, leaks, report }) {
  const seconds = `${(spentMs / 1000).toFixed(1)} s`
  const head =
    leaks.length > 0
      ? `${counted(leaks.length, 'leak')}: ${leaks.length === 1 ? 'it grows' : 'they grow'} each time a test is run again`
      : report.verdict === 'undecided'
        ? 'nothing is sure to grow when tests are run again'
        : 'no test leaves more each time it is run again'
  const lines = [`leakguard suite: ${head}`, '']
  if (leaks.length > 0) lines.push(...table([HEAD, ...leaks.map(rowOf)]), '')
  const open = report.undecided.map(({ text }) => `  ${printable(text)}`)
  if (open.length > 0) lines.push('Not decided:', ...open, '')
  if (skipped.length > 0) lines.push('Not repeated:', ...reasons(skipped), '')
  lines.push(`${count(repeated)} of ${counted(tests, 'test')} repeated, in ${seconds}.`)
  return lines.join('\n')
}

module.exports = { toTable }

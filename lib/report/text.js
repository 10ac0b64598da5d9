// @ts-check
// Report -> text for a terminal, never coloured. Imports nothing of ours.
'use strict'

const path = require('node:path')

/** Paths as short as they can be opened from here. @param {string} file */
function shortPath(file) {
  const relative = path.relative(process.cwd(), file)
  return path.isAbsolute(file) && !relative.startsWith('..') && !path.isAbsolute(relative) && relative !== ''
    ? relative
    : file
}

/** Control characters of names that the program chose are shown, not obeyed. @param {string} text */
const printable = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** @param {any} culprit */
function place(culprit) {
  if (!culprit.file) return undefined
  const at = `${shortPath(culprit.file)}:${culprit.line}${culprit.column ? `:${culprit.column}` : ''}`
  return culprit.function ? `${at}  in ${culprit.function}` : at
}

/** Absolute paths inside of sentences, shortened alike. @param {string} text @param {any} finding */
function shorten(text, finding) {
  const root = process.cwd() + path.sep
  const file = finding.culprit.file
  return (file ? text.replaceAll(file, shortPath(file)) : text).replaceAll(root, '')
}

/** @param {any} finding @param {number} index */
function findingToText(finding, index) {
  const lines = [`${index + 1}. ${finding.kind}, ${finding.confidence}: ${shorten(finding.message, finding)}`]
  const at = place(finding.culprit)
  if (at) lines.push(`     at ${at}`, `        ${'~'.repeat(at.split('  in ')[0].length)}`)
  if (finding.retainerPath) {
    for (const step of finding.retainerPath)
      lines.push(
        `     ${shorten(step.edge, finding)} -> ${step.name}${step.file ? ` (${shortPath(step.file)}:${step.line})` : ''}`
      )
  }
  for (const line of finding.evidence) lines.push(`     - ${shorten(line, finding)}`)
  lines.push(`     fix: ${finding.advice}`, `     fingerprint: ${finding.fingerprint}`)
  return lines.map(printable).join('\n')
}

/** @param {any} report */
function headline({ verdict, findings }) {
  if (verdict === 'clean') return 'leakguard: clean, nothing grows without bound'
  const count = `${findings.length} finding${findings.length === 1 ? '' : 's'}`
  if (verdict === 'leaking') return `leakguard: leaking, ${count}`
  return findings.length > 0 ? `leakguard: undecided, ${count}` : 'leakguard: undecided'
}

/** @param {any} report */
function toText(report) {
  const parts = [headline(report)]
  parts.push(...report.findings.map(findingToText))
  if (report.undecided.length > 0)
    parts.push(
      ['Not decided yet:', ...report.undecided.map((/** @type {string} */ line) => `  - ${printable(line)}`)].join('\n')
    )
  if (report.looked.length > 0) parts.push(`Looked at ${report.looked.map(printable).join('; ')}.`)
  return parts.join('\n\n')
}

module.exports = { toText }

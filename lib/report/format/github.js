// @ts-check
// Report -> what GitHub Actions shows: annotations at lines (workflow commands), and the summary of a job (Markdown).
'use strict'

const { codeOf } = require('./code.js')
const { headerText } = require('./header.js')
const { lineFirst, lineToChange } = require('./own-code.js')
const { lineText, placeText, printable, shorten, shortPath, slashed } = require('./places.js')

/** GitHub shows ten annotations of a level and step. */
const ANNOTATIONS_MAX = 10
/** A summary may have 1 MiB for each step. */
const ROWS_MAX = 200
/** Findings whose code is shown. */
const CODE_MAX = 10

/** @param {string} text of a message: percent, and line ends */
const escapeData = (text) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
/** @param {string} text of a property: these end it too */
const escapeProperty = (text) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** @param {any} finding @param {string} root */
function annotation(finding, root) {
  const { confidence, kind, advice } = finding
  // Lines of packages are not in the pull request.
  const culprit = lineToChange(finding) ?? finding.culprit
  const command = confidence === 'possible' ? 'warning' : 'error'
  /** @type {Record<string, string | number | undefined>} */
  const properties = {
    file: culprit.file && slashed(shortPath(culprit.file, root)),
    line: culprit.file && culprit.line,
    col: culprit.file && culprit.column,
    title: `Leak: ${kind}, ${confidence}`
  }
  const given = Object.entries(properties).filter(([, value]) => value !== undefined)
  const list = given.map(([key, value]) => `${key}=${escapeProperty(printable(String(value)))}`).join(',')
  const text = `${shorten(finding.message, finding, root)}\nFix: ${advice}`
  return `::${command} ${list}::${escapeData(text.split('\n').map(printable).join('\n'))}\n`
}

/** Workflow commands, one line each; nothing for a report without findings. @param {any} report @param {{ root?: string }} [options] */
function toAnnotations({ findings }, { root = process.cwd() } = {}) {
  const lines = findings.slice(0, ANNOTATIONS_MAX).map((/** @type {any} */ finding) => annotation(finding, root))
  const rest = findings.length - lines.length
  if (rest > 0) lines.push(`::notice title=leakguard::${rest} more findings are in the summary\n`)
  return lines.join('')
}

/** Text that stays text in Markdown and HTML, on one line. @param {string} text */
const plain = (text) => printable(text).replace(/[&<>"\\`*_{}[\]()#+!|~@$]|:(?=\/\/)/g, (c) => `&#${c.charCodeAt(0)};`)

/** Code on one line. @param {string} text */
const code = (text) => `<code>${plain(text)}</code>`

/** @param {{ file: string, line?: number }} place @param {string} root */
const placeCode = ({ file, line }, root) => code(placeText(slashed(shortPath(file, root)), line))

/** The program's own line; beside it, or alone, that of a package. @param {any} finding @param {string} root */
function whereOf(finding, root) {
  const { culprit } = finding
  const own = lineToChange(finding)
  if (!own) return `Observation: ${culprit.file ? placeCode(culprit, root) : plain(culprit.name ?? finding.kind)}`
  const isBeside = culprit.file && culprit.file !== own.file
  return `${placeCode(own, root)}${isBeside ? ` in ${placeCode(culprit, root)}` : ''}`
}

/** A block of code whatever is in it: its fence is longer than any there. @param {string[]} rows */
function fenced(rows) {
  const longest = Math.max(2, ...(rows.join('\n').match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, ...rows, fence]
}

/** @param {any} finding @param {readonly any[]} sources @param {string} root */
function codeBlocks(finding, sources, root) {
  const own = lineToChange(finding)
  return codeOf(finding, sources, { root }).flatMap(({ head, rows }) => {
    const place = head === undefined && own ? placeCode(own, root) : code(slashed(head ?? ''))
    return [place, '', ...fenced(rows), '']
  })
}

/** @param {any} finding @param {string} root */
function row(finding, root) {
  const message = plain(shorten(finding.message, finding, root))
  return `| ${whereOf(finding, root)} | ${plain(`${finding.kind}, ${finding.confidence}`)} | ${message} | ${plain(finding.advice)} |`
}

/** @param {any} report @param {{ root?: string, source?: boolean }} [options] */
function toMarkdown(report, { root = process.cwd(), source = true } = {}) {
  const { verdict, findings, undecided, examined } = report
  const count = `${findings.length} finding${findings.length === 1 ? '' : 's'}`
  const title =
    verdict === 'clean' ? 'clean, nothing grows without bound' : findings.length > 0 ? `${verdict}, ${count}` : verdict
  const lines = [`### leakguard: ${title}`, '']
  if (report.header) lines.push(plain(headerText(report.header)), '')
  if (findings.length > 0) {
    lines.push('| Line to change | What | Why | Fix |', '|---|---|---|---|')
    const ordered = lineFirst(findings)
    for (const finding of ordered.slice(0, ROWS_MAX)) lines.push(row(finding, root))
    if (findings.length > ROWS_MAX) lines.push('', `${findings.length - ROWS_MAX} more findings are left out.`)
    lines.push('')
    const sources = source ? report.sources : []
    for (const finding of ordered.slice(0, CODE_MAX)) lines.push(...codeBlocks(finding, sources, root))
  }
  for (const line of undecided) lines.push(`- Not decided yet: ${plain(lineText(line))}`)
  if (undecided.length > 0) lines.push('')
  const said = examined.map((/** @type {any} */ line) => plain(lineText(line)))
  if (said.length > 0) lines.push(`Examined ${said.join('; ')}.`, '')
  return `${lines.join('\n')}\n`
}

module.exports = { toAnnotations, toMarkdown }

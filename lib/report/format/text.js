// @ts-check
// Report -> text for a terminal, never coloured.
'use strict'

const { isOn } = require('../../base/options.js')
const { count, size } = require('../../base/text.js')
const { codeOf } = require('./code.js')
const { headerText } = require('./header.js')
const { lineFirst, lineToChange } = require('./own-code.js')
const { lineText, placeText, printable, shorten, shortPath } = require('./places.js')

/** What has no line of the program's own stands below this. */
const OBSERVATIONS = 'Observations, with no line of your code known:'
const BARS = '▁▂▃▄▅▆▇█'
const BARS_MAX = 40
/** Narrower than this nothing can be read. */
const COLUMNS_MIN = 40
/** Findings whose code is shown. */
const CODE_MAX = 20
/** What stands below a finding begins so far in. */
const MARGIN = '     '

/** @param {any} culprit */
function place(culprit) {
  if (!culprit.file) return undefined
  const at = placeText(shortPath(culprit.file), culprit.line, culprit.column)
  const what = culprit.function ? `in ${culprit.function}` : culprit.what
  return what ? `${at}  ${what}` : at
}

/** What is underlined stays on one line; the function goes below it where there is no room. @param {string} at @param {number} width */
function placeLines(at, width) {
  const end = at.indexOf('  ')
  const [where, name] = end < 0 ? [at, ''] : [at.slice(0, end), at.slice(end + 2)]
  const mark = `        ${'~'.repeat(where.length)}`
  const isWide = at.length + 8 <= width
  return isWide || !name ? [`     at ${at}`, mark] : [`     at ${where}`, mark, `     ${name}`]
}

/** @param {any} finding @param {readonly any[]} sources @param {number} width */
function codeLines(finding, sources, width) {
  const blocks = codeOf(finding, sources, { width: width - MARGIN.length })
  return blocks.flatMap(({ head, rows }) => [...(head ? [head] : []), ...rows]).map((row) => MARGIN + row)
}

/** @param {any} finding @param {number} index @param {string} bars @param {readonly any[]} sources @param {number} [columns] */
function findingToText(finding, index, bars, sources, columns) {
  const width = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(COLUMNS_MIN, columns)
  const wrap = wrapper(columns)
  const lines = [`${index + 1}. ${finding.kind}, ${finding.confidence}: ${shorten(finding.message, finding)}`]
  const change = lineToChange(finding)
  const at = place(change ?? {})
  if (at) lines.push(...placeLines(at, width))
  // A line of a package, or of Node, cannot be changed: it stands beside the program's own.
  const elsewhere = change?.file === finding.culprit.file ? undefined : place(finding.culprit)
  if (elsewhere) lines.push(`     ${/^node:/.test(finding.culprit.file) ? 'in Node' : 'in a package'}: ${elsewhere}`)
  const head = lines.length
  lines.push(...codeLines(finding, sources, width))
  const code = lines.length
  if (bars) lines.push(`     ${bars}`)
  if (finding.retainerPath) {
    for (const step of finding.retainerPath)
      lines.push(
        `     ${shorten(step.edge, finding)} -> ${step.name}${step.file ? ` (${placeText(shortPath(step.file), step.line)})` : ''}`
      )
  }
  for (const line of finding.evidence) lines.push(`     - ${shorten(line, finding)}`)
  lines.push(`     fix: ${finding.advice}`, `     fingerprint: ${finding.fingerprint}`)
  // Code is cut, not wrapped.
  return lines.map((line, i) => (i >= head && i < code ? line : wrap(printable(line)))).join('\n')
}

/** Text that goes on below where it began, words whole; places and underlines are never torn. @param {number | undefined} columns @returns {(line: string) => string} */
function wrapper(columns) {
  if (columns === undefined) return (line) => line
  const width = Math.max(COLUMNS_MIN, columns)
  return (line) => {
    if (line.length <= width) return line
    // An underline is as long as what is above it, which is not torn either.
    if (/^ +(?:~+|at .*)$/.test(line)) return line
    const step = / -> /.test(line) ? 2 : 0
    const indent = (/^ *(?:- |\d+\. |fix: )?/.exec(line)?.[0].length ?? 0) + step
    const rows = ['']
    for (const word of line.split(/(?<=[^ ]) /)) {
      const last = rows[rows.length - 1]
      const isFirst = last.trim() === ''
      if (!isFirst && last.length + 1 + word.length > width) rows.push(' '.repeat(indent) + word)
      else rows[rows.length - 1] = last === '' ? word : `${last}${isFirst ? '' : ' '}${word}`
    }
    return rows.join('\n')
  }
}

/** A series as a line of bars: the lowest level of each stretch. @param {any} series @param {number} [bars] */
function sparkline({ floors, points, unit }, bars = BARS_MAX) {
  const levels = floors?.length > 1 ? floors : points
  if (levels.length < 2) return ''
  const [from, to] = [levels[0][0], levels[levels.length - 1][0]]
  const columns = new Array(Math.min(bars, levels.length)).fill(Number.POSITIVE_INFINITY)
  for (const [x, value] of levels) {
    const at = Math.min(columns.length - 1, Math.floor(((x - from) / (to - from || 1)) * columns.length))
    columns[at] = Math.min(columns[at], value)
  }
  const read = columns.filter(Number.isFinite)
  const [least, most] = [Math.min(...read), Math.max(...read)]
  const bar = (/** @type {number} */ value) =>
    Number.isFinite(value) ? BARS[Math.round(((value - least) / (most - least || 1)) * (BARS.length - 1))] : ' '
  return `${columns.map(bar).join('')} ${amount(least, unit)} to ${amount(most, unit)}`
}

/** @param {number} value @param {'bytes' | 'count'} unit */
const amount = (value, unit) => (unit === 'bytes' ? size(value) : count(value))

/** @param {any} report */
function headline({ verdict, findings }) {
  if (verdict === 'clean') return 'clean, nothing grows without bound'
  const many = `${findings.length} finding${findings.length === 1 ? '' : 's'}`
  return verdict === 'leaking' || findings.length > 0 ? `${verdict}, ${many}` : verdict
}

/** Lives of which some are over and stay. @param {any[]} lifecycles */
const shouldBeGone = (lifecycles) =>
  lifecycles
    .filter(({ retained }) => retained > 0)
    .map(({ kind, retained, over, collected, begun }) => {
      const of = `${amount(over, 'count')} that have ended`
      return `${printable(kind)}: ${amount(retained, 'count')} of ${of} outlived two major GCs; ${amount(collected, 'count')} were collected, ${amount(begun, 'count')} began`
    })

/** What each part of a measurement is called. @type {Record<string, string>} */
const PARTS = {
  calls: 'calls',
  rest: 'coming to rest',
  counts: 'counting objects',
  patience: 'waiting for what ends by itself',
  snapshots: 'heap snapshots',
  comparing: 'comparing them',
  other: 'all else'
}

/** Where the time of a measurement went, on one line; none where that is not known. @param {any} report */
function timesOf({ details }) {
  /** @type {import('../../..').ReportTime[]} */
  const times = details?.times ?? []
  if (times.length === 0) return ''
  const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`
  const parts = times.map(({ part, ms }) => `${PARTS[part] ?? printable(part)} ${seconds(ms)}`)
  return `Time: ${seconds(times.reduce((sum, { ms }) => sum + ms, 0))}, of which ${parts.join(', ')}.`
}

/** @param {any} report @param {{ columns?: number, sparklines?: boolean, verbose?: boolean, source?: boolean, header?: boolean, findingsMax?: number }} [options] */
function toText(
  report,
  {
    columns,
    sparklines = false,
    verbose = isOn('LEAKGUARD_VERBOSE'),
    source = true,
    header = true,
    findingsMax = Number.POSITIVE_INFINITY
  } = {}
) {
  const wrap = wrapper(columns)
  const of = header && report.header ? `\n${wrap(printable(headerText(report.header)))}` : ''
  const parts = [`leakguard: ${headline(report)}${of}`]
  const { series: drawn = [], lifecycles = [] } = report.details ?? {}
  const room = columns === undefined ? BARS_MAX : Math.max(8, Math.min(BARS_MAX, columns - 28))
  const bars = (/** @type {any} */ { fingerprint }) => {
    const series = sparklines && drawn.find((/** @type {any} */ one) => one.fingerprint === fingerprint)
    return series ? sparkline(series, room) : ''
  }
  const sources = source ? report.sources : []
  const findings = lineFirst(report.findings)
  const firstObserved = findings.findIndex((finding) => !lineToChange(finding))
  for (const [i, finding] of findings.slice(0, findingsMax).entries()) {
    if (i === firstObserved && i > 0) parts.push(wrap(OBSERVATIONS))
    parts.push(findingToText(finding, i, bars(finding), i < CODE_MAX ? sources : [], columns))
  }
  if (findings.length > findingsMax) parts.push(wrap(`${count(findings.length - findingsMax)} more findings.`))
  if (report.undecided.length > 0)
    parts.push(
      [
        'Not decided yet:',
        ...report.undecided.map((/** @type {any} */ line) => wrap(`  - ${printable(lineText(line))}`))
      ].join('\n')
    )
  const stays = shouldBeGone(lifecycles)
  if (stays.length > 0) parts.push(['Should be gone:', ...stays.map((line) => wrap(`  - ${line}`))].join('\n'))
  const examined = report.examined.map((/** @type {any} */ line) => printable(lineText(line)))
  if (examined.length > 0) parts.push(wrap(`Examined ${examined.join('; ')}.`))
  const times = verbose ? timesOf(report) : ''
  if (times) parts.push(wrap(times))
  return parts.join('\n\n')
}

module.exports = { headline, sparkline, timesOf, toText }

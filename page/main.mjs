// @ts-check
// The page of a report: the verdict and the lines to change first, then all findings, plots, owners and counts.

import 'uplot/dist/uPlot.min.css'
import './style.css'
import { h, section } from './dom.mjs'
import { details, ownLine } from './finding.mjs'
import { amount, count, lineText, placeOf, setRoot, shorten } from './format.mjs'
import { grid } from './grid.mjs'
import { icicle } from './icicle.mjs'
import { plot } from './plot.mjs'

/** Lines that stand at the top. */
const FIRST_MAX = 5
/** Lines of a list that are written out. */
const LINES_MAX = 1000
const ORDER = ['certain', 'likely', 'possible']
const VERDICTS = {
  clean: 'Nothing grows without bound',
  leaking: 'This program leaks memory',
  undecided: 'Not decided yet'
}
/** What a pool of counts is called. @type {Record<string, string>} */
const POOLS = {
  target: 'listener list',
  listener: 'listener',
  timer: 'timer',
  resource: 'resource',
  descriptor: 'descriptor',
  collection: 'collection',
  cache: 'cache',
  group: 'handles'
}

/** @param {{ pool?: string }} row */
const poolOf = ({ pool = 'group' }) => (Object.hasOwn(POOLS, pool) ? POOLS[pool] : pool)

const report = JSON.parse(/** @type {HTMLElement} */ (document.getElementById('report')).textContent ?? '')
/** Series, counts, owners and life cycles, where there are some. */
const parts = report.details ?? {}
setRoot(report.cwd)
const page = /** @type {HTMLElement} */ (document.getElementById('page'))
/** What has to be drawn anew when the width or the colours change. @type {{ draw: () => void, resize: () => void }[]} */
const plots = []

/** @param {any} finding */
const nameOf = ({ culprit, kind }) => placeOf(culprit) || culprit.name || kind

/** The name of a file first: its folder is what may be cut. @param {string} place */
function fileCell(place) {
  const at = Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\'))
  const folder = at > 0 ? h('span.note', {}, ` ${place.slice(0, at)}`) : ''
  return h('span', { title: place }, h('code', {}, place.slice(at + 1)), folder)
}

/** @param {any[]} examined */
const examinedText = (examined) => `Examined ${examined.map((line) => shorten(lineText(line))).join('; ')}.`

function head() {
  const { verdict, findings, examined, undecided } = report
  const many = findings.length === 1 ? '1 finding' : `${count(findings.length)} findings`
  return h(
    'header.top',
    {},
    h('p.verdict', {}, h(`span.badge.${verdict}`, {}, verdict), findings.length > 0 ? many : ''),
    h('h1', {}, VERDICTS[/** @type {keyof typeof VERDICTS} */ (verdict)] ?? verdict),
    findings.length === 0 && examined.length > 0 ? h('p.lead', {}, examinedText(examined)) : '',
    ...undecided.slice(0, LINES_MAX).map((/** @type {any} */ line) => h('p.lead', {}, shorten(lineText(line))))
  )
}

/** @param {(finding: any) => void} open */
function linesToChange(open) {
  const first = report.findings.slice(0, FIRST_MAX)
  if (first.length === 0) return ''
  const hasLines = first.some((/** @type {any} */ { culprit }) => culprit.file)
  if (report.findings.length === 1) {
    return section('change', hasLines ? 'The line to change' : 'What grows', '', h('div.single', {}, details(first[0])))
  }
  const items = first.map((/** @type {any} */ finding) => {
    const button = h('button.line', { type: 'button' }, h('code', {}, nameOf(finding)))
    button.addEventListener('click', () => open(finding))
    const where = finding.culprit.function ? h('span.note', {}, ` in ${finding.culprit.function}`) : ''
    return h(
      'li',
      {},
      h('div', {}, button, where),
      ownLine(finding),
      h('p', {}, shorten(finding.message)),
      h('p.fix', {}, h('strong', {}, 'Fix. '), finding.advice)
    )
  })
  const rest = report.findings.length - first.length
  return section(
    'change',
    hasLines ? 'The lines to change' : 'What grows',
    '',
    h('ol.lines', {}, ...items),
    rest > 0 ? h('p.note', {}, `${count(rest)} more below.`) : h('span')
  )
}

function findingsTable() {
  const { findings } = report
  // One is told in full at the top.
  if (findings.length < 2) return
  const pane = h('div.pane', { tabindex: '-1', 'aria-live': 'polite' })
  const rate = (/** @type {any} */ { growth }) => growth.perHour ?? growth.perOperation ?? 0
  const table = grid({
    label: 'findings',
    rows: findings,
    heightMax: 484,
    textOf: (finding) =>
      `${nameOf(finding)} ${finding.kind} ${finding.confidence} ${finding.message} ${finding.culprit.function ?? ''} ${finding.fingerprint}`,
    choices: { label: 'kinds', of: ({ kind }) => kind },
    columns: [
      { key: 'where', title: 'Line', cell: (finding) => fileCell(nameOf(finding)), order: nameOf },
      { key: 'kind', title: 'Kind', cell: ({ kind }) => kind, order: ({ kind }) => kind },
      {
        key: 'sure',
        title: 'Sure',
        cell: ({ confidence }) => h(`span.confidence.${confidence}`, {}, confidence),
        order: ({ confidence }) => ORDER.indexOf(confidence)
      },
      {
        key: 'grew',
        title: 'Grew by',
        isNumber: true,
        cell: ({ growth }) => amount(growth.total, growth.unit),
        order: ({ growth }) => growth.total
      },
      {
        key: 'rate',
        title: 'Rate',
        isNumber: true,
        cell: ({ growth }) =>
          growth.perHour
            ? `${amount(growth.perHour, growth.unit)}/h`
            : growth.perOperation
              ? `${amount(growth.perOperation, growth.unit)}/call`
              : '',
        order: rate
      }
    ],
    onSelect(finding, isWanted) {
      pane.replaceChildren(details(finding))
      if (isWanted && matchMedia('(max-width: 60rem)').matches) {
        pane.scrollIntoView({ block: 'start' })
        pane.focus({ preventScroll: true })
      }
    }
  })
  return { table, element: section('findings', 'Findings', '', h('div.split', {}, table.element, pane)) }
}

function plotsOf() {
  const { series } = parts
  if (!series) return ''
  const drawn = series.filter((/** @type {any} */ { points }) => points.length > 1).map(plot)
  plots.push(...drawn)
  return section(
    'series',
    'Over time',
    'Drag across a plot to look closer; double-click to see all of it.',
    h('div.plots', {}, ...drawn.map((/** @type {any} */ one) => one.element))
  )
}

function ownersOf() {
  const { owners } = parts
  if (owners?.[0]?.depth !== 0) return ''
  const note =
    'Below each owner stands what it alone keeps alive, as wide as it is large. Click or press Enter to look inside, Escape to go back.'
  return section('owners', 'Retained memory by owner', note, icicle(owners))
}

function lifecyclesOf() {
  const { lifecycles } = parts
  if (!lifecycles?.some((/** @type {any} */ { retained }) => retained > 0)) return ''
  const columns = /** @type {const} */ (['kind', 'begun', 'followed', 'over', 'retained', 'collected'])
  const row = (/** @type {any} */ one) =>
    h('tr', {}, ...columns.map((key) => h('td', {}, key === 'kind' ? one.kind : count(one[key]))))
  const heads = columns.map((key) => h('th', { scope: 'col' }, key[0].toUpperCase() + key.slice(1)))
  const table = h('table.plain', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...lifecycles.map(row)))
  const note =
    'Requests, sockets, streams, processes and threads of which a few are followed. Retained: over, and alive after two major GCs.'
  return section('lifecycles', 'Should be gone', note, table)
}

function countsOf() {
  const { counts } = parts
  if (!counts) return ''
  const table = grid({
    label: 'live counts',
    rows: counts,
    heightMax: 440,
    textOf: (row) => `${row.label} ${poolOf(row)} ${placeOf(row)} ${row.function ?? ''} ${row.thread ?? ''}`,
    choices: { label: 'types', of: poolOf },
    columns: [
      {
        key: 'what',
        title: 'What',
        cell: ({ label, thread }) => (thread ? `${label} (${thread})` : label),
        order: ({ label }) => label
      },
      { key: 'kind', title: 'Type', cell: poolOf, order: poolOf },
      { key: 'where', title: 'Made at', cell: (row) => fileCell(placeOf(row)), order: placeOf },
      { key: 'grew', title: 'Live', isNumber: true, cell: ({ live }) => count(live), order: ({ live }) => live },
      {
        key: 'rate',
        title: 'Most',
        isNumber: true,
        cell: ({ highWater, live }) => count(highWater ?? live),
        order: ({ highWater, live }) => highWater ?? live
      }
    ]
  })
  const element = section(
    'counts',
    'Live counts',
    'Listeners, timers, handles, collections and caches that are there now, by the line that made them.',
    table.element
  )
  return { table, element }
}

function foot() {
  const { findings, examined, allowed } = report
  const lines = findings.length > 0 ? examined : []
  return h(
    'footer',
    {},
    lines.length > 0 ? h('p', {}, examinedText(lines)) : '',
    allowed ? h('p', {}, `${count(allowed)} known ${allowed === 1 ? 'finding is' : 'findings are'} allowed.`) : '',
    h('p', {}, 'Made by leakguard. This page holds all it shows and asks nobody for anything.')
  )
}

const findings = findingsTable()
const counts = countsOf()
const open = (/** @type {any} */ finding) => {
  findings?.table.filter.dispatchEvent(new Event('input'))
  findings?.table.show(finding)
  findings?.element.scrollIntoView({ block: 'start' })
}
/** A part that cannot be drawn leaves the others there. @template T @param {() => T} draw @returns {T | string} */
function part(draw) {
  try {
    return draw()
  } catch {
    return h('p.note', {}, 'A part of this report cannot be shown.')
  }
}
page.append(
  ...[
    part(head),
    part(() => linesToChange(open)),
    findings?.element ?? '',
    part(plotsOf),
    part(lifecyclesOf),
    part(ownersOf),
    counts ? counts.element : '',
    part(foot)
  ].filter((one) => one !== '')
)
findings?.table.redraw()
if (counts) counts.table.redraw()
for (const one of plots) one.draw()

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const one of plots) one.draw()
})
let isDue = false
addEventListener('resize', () => {
  if (isDue) return
  isDue = true
  requestAnimationFrame(() => {
    isDue = false
    for (const one of plots) one.resize()
  })
})
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
  if (event.key !== '/' || isTyping || !findings?.table.filter.isConnected) return
  event.preventDefault()
  findings.table.filter.focus()
})

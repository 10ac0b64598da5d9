// @ts-check
// The page of a report: the verdict and the lines to change first, with code, cause and fix; then what has no line, all
// findings where there are many, memory, owners and counts.

import 'uplot/dist/uPlot.min.css'
import './style.css'
import { headerRows, headerText } from '../lib/report/format/header.js'
import { isOwn, lineFirst, lineToChange } from '../lib/report/format/own-code.js'
import { h, section } from './dom.mjs'
import { details, nameOf } from './finding.mjs'
import { amount, count, lineText, placeOf, rate, setRoot, shorten } from './format.mjs'
import { grid } from './grid.mjs'
import { icicle } from './icicle.mjs'
import { poolOf, thingOf } from './names.mjs'
import { LINES_MAX as PLOTTED_MAX, plotTogether } from './plot.mjs'
import { classesOf, leakedOf, lifecyclesOf, rungsOf } from './tables.mjs'

/** So many findings are told in full; of more the first ones, and there is a table. */
const FULL_MAX = 8
const FIRST_MAX = 5
/** Lines of a list that are written out. */
const LINES_MAX = 1000
const ORDER = ['certain', 'likely', 'possible']
const VERDICTS = {
  clean: 'Nothing grows without bound',
  leaking: 'This program leaks memory',
  undecided: 'Not decided yet'
}

const report = JSON.parse(/** @type {HTMLElement} */ (document.getElementById('report')).textContent ?? '')
/** Series, counts, owners and life cycles, where there are some. */
const parts = report.details ?? {}
setRoot(report.cwd)
const page = /** @type {HTMLElement} */ (document.getElementById('page'))
/** What has to be drawn anew when the width or the colours change. @type {{ element: HTMLElement, draw: () => void, resize: () => void }[]} */
let plots = []
/** Whether what is drawn stands in the document already. */
let isShown = false

const byFingerprint = new Map((parts.series ?? []).map((/** @type {any} */ one) => [one.fingerprint, one]))
const findings = lineFirst(/** @type {any[]} */ (report.findings))
const isMany = findings.length > FULL_MAX
const firstMax = isMany ? FIRST_MAX : FULL_MAX
// Those that have one come first.
const withLine = findings.slice(0, firstWithout(findings))

/** Where those begin that have no line: of very many, none is asked twice. @param {any[]} of */
function firstWithout(of) {
  let [from, to] = [0, of.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (lineToChange(of[middle])) from = middle + 1
    else to = middle
  }
  return from
}

/** @type {import('./finding.mjs').Context} */
const context = {
  sources: report.sources ?? [],
  seriesOf: ({ fingerprint }) => {
    const series = byFingerprint.get(fingerprint)
    return series?.points.length > 1 ? series : undefined
  },
  spanOf(finding) {
    const series = byFingerprint.get(finding.fingerprint)
    if (series?.x === 'seconds' && series.points.length > 1) return series.points.at(-1)[0] - series.points[0][0]
    return parts.header && parts.header.durationMs / 1000
  },
  drawn(one) {
    plots = [...plots.filter(({ element }) => element.isConnected || !isShown), one]
    if (isShown) requestAnimationFrame(one.draw)
  }
}

/** The name of a file first: its folder is what may be cut. @param {string} place */
function fileCell(place) {
  const at = Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\'))
  const folder = at > 0 ? h('span.note', {}, ` ${place.slice(0, at)}`) : ''
  return h('span', { title: place }, h('code', {}, place.slice(at + 1)), folder)
}

/** @param {any[]} examined */
const examinedText = (examined) => `Examined ${examined.map((line) => shorten(lineText(line))).join('; ')}.`

function head() {
  const { verdict, examined, undecided } = report
  const many = findings.length === 1 ? '1 finding' : `${count(findings.length)} findings`
  const rows = parts.header ? headerRows(parts.header) : []
  const list = h('dl.of', {}, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
  return h(
    'header.top',
    {},
    h(
      'div.title',
      {},
      h('h1', {}, VERDICTS[/** @type {keyof typeof VERDICTS} */ (verdict)] ?? verdict),
      h('p.verdict', {}, h(`span.badge.${verdict}`, {}, verdict), findings.length > 0 ? many : '')
    ),
    parts.header && h('details.about', {}, h('summary', {}, headerText(parts.header)), list),
    findings.length === 0 && examined.length > 0 ? h('p.lead', {}, examinedText(examined)) : '',
    ...undecided.slice(0, LINES_MAX).map((/** @type {any} */ line) => h('p.lead', {}, shorten(lineText(line))))
  )
}

/** @param {any[]} of @param {(finding: any) => void} open */
function cards(of, open) {
  return h(
    'ol.lines',
    {},
    ...of.map((finding) => {
      if (!isMany) return h('li', {}, details(finding, context, { isOpen: findings.length === 1 }))
      const name = h('button', { type: 'button' }, h('code', {}, nameOf(finding)))
      name.addEventListener('click', () => open(finding))
      return h('li', {}, details(finding, context, { name }))
    })
  )
}

/** @param {(finding: any) => void} open */
function linesToChange(open) {
  const first = withLine.slice(0, firstMax)
  if (first.length === 0) return ''
  const rest = withLine.length - first.length
  const title = withLine.length === 1 ? 'The line to change' : 'The lines to change'
  return section('change', title, '', cards(first, open), rest > 0 && h('p.note', {}, `${count(rest)} more below.`))
}

/** What grows, and no line of the program's own is known. @param {(finding: any) => void} open */
function observations(open) {
  const rest = findings.slice(withLine.length)
  if (rest.length === 0) return ''
  const first = rest.slice(0, Math.max(1, firstMax - withLine.length))
  const note = 'What grows, and no line of your code is known for it.'
  const more = rest.length - first.length
  return section(
    'signs',
    'Observations',
    note,
    cards(first, open),
    more > 0 && h('p.note', {}, `${count(more)} more below.`)
  )
}

function findingsTable() {
  if (!isMany) return
  const pane = h('div.pane', { tabindex: '-1' })
  const rateOf = (/** @type {any} */ { growth }) => growth.perHour ?? growth.perOperation ?? 0
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
        cell: (finding) => rate(finding.growth, context.spanOf(finding)),
        order: rateOf
      }
    ],
    onSelect(finding, isWanted) {
      pane.replaceChildren(details(finding, context, { isOpen: true }))
      if (isWanted && matchMedia('(max-width: 60rem)').matches) {
        pane.scrollIntoView({ block: 'start' })
        pane.focus({ preventScroll: true })
      }
    }
  })
  return { table, element: section('findings', 'All findings', '', h('div.split', {}, table.element, pane)) }
}

/** What no finding shows: series of one unit and one kind of x in one plot. */
function plotsOf() {
  const known = new Set(findings.map(({ fingerprint }) => fingerprint))
  const rest = (parts.series ?? []).filter(
    (/** @type {any} */ { points, fingerprint }) => points.length > 1 && !known.has(fingerprint)
  )
  const drawn = []
  for (const [unit, x] of [
    ['bytes', 'seconds'],
    ['bytes', 'calls'],
    ['count', 'seconds'],
    ['count', 'calls']
  ]) {
    const all = rest.filter((/** @type {any} */ one) => one.unit === unit && one.x === x)
    const title = `${unit === 'bytes' ? 'Memory' : 'Counts'}${x === 'calls' ? ', by calls' : ''}`
    for (let at = 0; at < all.length; at += PLOTTED_MAX)
      drawn.push(plotTogether(all.slice(at, at + PLOTTED_MAX), title))
  }
  if (drawn.length === 0) return ''
  for (const one of drawn) context.drawn(one)
  const note = 'Drag across a plot to look closer; double-click to see all of it.'
  return section('series', 'Memory over time', note, h('div.plots', {}, ...drawn.map(({ element }) => element)))
}

function ownersOf() {
  const { owners, classes } = parts
  const hasOwners = owners?.[0]?.depth === 0
  if (!hasOwners) return classes ? section('owners', 'Memory by class', '', classesOf(classes)) : ''
  const note =
    'Below each owner stands what it alone keeps alive, as wide as it is large; what leaks is red. Click or press Enter to look inside, Escape to go back.'
  return section(
    'owners',
    'Retained memory by owner',
    note,
    h(`div${classes ? '.beside' : ''}`, {}, icicle(owners, findings), classesOf(classes))
  )
}

function countsOf() {
  const { counts } = parts
  if (!counts) return
  const name = (/** @type {any} */ { label, pool, thread }) => `${thingOf(label, pool)}${thread ? ` (${thread})` : ''}`
  const place = (/** @type {any} */ row) => (isOwn(row.file) ? placeOf(row) : '')
  const table = grid({
    label: 'live counts',
    rows: counts,
    heightMax: 440,
    textOf: (row) => `${name(row)} ${row.label} ${poolOf(row)} ${placeOf(row)} ${row.function ?? ''}`,
    choices: { label: 'types', of: poolOf },
    columns: [
      { key: 'what', title: 'What', cell: (row) => h('span', { title: row.label }, name(row)), order: name },
      { key: 'kind', title: 'Type', cell: poolOf, order: poolOf },
      { key: 'where', title: 'Made at', cell: (row) => fileCell(place(row)), order: place },
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
  const note = 'Listeners, timers, handles, collections and caches that are there now, by the line that made them.'
  return { table, element: section('counts', 'Live counts', note, table.element) }
}

function foot() {
  const { examined, allowed } = report
  const lines = findings.length > 0 ? examined : []
  return h(
    'footer',
    {},
    lines.length > 0 ? h('p', {}, examinedText(lines)) : '',
    allowed ? h('p', {}, `${count(allowed)} known ${allowed === 1 ? 'finding is' : 'findings are'} allowed.`) : '',
    h('p', {}, 'Made by leakguard. This page holds all it shows and asks nobody for anything.')
  )
}

/** A part that cannot be drawn leaves the others there. @template T @param {() => T} draw @returns {T | string} */
function part(draw) {
  try {
    return draw()
  } catch {
    return h('p.note', {}, 'A part of this report cannot be shown.')
  }
}

const table = findingsTable()
const counts = countsOf()
const open = (/** @type {any} */ finding) => {
  table?.table.filter.dispatchEvent(new Event('input'))
  table?.table.show(finding)
  table?.element.scrollIntoView({ block: 'start' })
}
page.append(
  ...[
    part(head),
    part(() => linesToChange(open)),
    part(() => observations(open)),
    table?.element ?? '',
    part(plotsOf),
    part(() => leakedOf(findings)),
    part(() => lifecyclesOf(parts.lifecycles)),
    part(ownersOf),
    counts ? counts.element : '',
    part(() => rungsOf(parts.rungs)),
    part(foot)
  ].filter((one) => one !== '')
)
table?.table.redraw()
if (counts) counts.table.redraw()
isShown = true
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
/** On paper nothing can be opened, and nothing scrolls. @type {Element[]} */
const closed = []
addEventListener('beforeprint', () => {
  closed.push(...document.querySelectorAll('details:not([open])'))
  for (const one of closed) one.setAttribute('open', '')
  table?.table.print(true)
  counts?.table.print(true)
})
addEventListener('afterprint', () => {
  for (const one of closed.splice(0)) one.removeAttribute('open')
  table?.table.print(false)
  counts?.table.print(false)
})
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
  if (event.key !== '/' || isTyping || !table?.table.filter.isConnected) return
  event.preventDefault()
  table.table.filter.focus()
})

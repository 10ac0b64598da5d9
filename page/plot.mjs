// @ts-check
// Series as a plot: readings, floors after collections, the fitted line; marked with the onset, collections, captures and the
// limit. Several of one unit share one plot, each in a colour of its own.

import uPlot from 'uplot'
import { h } from './dom.mjs'
import { amount, count, duration } from './format.mjs'
import { titleOf } from './names.mjs'

const HEIGHT_PX = 170
/** Colours of lines that share a plot, and how many may. */
const COLOURS = ['accent', 'red', 'green', 'amber', 'muted', 'faint']
export const LINES_MAX = COLOURS.length
/** More collections than this are no marks but a band. */
const TICKS_MAX = 60
/** Between marks of time, in seconds. */
const STEPS_S = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200],
  ...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * 86_400)
]

/** A colour of the page, as it is now. @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** One series with all that is known of it. @param {any} series @param {{ title?: string, heightPx?: number }} [options] */
export const plot = (series, { title = titleOf(series.name), heightPx } = {}) =>
  drawing(series, partsOf(series), { title, heightPx })

/** Several series of one unit and one kind of x. @param {any[]} all @param {string} title */
export function plotTogether(all, title) {
  const parts = all.map((series, i) => ({
    kind: `line${i}`,
    label: titleOf(series.name),
    data: columns(series.points)
  }))
  const floors = all.find((series) => series.floors)?.floors
  const told = all.map((series) => ({ ...series, name: titleOf(series.name) }))
  return drawing(
    { ...all[0], floors, trend: undefined, onset: undefined, limit: all.find(({ limit }) => limit)?.limit },
    parts,
    { title, told }
  )
}

/**
 * @param {any} series whose marks are drawn @param {{ kind: string, label: string, data: [number[], number[]] }[]} parts @param {{ title: string, heightPx?: number, told?: any[] }} options
 *   `told`: what the picture shows
 */
function drawing(series, parts, { title, heightPx = HEIGHT_PX, told = [series] }) {
  const { unit, x } = series
  const at = (/** @type {number} */ value) => (x === 'calls' ? `${count(value)} calls` : duration(value))
  const level = (/** @type {number} */ value) => amount(value, unit)
  const readout = h('span.note.readout', { 'aria-hidden': 'true' })
  const canvas = h('div.canvas', { role: 'img', 'aria-label': told.map((one) => summary(one, at, level)).join('. ') })
  const marks = marksOf(series)
  const keys = parts.length + marks.length > 1 ? [...parts, ...marks] : []
  const legend = h('ul.legend', {}, ...keys.map(({ label, kind }) => h('li', {}, h(`span.mark.${kind}`), label)))
  const figure = h('figure.plot', {}, h('figcaption', {}, h('strong', {}, title), legend, readout), canvas)
  const data = parts.length === 1 ? parts[0].data : uPlot.join(parts.map((part) => part.data))
  /** @type {uPlot | undefined} */
  let drawn

  function draw() {
    drawn?.destroy()
    const [ink, muted, grid] = [colour('text'), colour('muted'), colour('line')]
    const font = `12px ${colour('sans') || 'system-ui'}`
    const width = canvas.clientWidth || 600
    const axis = { stroke: muted, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } }
    const levels = (/** @type {any} */ _, /** @type {number[]} */ values) => values.map(level)
    const times = (/** @type {any} */ _, /** @type {number[]} */ values) =>
      values.map((value) => (x === 'calls' ? count(value) : duration(value)))
    drawn = new uPlot(
      {
        width,
        height: heightPx,
        legend: { show: false },
        cursor: { drag: { x: true, y: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: { range: (_, low, high) => rangeOf(low, high, series) } },
        axes: [
          { ...axis, values: times, size: 30, space: 80, incrs: x === 'calls' ? undefined : STEPS_S },
          { ...axis, values: levels, size: unit === 'bytes' ? 72 : 52, space: 34 }
        ],
        series: [{}, ...parts.map((part) => lineOf(part.kind, parts.length))],
        hooks: {
          draw: [(/** @type {uPlot} */ self) => mark(self, series, ink)],
          setCursor: [
            (/** @type {uPlot} */ self) => {
              const index = self.cursor.idx
              if (index == null) return void readout.replaceChildren()
              const values = parts.map((_, i) => self.data[i + 1][index]).filter((value) => value != null)
              const shown = told.length > 1 ? values : values.slice(0, 1)
              readout.textContent =
                shown.length > 0 ? `${at(self.data[0][index])}: ${shown.map((v) => level(Number(v))).join(', ')}` : ''
            }
          ]
        }
      },
      /** @type {any} */ (data),
      canvas
    )
  }
  return {
    element: figure,
    draw,
    resize: () => drawn?.setSize({ width: canvas.clientWidth || 600, height: heightPx })
  }
}

/** @param {[number, number][]} points */
const columns = (points) => /** @type {[number[], number[]]} */ ([points.map((p) => p[0]), points.map((p) => p[1])])

/** @param {any} series */
function partsOf({ points, floors, trend }) {
  const isAlone = !(floors?.length > 1) && !(trend?.length > 1)
  const parts = [{ kind: isAlone ? 'line0' : 'readings', label: 'readings', data: columns(points) }]
  if (floors?.length > 1) parts.push({ kind: 'floors', label: 'after collections', data: columns(floors) })
  if (trend?.length > 1) parts.push({ kind: 'trend', label: 'fitted trend', data: columns(trend) })
  return parts
}

/** What is marked beside the lines. @param {any} series */
function marksOf({ floors, collections, onset, captures, limit }) {
  return [
    (floors ?? collections)?.length > 0 && { kind: 'collection', label: 'major GC' },
    captures?.length > 0 && { kind: 'capture', label: 'heap captured' },
    onset !== undefined && { kind: 'onset', label: 'onset' },
    limit !== undefined && { kind: 'limit', label: 'memory limit' }
  ].filter(Boolean)
}

/** @param {string} kind @param {number} many */
function lineOf(kind, many) {
  const at = /^line(\d+)$/.exec(kind)?.[1]
  if (at !== undefined)
    return { stroke: colour(COLOURS[Number(at)]), width: many > 1 ? 1.5 : 2, spanGaps: true, points: { show: false } }
  if (kind === 'floors')
    return {
      stroke: colour('accent'),
      width: 1.5,
      spanGaps: true,
      points: { show: true, size: 4, fill: colour('accent') }
    }
  if (kind === 'trend')
    return { stroke: colour('red'), width: 2, dash: [6, 4], spanGaps: true, points: { show: false } }
  return { stroke: colour('faint'), width: 1.25, spanGaps: true, points: { show: false } }
}

/** @param {number | null} low @param {number | null} high @param {any} series @returns {[number, number]} */
function rangeOf(low, high, { limit }) {
  const [least, most] = [low ?? 0, high ?? 1]
  // A limit far away would press the curve flat.
  const top = limit && limit < most + (most - least) * 2 ? Math.max(most, limit) : most
  const room = (top - least || Math.abs(top) || 1) * 0.06
  return [Math.max(least - room, least >= 0 ? 0 : least - room), top + room]
}

/** @param {uPlot} self @param {any} series @param {string} ink */
function mark(self, { onset, limit, floors, collections, captures }, ink) {
  const { ctx, bbox } = self
  const line = (/** @type {[number, number, number, number]} */ [x1, y1, x2, y2], /** @type {string} */ stroke) => {
    ctx.save()
    ctx.strokeStyle = stroke
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(x1, y1)
    ctx.lineTo(x2, y2)
    ctx.stroke()
    ctx.restore()
  }
  const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
    ctx.save()
    ctx.fillStyle = ink
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = x > bbox.left + bbox.width * 0.8 ? 'right' : 'left'
    ctx.fillText(text, x + (ctx.textAlign === 'right' ? -6 : 6), y)
    ctx.restore()
  }
  const bottom = bbox.top + bbox.height
  const isSeen = (/** @type {number} */ x) => x >= bbox.left && x <= bbox.left + bbox.width
  /** @type {number[]} */
  const collected = floors?.map((/** @type {[number, number]} */ [at]) => at) ?? collections ?? []
  const ticks = collected.map((at) => self.valToPos(at, 'x', true)).filter(isSeen)
  for (const x of ticks.length > TICKS_MAX ? [] : ticks) {
    ctx.fillStyle = colour('accent')
    ctx.fillRect(x - devicePixelRatio / 2, bottom - 7 * devicePixelRatio, devicePixelRatio, 7 * devicePixelRatio)
  }
  for (const at of captures ?? []) {
    const x = self.valToPos(at, 'x', true)
    if (isSeen(x)) line([x, bbox.top, x, bottom], colour('amber'))
  }
  if (onset !== undefined) {
    const x = self.valToPos(onset, 'x', true)
    if (isSeen(x)) {
      line([x, bbox.top, x, bottom], ink)
      write('onset', x, bbox.top + 14 * devicePixelRatio)
    }
  }
  if (limit !== undefined) {
    const y = self.valToPos(limit, 'y', true)
    if (y >= bbox.top && y <= bbox.top + bbox.height) {
      line([bbox.left, y, bbox.left + bbox.width, y], colour('red'))
      write('limit', bbox.left, y - 4 * devicePixelRatio)
    }
  }
}

/** What the picture shows, for those who do not see it. @param {any} series @param {(v: number) => string} at @param {(v: number) => string} level */
function summary({ name, points, floors, trend, onset }, at, level) {
  const levels = floors?.length > 1 ? floors : points
  const [first, last] = [levels[0], levels[levels.length - 1]]
  const rise =
    trend?.length > 1 ? `, rises from ${at(onset)} on: fitted ${level(trend[0][1])} to ${level(trend[1][1])}` : ''
  return `${titleOf(name)}: ${level(first[1])} at ${at(first[0])}, ${level(last[1])} at ${at(last[0])}${rise}`
}

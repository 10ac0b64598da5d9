// @ts-check
// A series as a plot: readings, floors after collections, the fitted line, the onset, the limit.

import uPlot from 'uplot'
import { h } from './dom.mjs'
import { amount, count, duration } from './format.mjs'

const HEIGHT_PX = 220
/** Between marks of time, in seconds. */
const STEPS_S = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200],
  ...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * 86_400)
]

/** A colour of the page, as it is now. @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** @param {any} series */
export function plot(series) {
  const { name, unit, x } = series
  const at = (/** @type {number} */ value) => (x === 'calls' ? `${count(value)} calls` : duration(value))
  const level = (/** @type {number} */ value) => amount(value, unit)
  const parts = partsOf(series)
  const readout = h('span.note.readout', { 'aria-hidden': 'true' })
  const canvas = h('div.canvas', { role: 'img', 'aria-label': summary(series, at, level) })
  const legend = h('ul.legend', {}, ...parts.map(({ label, kind }) => h('li', {}, h(`span.mark.${kind}`), label)))
  const figure = h('figure.plot', {}, h('figcaption', {}, h('strong', {}, name), legend, readout), canvas)
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
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { drag: { x: true, y: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: { range: (_, low, high) => rangeOf(low, high, series) } },
        axes: [
          { ...axis, values: times, space: 80, incrs: x === 'calls' ? undefined : STEPS_S },
          { ...axis, values: levels, size: 68, space: 40 }
        ],
        series: [{}, ...parts.map((part) => lineOf(part.kind, muted))],
        hooks: {
          draw: [(/** @type {uPlot} */ self) => marks(self, series, ink)],
          setCursor: [
            (/** @type {uPlot} */ self) => {
              const index = self.cursor.idx
              const value =
                index == null ? undefined : parts.map((_, i) => self.data[i + 1][index]).find((v) => v != null)
              readout.textContent = index == null || value == null ? '' : `${at(self.data[0][index])}: ${level(value)}`
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
    resize: () => drawn?.setSize({ width: canvas.clientWidth || 600, height: HEIGHT_PX })
  }
}

/** @param {[number, number][]} points */
const columns = (points) => /** @type {[number[], number[]]} */ ([points.map((p) => p[0]), points.map((p) => p[1])])

/** @param {any} series */
function partsOf({ points, floors, trend }) {
  const parts = [{ kind: 'readings', label: 'readings', data: columns(points) }]
  if (floors?.length > 1) parts.push({ kind: 'floors', label: 'after collections', data: columns(floors) })
  if (trend?.length > 1) parts.push({ kind: 'trend', label: 'fitted trend', data: columns(trend) })
  return parts
}

/** @param {string} kind @param {string} muted */
function lineOf(kind, muted) {
  if (kind === 'floors')
    return {
      stroke: colour('accent'),
      width: 1.5,
      spanGaps: true,
      points: { show: true, size: 4, fill: colour('accent') }
    }
  if (kind === 'trend')
    return { stroke: colour('red'), width: 2, dash: [6, 4], spanGaps: true, points: { show: false } }
  return { stroke: colour('faint') || muted, width: 1.25, spanGaps: true, points: { show: false } }
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
function marks(self, { onset, limit }, ink) {
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
  if (onset !== undefined) {
    const x = self.valToPos(onset, 'x', true)
    if (x >= bbox.left && x <= bbox.left + bbox.width) {
      line([x, bbox.top, x, bbox.top + bbox.height], ink)
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
  return `${name}: ${level(first[1])} at ${at(first[0])}, ${level(last[1])} at ${at(last[0])}${rise}`
}

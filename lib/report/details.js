// @ts-check
// What pictures of a report are drawn from: series, live counts, owners of memory. Bounded. Knows shapes, no verdict.
'use strict'

const { mapPlace } = require('../findings/source-map.js')

/** Points of a series, after the most telling ones were kept. */
const POINTS_MAX = 400
/** Series, counts and owners of a report. */
const SERIES_MAX = 24
const COUNTS_MAX = 200
/** How finely owners are told apart: how many in all, beside each other, and below each other; the least share of the heap. */
const OWNERS_FINENESS = Object.freeze({
  ownersMax: 400,
  besideMax: 16,
  shareMin: 0.0005,
  depthMax: 24,
  placesScopes: false
})
/** Classes that changed from the first heap to the last. */
const CLASSES_MAX = 40
/** Moments that are marked in a series. */
const MARKS_MAX = 100

/** @typedef {import('../..').ReportSeries} ReportSeries */
/** @typedef {[number, number][]} Points */

/**
 * Fewer points: of each stretch of time its smallest and its largest.
 * @param {Points} points in the order of time @returns {Points}
 */
function thinned(points) {
  if (points.length <= POINTS_MAX) return points
  /** @type {Points} */
  const kept = []
  const stretches = POINTS_MAX / 2
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * points.length) / stretches)
    const to = Math.floor(((i + 1) * points.length) / stretches)
    let [low, high] = [from, from]
    for (let at = from; at < to; at++) {
      if (points[at][1] < points[low][1]) low = at
      if (points[at][1] > points[high][1]) high = at
    }
    kept.push(...[...new Set([Math.min(low, high), Math.max(low, high)])].map((at) => points[at]))
  }
  return kept
}

/** Numbers by turns, the first of each pair in milliseconds. @param {number[]} flat @param {number} startMs @returns {Points} */
function pairs(flat, startMs) {
  /** @type {Points} */
  const points = []
  for (let at = 0; at + 1 < flat.length; at += 2) points.push([Math.round(flat[at] - startMs) / 1000, flat[at + 1]])
  return points
}

/** @param {string} label of the ledger: the event and, on a line of its own, the class */
const nameOf = (label) => label.split('\n').filter(Boolean).join(' of ')

/** Moments in seconds, the last of them; nothing where there is none. @param {'collections' | 'captures'} name @param {number[]} timesMs @param {number} startMs */
function marks(name, timesMs, startMs) {
  const seconds = [...new Set(timesMs.map((ms) => Math.round(ms - startMs) / 1000))].filter((at) => at >= 0)
  return seconds.length > 0 ? { [name]: seconds.sort((a, b) => a - b).slice(-MARKS_MAX) } : {}
}

/**
 * Series of a check: the memory floors of the thread, and the counts of what grows; with the collections that floors are of.
 * @param {{ name: string, points: number[] }[]} floors
 * @param {{ name: string, unit: 'count' | 'bytes', points: number[], fingerprint: string }[]} grown
 * @param {readonly ReportSeries[]} trends what is drawn of memory already
 * @param {number[]} [capturedMs] when heaps were captured
 * @returns {ReportSeries[]}
 */
function seriesOfCheck(floors, grown, trends = [], capturedMs = []) {
  const starts = [...floors, ...grown].map(({ points }) => points[0]).filter((start) => start !== undefined)
  const startMs = Math.min(...starts)
  const collectedMs = floors.find(({ name }) => name === 'heapUsed')?.points.filter((_, i) => i % 2 === 0) ?? []
  const marked = { ...marks('collections', collectedMs, startMs), ...marks('captures', capturedMs, startMs) }
  const counted = grown.filter(({ unit, points }) => unit === 'count' && points.length >= 4)
  const ofFindings = counted
    .slice(0, SERIES_MAX - floors.length - trends.length)
    .map(({ name, points, fingerprint }) => ({
      name,
      unit: /** @type {const} */ ('count'),
      x: /** @type {const} */ ('seconds'),
      points: thinned(pairs(points, startMs)),
      ...marked,
      fingerprint
    }))
  const ofMemory = floors.flatMap(({ name, points }) => {
    if (points.length < 4 || trends.some((trend) => trend.name === name)) return []
    const finding = grown.find((one) => one.unit === 'bytes' && one.name === name)
    const read = pairs(points, startMs)
    const linked = finding ? { fingerprint: finding.fingerprint } : {}
    return [
      {
        name,
        unit: /** @type {const} */ ('bytes'),
        x: /** @type {const} */ ('seconds'),
        points: read,
        ...marked,
        ...linked
      }
    ]
  })
  return [...ofFindings, ...ofMemory]
}

/**
 * Memory at rest after each round of a measurement, against the calls so far.
 * @param {{ memory: Record<string, Float64Array>, doses: number[] }} trial @returns {ReportSeries[]}
 */
function seriesOfTrial({ memory, doses }) {
  if (doses.length < 2) return []
  const calls = [0]
  for (const dose of doses) calls.push(calls[calls.length - 1] + dose)
  const [unit, x] = [/** @type {const} */ ('bytes'), /** @type {const} */ ('calls')]
  return Object.entries(memory).flatMap(([name, readings]) => {
    const points = calls.map((at, i) => /** @type {[number, number]} */ ([at, readings[i]]))
    return points.every(([, value]) => value === 0) ? [] : [{ name: `${name} at rest`, unit, x, points }]
  })
}

/** @param {ReturnType<typeof import('../../native.js').live>} live @returns {import('../..').ReportCount[]} */
function countsOf(live) {
  return live.map(({ thread, pool, label, live: now, highWater, site }) => {
    const place = site ? mapPlace(site) : undefined
    return {
      pool,
      label: nameOf(label),
      live: now,
      highWater,
      ...(thread ? { thread } : {}),
      ...(place?.file ? { file: place.file, line: place.line, column: place.column } : {}),
      ...(place?.file && place.function ? { function: place.function } : {})
    }
  })
}

/** @param {import('../../native.js').NativeOwner[]} owners in preorder @returns {import('../..').ReportOwner[]} */
function ownersOf(owners) {
  return owners.map(({ depth, name, class: of, count, retainedBytes, file, line, column }) => {
    const place = file && line ? mapPlace({ function: '', file, portable: '', line, column: column ?? 1 }) : undefined
    return {
      depth,
      ...(name ? { name } : {}),
      class: of || '(other)',
      count,
      retainedBytes,
      ...(place?.file ? { file: place.file, line: place.line } : {})
    }
  })
}

module.exports = { CLASSES_MAX, COUNTS_MAX, OWNERS_FINENESS, countsOf, ownersOf, seriesOfCheck, seriesOfTrial, thinned }

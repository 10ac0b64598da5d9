// @ts-check
// What copies of the process say of memory that grows, as evidence: what became more between two censuses, and
// what holds most of a captured heap, redacted. Knows no trend, and not when it is asked.
'use strict'

const { setTimeout: wait } = require('node:timers/promises')
const { nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { isOwn } = require('../base/own.js')

/** Lines of a captured heap, of what keeps at least this share of it. */
const HELD_MAX = 3
const HELD_SHARE = 0.05
/** Lines of what two censuses differ in. */
const GROWN_MAX = 3
/** Classes that everything is made of. */
const COMMON = new Set(['Object', 'Array', 'Function', 'Promise'])
/** Buffers that became more by less are not told, in bytes. */
const BYTES_MIN = 1e6
/** @typedef {import('../findings/facts').Tagged} Tagged */
/** A census, or why there is none; and when that was. @typedef {{ census?: import('../heap/census.js').HeapCensusLike, why?: string, atMs: number }} Census */

/** Never rejects. @returns {Promise<Census>} */
async function takeCensus() {
  try {
    const { countHeap } = require('../heap/heap.js')
    const census = await countHeap({ mode: 'fork' })
    return { census, atMs: nowMs() }
  } catch (error) {
    return { why: messageOf(error), atMs: nowMs() }
  }
}

/**
 * @param {Promise<Census>} earlier @param {number} windowMs that lies between two censuses at least
 * @param {boolean} isWhole whether a heap is to be captured, too
 * @returns {Promise<Tagged[]>}
 */
async function explain(earlier, windowMs, isWhole) {
  const before = await earlier
  if (before.census) await wait(Math.max(0, before.atMs + windowMs - nowMs()), undefined, { ref: false })
  const after = before.census ? await takeCensus() : before
  const why = after.why
  const counted = why ? [{ type: 'notSeen', what: 'census', why }] : grownBetween(before, after)
  return [...counted, ...(isWhole ? await heldMost() : [])]
}

/** What became most from one census to the next. @param {Census} before @param {Census} after @returns {Tagged[]} */
function grownBetween(before, after) {
  if (!before.census || !after.census) return []
  const seconds = Math.max(1, Math.round((after.atMs - before.atMs) / 1000))
  const grown = after.census.grownSince(before.census)
  const telling = grown.filter(({ kind, name }) => kind !== 'class' || !COMMON.has(name))
  const bytes = telling.filter(({ kind, from, to }) => kind === 'buffer' && to - from > BYTES_MIN)
  const counts = telling.filter(({ kind }) => kind !== 'buffer')
  return [...bytes, ...counts]
    .slice(0, GROWN_MAX)
    .map(({ kind, name, from, to }) => ({ type: 'census', of: kind, name, from, to, seconds }))
}

/** What holds most of a heap that was captured in a child, redacted; never rejects. @returns {Promise<Tagged[]>} */
async function heldMost() {
  try {
    const { HeapGraph, captureHeap } = require('../heap/heap.js')
    const graph = await captureHeap({ mode: 'fork', redact: true })
    try {
      const held = holders(await HeapGraph.ownersOf(graph))
      if (held.length > 0) return held
      const classes = graph.classes({ limit: HELD_MAX })
      return classes.map(({ name, count, retainedBytes }) => ({ type: 'owner', class: name, count, retainedBytes }))
    } finally {
      graph.dispose()
    }
  } catch (error) {
    return [{ type: 'notSeen', what: 'heap', why: messageOf(error) }]
  }
}

/**
 * Variables, fields and properties that keep most: one fact each, none for what is held by one that has one.
 * @param {import('../..').ReportOwner[]} owners in preorder @returns {Tagged[]}
 */
function holders(owners) {
  const least = (owners[0]?.retainedBytes ?? 0) * HELD_SHARE
  const ranked = owners
    .map((owner, at) => ({ ...owner, at, end: endOf(owners, at) }))
    .filter(({ name, class: of, retainedBytes, file }) => {
      return name && !of.startsWith('(') && retainedBytes >= least && !(file && isOwn(file))
    })
    .sort((a, b) => b.retainedBytes - a.retainedBytes || a.at - b.at)
  /** @type {typeof ranked} */
  const chosen = []
  for (const one of ranked) {
    const isTold = chosen.some(({ at, end }) => one.at > at && one.at < end)
    if (!isTold && chosen.length < HELD_MAX) chosen.push(one)
  }
  return chosen.map(({ name, class: of, count, retainedBytes, at, end, file, line }) => {
    const inside = owners.slice(at + 1, end).filter(({ depth }) => depth === owners[at].depth + 1)
    const most = inside.find((one) => inside.every((other) => other.retainedBytes <= one.retainedBytes))
    const above = owners.slice(0, at).findLast(({ depth }) => depth === owners[at].depth - 1)
    return {
      type: 'owner',
      name,
      class: of,
      count,
      retainedBytes,
      ...(above && !above.class.startsWith('(') ? { within: above.class } : {}),
      ...(file ? { place: { file, line } } : {}),
      ...(most ? { most: { class: most.class, count: most.count, retainedBytes: most.retainedBytes } } : {})
    }
  })
}

/** Where what an owner holds ends in the list. @param {import('../..').ReportOwner[]} owners @param {number} at */
function endOf(owners, at) {
  const next = owners.findIndex(({ depth }, i) => i > at && depth <= owners[at].depth)
  return next === -1 ? owners.length : next
}

module.exports = { explain, holders, takeCensus }

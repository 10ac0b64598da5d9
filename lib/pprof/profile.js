// @ts-check
// A profile of this process or of a heap: what holds memory, what leaks, what was allocated. Knows where each comes from.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { messageOf } = require('../base/entry.js')
const { LeakguardError } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { service } = require('../base/service.js')
const { HeapGraph } = require('../heap/graph.js')
const { whyNot } = require('../heap/unasked.js')
const { encode } = require('./encode.js')
const { Frames } = require('./frames.js')
const { inuseSamples, readSampler } = require('./inuse.js')
const { leakSamples } = require('./leaks.js')
const { retainedSamples } = require('./retained.js')

// Taken when the file loads: a program may have a clock of its own later.
const { now } = Date

/** Owners are told so finely: profiles are read by programs. */
const FINENESS = Object.freeze({
  ownersMax: 4000,
  besideMax: 64,
  shareMin: 0.0001,
  depthMax: 128,
  placesScopes: true
})

const RULES = Object.freeze({
  type: { type: /** @type {const} */ ('enum'), values: ['all', 'retained', 'leaks', 'inuse'], default: 'all' },
  mode: { type: /** @type {const} */ ('enum'), values: ['auto', 'fork', 'inline'], default: 'auto' },
  force: { type: /** @type {const} */ ('boolean'), default: false },
  signal: { type: /** @type {const} */ ('signal'), default: undefined }
})

/** What each type counts. @type {Record<string, string[]>} */
const COUNTED = {
  retained: ['retained_objects', 'retained_space'],
  leaks: ['leak_objects', 'leak_space'],
  inuse: ['inuse_objects', 'inuse_space']
}

/** The profile of a graph, which was redacted when it was read. Whose heap it is no snapshot says. @param {import('../heap/graph.js').HeapGraphLike} graph @param {string} program @param {number} atMs @returns {Promise<Uint8Array>} */
async function profileOfGraph(graph, program, atMs) {
  const frames = new Frames()
  const samples = retainedSamples(await HeapGraph.countedOwnersOf(graph, FINENESS), frames)
  return encode({ samples, frames, types: COUNTED.retained, atMs, durationMs: 0, program })
}

/** @param {Record<string, any>} options @param {import('./frames.js').FramesLike} frames */
async function retainedNow({ mode, force, signal }, frames) {
  const { captureHeap } = require('../heap/heap.js')
  const graph = await captureHeap({ mode, force, signal, redact: true })
  try {
    const samples = retainedSamples(await HeapGraph.countedOwnersOf(graph, FINENESS), frames)
    const { mode: how, pauseMs } = /** @type {any} */ (graph.capture)
    return { samples, comment: `heap: ${how}, the program paused for ${Math.round(pauseMs)} ms` }
  } finally {
    graph.dispose()
  }
}

/** @param {boolean} isNeeded @param {import('./frames.js').FramesLike} frames */
function inuseNow(isNeeded, frames) {
  const { profile, why } = readSampler()
  if (profile) return inuseSamples(profile, frames)
  if (!isNeeded) return undefined
  throw new LeakguardError(
    'ERR_LEAKGUARD_NO_SAMPLER',
    `profile: ${why}; start one first, as node --heap-prof does, or ask for another type`
  )
}

/** @typedef {{ bytes: Uint8Array, atMs: number, type: string }} Taken */

/**
 * @param {() => import('../..').LeakReport} check what is found now @param {unknown} [options] see Guard.profile
 * @returns {Promise<Taken>}
 */
async function profileOf(check, options) {
  const read = readOptions('profile', RULES, options)
  const kinds = read.type === 'all' ? Object.keys(COUNTED) : [read.type]
  return { ...(await taken(check, kinds, read)), type: read.type }
}

/**
 * One that nobody asked for: the heap is that of a copy of the process, within the budget of all such copies; without one where
 * there may be none.
 * @param {() => import('../..').LeakReport} check @param {AbortSignal} signal @returns {Promise<Taken>}
 */
async function profileUnasked(check, signal) {
  const without = async (/** @type {string} */ why) => {
    const comment = `without the heap: ${why}`
    return { ...(await taken(check, ['leaks', 'inuse'], {}, comment)), type: 'leaks' }
  }
  if (!isMainThread) return without('only the main thread can be copied')
  const why = whyNot()
  if (why !== undefined) return without(why)
  try {
    return await profileOf(check, { mode: 'fork', signal })
  } catch (error) {
    if (signal.aborted) throw error
    return without(messageOf(error))
  }
}

/**
 * @param {() => import('../..').LeakReport} check @param {string[]} kinds @param {Record<string, any>} options
 * @param {string} [comment]
 */
async function taken(check, kinds, options, comment) {
  const frames = new Frames()
  const atMs = now()
  const inuse = kinds.includes('inuse') ? inuseNow(options.type === 'inuse', frames) : undefined
  const leaks = kinds.includes('leaks') ? leakSamples(check().findings, frames) : undefined
  const retained = kinds.includes('retained') ? await retainedNow(options, frames) : undefined
  const samples = { inuse, leaks, retained: retained?.samples }
  const types = Object.entries(samples).flatMap(([kind, some]) => (some ? COUNTED[kind] : []))
  const bytes = await encode({
    samples: Object.values(samples).flatMap((some) => some ?? []),
    frames,
    types,
    atMs,
    durationMs: 0,
    service: service(),
    comments: [retained?.comment, comment].filter((line) => line !== undefined)
  })
  return { bytes, atMs }
}

module.exports = { profileOf, profileOfGraph, profileUnasked }

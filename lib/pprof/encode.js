// @ts-check
// Samples -> a profile that pprof's readers take: bounded by rank, labelled with the service, compressed. Knows the form, not
// what is counted.
'use strict'

const crypto = require('node:crypto')
const path = require('node:path')
const { promisify } = require('node:util')
const zlib = require('node:zlib')
const { addon } = require('../base/addon.js')
const { fromAddon } = require('../base/errors.js')
const { THREAD } = require('../base/thread.js')

const gzip = promisify(zlib.gzip)

/** Bytes of a profile, compressed. */
const PROFILE_BYTES_MAX = 100 * 1024
/** Samples that are told one by one, at first; so many fewer are tried where they do not fit. */
const SAMPLES_MAX = 4000
const FEWER = 0.6

/** Names of what is counted, in the order that readers show them, and their units. The first that there is, from the end, is what readers show first. */
const TYPES = /** @type {const} */ ([
  ['inuse_objects', 'count'],
  ['inuse_space', 'bytes'],
  ['leak_objects', 'count'],
  ['leak_space', 'bytes'],
  ['retained_objects', 'count'],
  ['retained_space', 'bytes']
])
/** What readers show first, where there is any of it. */
const FIRST = ['retained_space', 'inuse_space', 'leak_objects']
/** Readers take these out of a stack with what lies above them, so that it ends where the program's part of it does. */
const DROP_FRAMES = '.+: \\((object shape|compiled code|code)\\)'
/** But not what the heap itself holds. */
const KEEP_FRAMES = '\\((heap|GC roots|leaks|other)\\)'
const DOC_URL = 'https://www.npmjs.com/package/leakguard'
/** What samples are summed to that have no place. */
const OTHER = '(other)'

/** @typedef {import('./retained.js').Sample} Sample */
/** @typedef {{ samples: Sample[], frames: import('./frames.js').FramesLike, types: readonly string[], atMs: number, durationMs: number, service?: import('../base/service.js').Service, comments?: string[], program?: string }} Content */

/** How much of the whole a sample is, of the type that it is most of. @param {Sample} sample @param {Map<string, number>} totals */
const shareOf = ({ values }, totals) =>
  Math.max(0, ...Object.entries(values).map(([type, value]) => value / Math.max(1, totals.get(type) ?? 1)))

/** @param {readonly Sample[]} samples */
function totalsOf(samples) {
  /** @type {Map<string, number>} */
  const totals = new Map()
  for (const { values } of samples)
    for (const [type, value] of Object.entries(values)) totals.set(type, (totals.get(type) ?? 0) + value)
  return totals
}

/** So many by rank, and the others summed, above the frame that is at the bottom of each. @param {Content} content @param {number} most @returns {Sample[]} */
function bounded({ samples, frames }, most) {
  if (samples.length <= most) return samples
  const totals = totalsOf(samples)
  const ranked = [...samples].sort((a, b) => shareOf(b, totals) - shareOf(a, totals))
  /** @type {Map<number, Sample>} */
  const others = new Map()
  for (const { stack, values } of ranked.slice(most)) {
    const root = stack[stack.length - 1]
    const other = others.get(root) ?? { stack: [frames.add(OTHER), root], values: {} }
    for (const [type, value] of Object.entries(values)) other.values[type] = (other.values[type] ?? 0) + value
    others.set(root, other)
  }
  return [...ranked.slice(0, most), ...others.values()]
}

/** What all samples say of where they come from; nothing where that is not known. @param {import('../base/service.js').Service | undefined} service */
function labelsOf(service) {
  if (service === undefined) return []
  const { name, version, pod } = service
  const all = { service: name, version, pod, node: process.version, thread: THREAD || 'main' }
  return Object.entries(all).flatMap(([key, text]) => (text === undefined ? [] : [{ key, text }]))
}

/** The same for all processes of a version, on a Node. @param {import('../base/service.js').Service} service */
function buildOf({ name = '', version = '' }) {
  return crypto.createHash('sha256').update(`${name}@${version} ${process.version}`).digest('hex').slice(0, 40)
}

/** @param {Content} content @param {number} most @returns {Buffer} not compressed */
function written(content, most) {
  const { types, atMs, durationMs, service, comments = [], program = process.argv[1] ?? 'node' } = content
  const common = labelsOf(service)
  const told = TYPES.filter(([type]) => types.includes(type))
  const samples = bounded(content, most)
  /** @type {Map<number, number>} frames that are left, by their old index */
  const left = new Map()
  const place = (/** @type {number} */ frame) => {
    const at = left.get(frame) ?? left.size
    left.set(frame, at)
    return at
  }
  const profile = {
    types: told.map(([type, unit]) => ({ name: type, unit })),
    defaultType: FIRST.find((type) => types.includes(type)) ?? '',
    timeMs: atMs,
    durationMs,
    program: path.basename(program),
    buildId: service ? buildOf(service) : '',
    dropFrames: DROP_FRAMES,
    keepFrames: KEEP_FRAMES,
    comments,
    docUrl: DOC_URL,
    samples: samples.map(({ stack, values, labels = {} }) => ({
      stack: stack.map(place),
      values: told.map(([type]) => Math.round(values[type] ?? 0)),
      labels: [...common, ...Object.entries(labels).map(([key, text]) => ({ key, text }))]
    })),
    frames: [...left.keys()].map((frame) => content.frames.all[frame])
  }
  return fromAddon(() => addon().writeProfile(JSON.stringify(profile)))
}

/** A profile, compressed, of at most PROFILE_BYTES_MAX. @param {Content} content @returns {Promise<Uint8Array>} */
async function encode(content) {
  for (let most = SAMPLES_MAX; ; most = Math.floor(most * FEWER)) {
    const bytes = await gzip(written(content, most), { level: 9 })
    if (bytes.length <= PROFILE_BYTES_MAX || most === 0) return bytes
  }
}

module.exports = { OTHER, PROFILE_BYTES_MAX, encode }

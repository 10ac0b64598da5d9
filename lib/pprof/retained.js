// @ts-check
// Who holds the memory of a heap, as samples: a stack for each owner, the heap at its bottom, with the bytes that are its own and
// none of the owners' above it, so that sums are right. Knows owners, no graph.
'use strict'

const { isOwn } = require('../base/own.js')

/** @typedef {import('../..').ReportOwner & { retainedCount: number }} Owner in preorder */
/** @typedef {{ stack: number[], values: Record<string, number>, labels?: Record<string, string> }} Sample leaf first */

/** Parts of a way that are written: the first, and the last of the others. */
const PARTS_MAX = 4
const PART_MAX = 40
/** How a string is stored is no matter. */
const STRINGS = /^\((?:concatenated|sliced) string\)$/
/** What V8 draws a value in several pieces as, or what it needs to keep a class: of one inside the other only the outer is told. */
const PIECES = /^\((?:concatenated string|sliced string|string|object shape|compiled code|code|heap number|bigint)\)$/
const CONTAINERS = /^(?:(?:Weak)?(?:Map|Set)|Array|.*Array)$/
/** Where Node keeps what a module exports. */
const EXPORTS = /^<symbol .*module_?export.*>$/i
const SCOPE = /^(?:module|function|block|catch|script|eval)? ?scope\b/

/** Where an owner is, for those above it. @typedef {{ depth: number, stack: number[], way: string[], class: string, place: Place | undefined, own: Place | undefined, sample: Sample }} Open */
/** @typedef {{ file: string, line: number }} Place */

/** @param {string} text */
const short = (text) => (text.length > PART_MAX ? `${text.slice(0, PART_MAX - 1)}…` : text)

/** As code would write it: `sessions[].user`. @param {string[]} way */
function written(way) {
  const parts = way.length > PARTS_MAX ? [way[0], '…', ...way.slice(1 - PARTS_MAX)] : way
  return parts.reduce(
    (text, part) => text + (text === '' || /^[[(…]/.test(part) || text.endsWith('…') ? part : `.${part}`),
    ''
  )
}

/** The way to an owner from the variable that its way begins at. @param {Owner} owner @param {Open | undefined} above @returns {string[]} */
function wayOf(owner, above) {
  const way = above?.way ?? []
  if (/^module scope/.test(owner.class)) return []
  if (SCOPE.test(owner.class))
    return way.length > 0
      ? [...way, `(${short(owner.class.replace(SCOPE, '').replace(/^ of (?:an )?|^$/, '') || 'block')})`]
      : []
  if (owner.name) return [...way, EXPORTS.test(owner.name) ? 'exports' : short(owner.name)]
  return above && way.length > 0 && CONTAINERS.test(above.class) ? [...way, '[]'] : way
}

/** What readers know an owner by. @param {Owner} owner @param {string[]} way */
function nameOf({ name, class: of, file }, way) {
  // What waits for the profile itself is no business of the program's.
  if (!name && way.length === 0 && file !== undefined && isOwn(file)) return 'leakguard'
  const called = STRINGS.test(of) ? '(string)' : of
  const text = SCOPE.test(of) ? name : written(way) || name
  return text ? `${text}: ${called}` : called
}

/**
 * The file of the scope that holds it, which is that of the function around it, and its own line where that is in the same file.
 * @param {Owner} owner @param {Open | undefined} above
 */
function placeOf(owner, above) {
  const own = owner.file ? { file: owner.file, line: owner.line ?? 0 } : undefined
  const isScope = SCOPE.test(owner.class)
  const ofScope = isScope ? (own ?? above?.own ?? above?.place) : above?.place
  const shown = ofScope ?? own
  const below = isScope ? shown && { file: shown.file, line: 0 } : ofScope
  return { file: shown?.file, line: own && own.file === shown?.file ? own.line : 0, below, own }
}

/** @param {Sample} sample @param {Owner} owner @param {1 | -1} sign */
function add({ values }, { retainedBytes, retainedCount }, sign) {
  values.retained_space += sign * retainedBytes
  values.retained_objects += sign * retainedCount
}

/**
 * The samples of a heap: all of its bytes and nodes, each once.
 * @param {readonly Owner[]} owners @param {import('./frames.js').FramesLike} frames @returns {Sample[]}
 */
function retainedSamples(owners, frames) {
  /** @type {Open[]} */
  const open = []
  /** @type {Sample[]} */
  const samples = []
  for (const owner of owners) {
    while (open.length > 0 && /** @type {Open} */ (open.at(-1)).depth >= owner.depth) open.pop()
    const above = open.at(-1)
    if (above) add(above.sample, owner, -1)
    if (above && !owner.name && PIECES.test(owner.class) && PIECES.test(above.class)) {
      add(above.sample, owner, 1)
      open.push({ ...above, depth: owner.depth })
      continue
    }
    const way = wayOf(owner, above)
    const place = placeOf(owner, above)
    const stack = [frames.add(nameOf(owner, way), place.file, place.line), ...(above?.stack ?? [])]
    const sample = { stack, values: { retained_objects: owner.retainedCount, retained_space: owner.retainedBytes } }
    samples.push(sample)
    open.push({ depth: owner.depth, stack, way, class: owner.class, place: place.below, own: place.own, sample })
  }
  return samples.filter(({ values }) => values.retained_space > 0 || values.retained_objects > 0)
}

module.exports = { retainedSamples }

// @ts-check
// What grew from one profile to another: by who holds it where leakguard wrote them, else by function. Knows profiles, no files.
'use strict'

const path = require('node:path')
const { LeakguardError } = require('../base/errors.js')

/** What is compared where nothing else is asked for and both have it. */
const FIRST = ['retained_space', 'inuse_space']
/** Less than this share of the whole before, and than these bytes or so many, is how two heaps of one program differ. */
const SHARE_MIN = 0.01
const BYTES_MIN = 64 * 1024
const COUNT_MIN = 100
const ROWS_MAX = 100
const SCOPE = /^(?:module|block) scope$|^(?:.*: )?scope of /
const MODULE = 'module scope'
/** What belongs to nobody: the small ones, and what V8 keeps for code that has run. */
const NOBODY = new Set(['(other)', '(compiled code)', '(object shape)'])

/** @typedef {import('./read.js').Profile} Profile */
/** @typedef {import('./read.js').Frame} Frame */
/** @typedef {{ name: string, file: string, line: number, before: number, after: number, mostIn?: string }} Row */
/** @typedef {{ fingerprint: string, kind: string, name: string, file: string, line: number, grown: number }} Leak */
/** @typedef {{ type: string, unit: string, before: number, after: number, rows: Row[], leaks: Leak[] }} Changes */

/** Which value of each is compared. @param {Profile} before @param {Profile} after @param {string} [asked] */
function typeOf(before, after, asked) {
  const names = (/** @type {Profile} */ { types }) => types.map(({ name }) => name)
  const both = names(before).filter((name) => names(after).includes(name))
  const listed = both.join(', ') || 'nothing'
  if (asked !== undefined && !both.includes(asked)) throw unlike(`both have ${listed}, and not ${asked}`)
  const preferred = [...FIRST, after.defaultType, both.at(-1)].find((name) => name !== undefined && both.includes(name))
  const name = asked ?? preferred
  if (name === undefined) throw unlike('they have no sample type in common')
  return name
}

/** @param {string} why */
const unlike = (why) => new LeakguardError('ERR_LEAKGUARD_INVALID_PROFILE', `the profiles cannot be compared: ${why}`)

/** The frame that holds what a stack is of: the variable of the module, or of the outermost function; else the leaf. @param {Frame[]} stack leaf first @returns {Frame} */
function holderOf(stack) {
  const module = stack.findIndex(({ name }) => name === MODULE)
  const scope = module > 0 ? module : stack.findLastIndex(({ name }, at) => at > 0 && SCOPE.test(name))
  return stack[Math.max(0, scope - 1)]
}

/** The same in two deploys, whose folders have names of their own. @param {Frame} frame */
const keyOf = ({ name, file }) => `${name}\n${path.basename(file)}`

/** What is held, by who holds it, and where most of it is. @param {Profile} profile @param {string} type */
function heldBy({ types, frames, samples }, type) {
  const at = types.findIndex(({ name }) => name === type)
  /** @type {Map<string, { frame: Frame, value: number, leaves: Map<string, number> }>} */
  const held = new Map()
  let total = 0
  for (const { stack, values } of samples) {
    if (stack.length === 0 || values[at] === 0) continue
    const named = stack.map((frame) => frames[frame])
    const frame = holderOf(named)
    const row = held.get(keyOf(frame)) ?? { frame, value: 0, leaves: new Map() }
    row.value += values[at]
    row.leaves.set(named[0].name, (row.leaves.get(named[0].name) ?? 0) + values[at])
    held.set(keyOf(frame), row)
    total += values[at]
  }
  return { held, total, unit: types[at].unit }
}

/** @param {Profile} before @param {Profile} after @param {string} [asked] the sample type @returns {Changes} */
function changesOf(before, after, asked) {
  const type = typeOf(before, after, asked)
  const [was, is] = [heldBy(before, type), heldBy(after, type)]
  const least = Math.max(was.total * SHARE_MIN, is.unit === 'bytes' ? BYTES_MIN : COUNT_MIN)
  const rows = [...is.held].flatMap(([key, { frame, value, leaves }]) => {
    const known = was.held.get(key)
    const gained = value - (known?.value ?? 0)
    if (gained < least || NOBODY.has(frame.name)) return []
    const [most] = [...leaves]
      .map(([name, now]) => ({ name, gained: now - (known?.leaves.get(name) ?? 0) }))
      .sort((a, b) => b.gained - a.gained)
    const mostIn = most.name === frame.name ? {} : { mostIn: most.name }
    return [{ ...frame, before: known?.value ?? 0, after: value, ...mostIn }]
  })
  rows.sort((a, b) => b.after - b.before - (a.after - a.before))
  const known = new Set(leaksOf(before).map(({ fingerprint }) => fingerprint))
  const leaks = leaksOf(after).filter(({ fingerprint }) => !known.has(fingerprint))
  return { type, unit: is.unit, before: was.total, after: is.total, rows: rows.slice(0, ROWS_MAX), leaks }
}

/** The findings that a profile of leakguard's tells. @param {Profile} profile @returns {(Leak & { confidence: string, unit: 'count' | 'bytes' })[]} */
function leaksOf({ types, frames, samples }) {
  const at = ['leak_objects', 'leak_space'].map((type) => types.findIndex(({ name }) => name === type))
  return samples.flatMap(({ stack, values, labels }) => {
    const label = (/** @type {string} */ wanted) => labels.find(({ key }) => key === wanted)?.text ?? ''
    const fingerprint = label('fingerprint')
    if (fingerprint === '' || stack.length === 0) return []
    const grown = Math.max(...at.map((index) => values[index] ?? 0))
    const unit = /** @type {'count' | 'bytes'} */ (values[at[1]] > 0 ? 'bytes' : 'count')
    return [{ fingerprint, kind: label('kind'), confidence: label('confidence'), ...frames[stack[0]], unit, grown }]
  })
}

module.exports = { changesOf, leaksOf }

// @ts-check
// Facts of the native side -> findings: reads their JSON, maps places to sources, finds what declares a container, lets a
// path begin where the program's part of it does, and has the native side make the words. Must not read them.
'use strict'

const { addon } = require('../base/addon.js')
const { isOwn } = require('../base/own.js')
const { declaration } = require('./declaration.js')
const { mapPlace } = require('./source-map.js')

/** @typedef {import('../..').Finding} Finding */
/** @typedef {import('./facts').Facts} Facts */
/** @typedef {import('./facts').FactStep} Step */
/** @typedef {import('./facts').FactPlace} FactPlace */
/** @typedef {import('./facts').Tagged} Tagged */

/** Lines that add to a container, at the most. */
const PLACES_MAX = 3

/** The code to look at. @param {Facts} facts @returns {FactPlace | undefined} */
const placeOf = ({ culprit, holder, sites }) => culprit ?? holder?.place ?? sites?.[0]?.frames[0]

/** As reports tell a place. @param {FactPlace} place */
const shown = ({ function: name, file, line, column }) => ({ file, line, column, ...(name ? { function: name } : {}) })

/** Half a character, as a name that was cut may have, is no JSON that others read. @param {string} _ @param {unknown} value */
const wellFormed = (_, value) => (typeof value === 'string' ? Buffer.from(value).toString() : value)

/** @param {unknown} facts */
function jsonOf(facts) {
  const json = JSON.stringify(facts)
  return /\\ud[89a-f]/.test(json) ? JSON.stringify(facts, wellFormed) : json
}

/** The finding that facts are, once their places are mapped. @param {Facts} facts @returns {Finding} */
function worded(facts) {
  const { kind, confidence, subject, change, holder, name, frees, sites = [], added = [], path = [] } = facts
  const words = addon().wordsOf(jsonOf(facts))
  const { message, evidence, advice, fingerprint, unit, total, perHour, perOperation, edges, samples } = words
  const place = placeOf(facts)
  const callers = sites[0]?.frames ?? []
  const addedAt = added.slice(0, PLACES_MAX).flatMap(({ frames }) => (frames[0]?.file ? [shown(frames[0])] : []))
  return {
    kind,
    message,
    culprit: { ...(name === undefined ? {} : { name }), ...(place?.file ? shown(place) : {}) },
    growth: {
      unit: /** @type {Finding['growth']['unit']} */ (unit),
      total,
      ...(perOperation === undefined ? {} : { perOperation }),
      ...(perHour === undefined ? {} : { perHour })
    },
    confidence,
    evidence,
    ...(path.length > 0 ? { retainerPath: path.map((step, i) => toStep({ ...step, edge: edges[i] })) } : {}),
    fingerprint,
    advice,
    subject,
    change,
    ...(holder ? { holder: toHolder(holder) } : {}),
    ...(frees ? { frees } : {}),
    ...(callers.length > 0 ? { callers: callers.map(shown) } : {}),
    ...(addedAt.length > 0 ? { addedAt } : {}),
    ...(samples.length > 0 ? { samples } : {})
  }
}

/** @param {import('./facts').Holder} holder */
function toHolder({ place, isContainer: _, ...holder }) {
  return { ...holder, ...(place ? shown(place) : {}) }
}

/** @param {Step & { edge: string }} step */
function toStep({ name, edge, place, link }) {
  return { name, edge, ...(place ? { file: place.file, line: place.line } : {}), link }
}

/** A path that is not part of a finding, source-mapped. @param {string} json */
const toPath = (json) =>
  JSON.parse(json).map((/** @type {Step & { edge: string }} */ step) => toStep({ ...step, ...placed(step) }))

/** With more that it rests on. @template {Finding} F @param {F} finding @param {...Tagged} more @returns {F} */
const noted = (finding, ...more) => ({
  ...finding,
  evidence: [...finding.evidence, ...more.map((one) => addon().evidenceLine(jsonOf(one)))]
})

/** @param {{ place?: FactPlace } | Tagged} one @returns {{ place?: FactPlace }} */
const placed = ({ place }) => (place ? { place: mapPlace(place) } : {})

/** @param {import('./facts').Site} site @returns {import('./facts').Site} */
const mappedSite = (site) => ({ ...site, frames: site.frames.map(mapPlace) })

/** All places source-mapped. @param {Facts} facts @returns {Facts} */
function mapped(facts) {
  const { holder, culprit, sites = [], added, path = [], evidence = [] } = facts
  return {
    ...facts,
    ...(holder ? { holder: { ...holder, ...placed(holder) } } : {}),
    ...(culprit ? { culprit: mapPlace(culprit) } : {}),
    sites: sites.map(mappedSite),
    ...(added ? { added: added.map(mappedSite) } : {}),
    path: path.map((step) => ({ ...step, ...placed(step) })),
    evidence: evidence.map((one) => ({ ...one, ...placed(one) }))
  }
}

/** What a guard found. @param {string} json of a list of facts @param {(facts: Facts) => Facts} [more] what else is known @returns {Finding[]} */
const toFindings = (json, more = (facts) => facts) =>
  JSON.parse(json).map((/** @type {Facts} */ facts) => worded(more(mapped(facts))))

/** What grew between two heaps; nothing where it is of ours. @param {Facts} found @returns {Facts | undefined} */
function grown(found) {
  const facts = fromOperation(declared(mapped(found)))
  return isOurs(facts.holder?.place?.file) ? undefined : facts
}

/** What grew between two heaps, in words. @param {Facts} found @returns {Finding | undefined} */
function toGrowthFinding(found) {
  const facts = grown(found)
  return facts && worded(facts)
}

/** One of these properties or symbols. @param {import('./facts').Link} link @param {string} type @param {...string} names */
const isNamed = (link, type, ...names) => link.type === type && 'name' in link && names.includes(link.name)

/** Behind which Node or V8 keeps functions for later: the culprit is where one was handed over. @param {Step} step */
const isHandedOver = ({ link }) =>
  isNamed(link, 'property', '_events') ||
  isNamed(link, 'symbol', 'kEvents') ||
  isNamed(link, 'internal', 'reactions_or_result', 'reactions')

/**
 * With the place of the line that declares the container, or else the variable that leads to it, where the source is there
 * and says it. @param {Facts} facts @param {boolean} [isKept] one object that stays, not many @returns {Facts}
 */
function declared(facts, isKept = false) {
  const { kind, name, holder, path = [] } = facts
  if (!holder?.place) return facts
  return { ...facts, holder: { ...holder, place: declaredAt(kind, name, path, holder.place, isKept) } }
}

/** @param {string} kind @param {string | undefined} name @param {Step[]} steps @param {FactPlace} place @param {boolean} [isKept] */
function declaredAt(kind, name, steps, place, isKept = false) {
  const at = steps.findLastIndex(isHandedOver)
  // A promise that collects what waits for it, and that the program has in a variable, is to be looked for there; one
  // object is held by what waits with it.
  const isVariable = !isKept && kind === 'promise' && at > 0 && steps[at - 1].link.type === 'variable'
  const wasHandedOver = ['listener', 'promise'].includes(kind) && at >= 0 && !isVariable
  // A variable of a function that waits has no name in the snapshot: the place is that of the function.
  if (kind === 'timer' || wasHandedOver || steps.some(({ link }) => link.type === 'local')) return place
  const isOfScope = (/** @type {string} */ wanted) =>
    steps.some(({ link }) => isNamed(link, 'variable', wanted) || (link.type === 'weakValue' && link.of === wanted))
  // Not one that stands before what the place is of: the constructor of a class is nearer than who holds its object.
  const nearest = steps.findLastIndex((step) => step.place?.file === place.file && step.place.line === place.line)
  const variable = steps.slice(Math.max(0, nearest)).findLast(({ link }) => link.type === 'variable')
  for (const wanted of [name, variable && nameOf(variable.link)]) {
    const at =
      wanted && declaration({ file: place.file, line: place.line, name: wanted, isVariable: isOfScope(wanted) })
    if (at) return { ...place, ...at }
  }
  return place
}

/** What the program calls what a variable or property leads to. @param {import('./facts').Link} link */
const nameOf = (link) =>
  (link.type === 'variable' || link.type === 'property') && 'name' in link ? link.name : undefined

/** Behind which test runners keep tests: how one gets to a test says nothing about what it keeps. @param {Step} step */
const isOfRunner = ({ link }) =>
  isNamed(link, 'symbol', 'JEST_STATE_SYMBOL') || isNamed(link, 'property', '__vitest_worker__')

/** @param {Step[]} steps @param {'root' | 'operation' | 'test' | 'report'} type @returns {Step[]} */
const beginning = (steps, type) => steps.map((step, i) => (i === 0 ? { ...step, link: { type } } : step))

/** What ought to be gone. What waits for the report is no part of the path. @param {string} json @returns {Facts} */
function kept(json) {
  const facts = declared(mapped(JSON.parse(json)), true)
  const { path = [] } = facts
  const state = path.findLastIndex(isOfRunner)
  const test = state < 0 ? -1 : path.findIndex(({ place }, i) => i > state && place !== undefined)
  if (test >= 0) return { ...facts, path: beginning(path.slice(test), 'test') }
  const at = path.findLastIndex(({ place }) => isOurs(place?.file))
  if (at < 0) return fromModule(facts)
  const after = path.slice(at + 1)
  const begin = after.findIndex(({ name, place }) => place !== undefined || name.startsWith('suspended function '))
  return { ...facts, path: beginning(after.slice(Math.max(0, begin)), 'report') }
}

/** What ought to be gone, in words. @param {string} json @param {string} [thread] that holds it, empty for the main one @returns {Finding} */
const toKeptFinding = (json, thread = '') => worded({ ...kept(json), ...(thread ? { thread } : {}) })

/** Where Node keeps modules: what comes after says which module it is and how the program gets at it. */
const MODULES = ['CommonJS modules', 'ES modules']

/**
 * A variable of a module lives as long as its module, however the search got there (over `process`, a timer, a function
 * that V8 resumes): the path begins with the module. @param {Facts} facts @returns {Facts}
 */
function fromModule(facts) {
  const { path = [] } = facts
  const at = path.findLastIndex(
    ({ link, name, place }) =>
      link.type === 'scope' && name === 'module scope' && place && !place.file.startsWith('node:')
  )
  if (at < 0 || MODULES.includes(path[0].name)) return facts
  return { ...facts, path: beginning(path.slice(at), 'root') }
}

/** Whether a file is one of this package, here or where the snapshot was taken. @param {string | undefined} file */
function isOurs(file = '') {
  return isOwn(file) || /[\\/]node_modules[\\/]leakguard[\\/]lib[\\/]/.test(file)
}

/**
 * What an operation that is measured holds is reached through the one that calls it, which is ours: the path begins
 * with the operation. @param {Facts} facts @returns {Facts}
 */
function fromOperation(facts) {
  const { path = [], holder } = facts
  const at = path.findLastIndex(({ link, place }, i) => {
    if (!isNamed(link, 'property', 'op')) return false
    // What holds it may have no place of its own, nor has a function that is bound.
    const near = path.slice(0, i).findLast((step) => step.place)?.place
    return isOurs((near ?? place)?.file)
  })
  if (at < 0) return fromModule(facts)
  const steps = beginning(path.slice(at), 'operation')
  if (!holder || !isOurs(holder.place?.file)) return { ...facts, path: steps }
  const place = steps.findLast(({ place: p }) => p !== undefined && !isOurs(p.file))?.place
  const { place: _, ...rest } = holder
  return { ...facts, path: steps, holder: place ? { ...rest, place: { ...place, column: 1 } } : rest }
}

/**
 * What stands at the end of a path: its name, and the line where its variable or property is declared, or else the code
 * that is nearest to it. @param {Step[]} steps @returns {{ name?: string, place?: FactPlace }}
 */
function endOf(steps) {
  // A variable whose name is not known leads on without one: what its function is called is no name of it.
  const nameless = steps.findLastIndex(({ link }, i) => link.type === 'plumbing' && steps[i - 1]?.link.type === 'scope')
  const named = steps.slice(nameless + 1).findLast(({ link }) => nameOf(link) !== undefined)
  const name = named && nameOf(named.link)
  const near = steps.findLast(({ place }) => place?.line)?.place
  if (!near) return { name }
  return { name, place: declaredAt('collection', name, steps, { ...near, function: '', column: 1 }) }
}

module.exports = {
  beginning,
  endOf,
  grown,
  isNamed,
  kept,
  noted,
  toFindings,
  toGrowthFinding,
  toKeptFinding,
  toPath,
  worded
}

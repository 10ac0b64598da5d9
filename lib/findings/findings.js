// @ts-check
// Native suspects -> findings: maps call sites to sources, lets the native side word them.
'use strict'

const { isOwn } = require('../base/own.js')
const { declaration } = require('./declaration.js')
const { mapPlace } = require('./source-map.js')

/** @param {typeof import('../../native.js')} native @param {any} suspect @returns {import('../..').Finding} */
function toFinding(native, suspect) {
  for (const site of suspect.sites) site.frames = site.frames.map(mapPlace)
  const found = native.explain(suspect)
  return { ...plain(found), growth: { unit: unit(found), total: found.total, perHour: found.perHour } }
}

/** What a judge does not fill in. */
const NO_GROWTH = Object.freeze({ from: 0, to: 0, sinceMs: 0, untilMs: 0, steps: 0, intervals: 0, lateShare: 0 })

/**
 * What grew in proportion to the calls. The sites of `suspect` are source-mapped already.
 * @param {typeof import('../../native.js')} native
 * @param {{ suspect: any, doses: number[], readings: number[] }} leak
 * @returns {import('../..').Finding}
 */
function toLeakFinding(native, { suspect, doses, readings }) {
  const rest = { thread: '', growth: { ...NO_GROWTH }, live: 0, highWater: 0, exact: true, notes: [] }
  const found = native.explainLeak({ ...rest, ...suspect }, doses, readings)
  const calls = doses.reduce((sum, dose) => sum + dose, 0)
  return { ...plain(found), growth: { unit: unit(found), total: found.total, perOperation: found.total / calls } }
}

/**
 * What tests left behind. The sites are source-mapped already.
 * @param {typeof import('../../native.js')} native
 * @param {{ kind: string, label: string, sites: any[], count: number, owners: string[] }} left
 * @returns {import('../..').Finding}
 */
function toLeftFinding(native, { kind, label, sites, count, owners }) {
  const rest = { thread: '', growth: { ...NO_GROWTH }, live: 0, highWater: 0, exact: true, notes: [] }
  const suspect = { ...rest, kind, label, sites, confidence: 'certain', isOnePlace: true }
  const found = native.explainLeft(suspect, count, owners)
  return { ...plain(found), growth: { unit: unit(found), total: found.total } }
}

/**
 * Memory whose rise stands. The sites are source-mapped already.
 * @param {any} found @returns {import('../..').Finding}
 */
function toTrendFinding(found) {
  return { ...plain(found), growth: { unit: unit(found), total: found.total, perHour: found.perHour } }
}

/** @param {any} found @returns {'count' | 'bytes'} */
const unit = (found) => found.unit

/** @param {any} found */
function plain(found) {
  const { function: name, file, line, column } = found.culprit ?? {}
  return {
    kind: /** @type {import('../..').Finding['kind']} */ (found.kind),
    message: found.message,
    culprit: {
      ...(found.name === undefined ? {} : { name: found.name }),
      ...(file ? { file, line, column } : {}),
      ...(name ? { function: name } : {})
    },
    confidence: /** @type {import('../..').Finding['confidence']} */ (found.confidence),
    evidence: found.evidence,
    fingerprint: found.fingerprint,
    advice: found.advice
  }
}

/** Links behind which Node or V8 keeps functions for later: the culprit is where one was handed over. */
const HANDED_OVER = ['._events', '[Symbol(kEvents)]', '(reactions_or_result)', '(reactions)']

/** What grew between two heaps, its places source-mapped; nothing where it is of ours. @param {any} found @returns {import('../..').Finding | undefined} */
function toGrowthFinding(found) {
  const finding = fromOperation(grown(found))
  return isOurs(finding.culprit.file) ? undefined : finding
}

/** @param {any} found @param {boolean} [isKept] one object that stays, not many @returns {import('../..').Finding} */
function grown(found, isKept = false) {
  const { kind, message, name, culprit, total, confidence, evidence, fingerprint, advice, retainerPath } = found
  const steps = retainerPath.map(toStep)
  const place = culprit ? declared(kind, name, steps, mapPlace(culprit), isKept) : undefined
  const shown =
    place && culprit ? message.replace(`${culprit.file}:${culprit.line}`, `${place.file}:${place.line}`) : message
  return {
    kind,
    message: shown,
    culprit: {
      ...(name ? { name } : {}),
      ...(place ? { file: place.file, line: place.line, column: place.column } : {}),
      ...(place?.function ? { function: place.function } : {})
    },
    growth: { unit: 'count', total },
    confidence,
    evidence,
    retainerPath: steps,
    fingerprint,
    advice
  }
}

/**
 * The line that declares the container, or else the variable that leads to it, where the source is there and says it.
 * @param {string} kind @param {string | undefined} name @param {import('../..').RetainerStep[]} steps
 * @param {import('./source-map.js').Place} place @param {boolean} [isKept]
 */
function declared(kind, name, steps, place, isKept = false) {
  const at = steps.findLastIndex(({ edge }) => HANDED_OVER.includes(edge))
  // A promise that collects what waits for it, and that the program has in a variable, is to be looked for there; one
  // object is held by what waits with it.
  const isVariable = !isKept && kind === 'promise' && at > 0 && steps[at - 1].edge.startsWith('variable ')
  const wasHandedOver = ['listener', 'promise'].includes(kind) && at >= 0 && !isVariable
  // A variable of a function that waits has no name in the snapshot: the place is that of the function.
  if (kind === 'timer' || wasHandedOver || steps.some(({ edge }) => edge === 'local variable')) return place
  const isOfScope = (/** @type {string} */ wanted) =>
    steps.some(({ edge }) => edge === `variable ${wanted}` || edge === `value in ${wanted}`)
  // Not one that stands before what the place is of: the constructor of a class is nearer than who holds its object.
  const nearest = steps.findLastIndex((step) => step.file === place.file && step.line === place.line)
  const after = steps.slice(Math.max(0, nearest))
  const variable = after.findLast(({ edge }) => edge.startsWith('variable '))?.edge.slice('variable '.length)
  for (const wanted of [name, variable]) {
    const at =
      wanted && declaration({ file: place.file, line: place.line, name: wanted, isVariable: isOfScope(wanted) })
    if (at) return { ...place, ...at }
  }
  return place
}

/** What leads from a function to the variables of a scope. */
const CLOSES_OVER = 'closes over'

/** Links behind which test runners keep tests: how one gets to a test says nothing about what it keeps. */
const RUNNERS = ['[Symbol(JEST_STATE_SYMBOL)]', '.__vitest_worker__']

/** What ought to be gone, its places source-mapped. What waits for the report is no part of the path. @param {any} found */
function toKeptFinding(found) {
  const finding = grown(found, true)
  const { retainerPath = [] } = finding
  const state = retainerPath.findLastIndex(({ edge }) => RUNNERS.includes(edge))
  const test = state < 0 ? -1 : retainerPath.findIndex(({ file }, i) => i > state && file !== undefined)
  if (test >= 0)
    return {
      ...finding,
      retainerPath: retainerPath.slice(test).map((step, i) => (i === 0 ? { ...step, edge: '(the test)' } : step))
    }
  const at = retainerPath.findLastIndex(({ file }) => isOurs(file))
  if (at < 0) return fromModule(finding)
  const after = retainerPath.slice(at + 1)
  const begin = after.findIndex(({ name, file }) => file !== undefined || name.startsWith('suspended function '))
  const steps = after.slice(Math.max(0, begin))
  return {
    ...finding,
    retainerPath: steps.map((step, i) => (i === 0 ? { ...step, edge: '(waits for this report)' } : step))
  }
}

/** Where Node keeps modules: what comes after says which module it is and how the program gets at it. */
const MODULES = ['CommonJS modules', 'ES modules']

/**
 * A variable of a module lives as long as its module, however the search got there (over `process`, a timer, a function
 * that V8 resumes): the path begins with the module.
 * @param {import('../..').Finding} finding @returns {import('../..').Finding}
 */
function fromModule(finding) {
  const { retainerPath = [] } = finding
  const at = retainerPath.findLastIndex(
    ({ edge, name, file }) => edge === CLOSES_OVER && name === 'module scope' && file && !file.startsWith('node:')
  )
  if (at < 0 || MODULES.includes(retainerPath[0].name)) return finding
  const steps = retainerPath.slice(at)
  return { ...finding, retainerPath: [{ ...steps[0], edge: '(GC root)' }, ...steps.slice(1)] }
}

/** Whether a file is one of this package, here or where the snapshot was taken. @param {string | undefined} file */
function isOurs(file = '') {
  return isOwn(file) || /[\\/]node_modules[\\/]leakguard[\\/]lib[\\/]/.test(file)
}

/**
 * One step of a path, source-mapped.
 * @param {{ name: string, edge: string, file?: string | null, line?: number | null, column?: number | null }} step
 */
function toStep({ name, edge, file, line, column }) {
  if (!file || !line) return { name, edge }
  const place = mapPlace({ function: '', file, portable: '', line, column: column ?? 1 })
  return { name, edge, file: place.file, line: place.line }
}

/**
 * What an operation that is measured holds is reached through the one that calls it, which is ours: the path begins
 * with the operation. @param {import('../..').Finding} finding @returns {import('../..').Finding}
 */
function fromOperation(finding) {
  const { retainerPath = [], culprit, message } = finding
  const at = retainerPath.findLastIndex(
    ({ edge, file }, i) => edge === '.op' && isOurs(retainerPath[i - 1]?.file ?? file)
  )
  if (at < 0) return fromModule(finding)
  const steps = retainerPath.slice(at).map((step, i) => (i === 0 ? { ...step, edge: '(the operation)' } : step))
  if (!isOurs(culprit.file)) return { ...finding, retainerPath: steps }
  const place = steps.findLast(({ file }) => file !== undefined && !isOurs(file))
  const { file, line, column, ...rest } = culprit
  return {
    ...finding,
    message: message.replace(` (${file}:${line})`, place ? ` (${place.file}:${place.line})` : ''),
    culprit: place ? { ...rest, file: place.file, line: place.line, column: 1 } : rest,
    retainerPath: steps
  }
}

/**
 * The line to look at for what stands at the end of a path: where its variable or property is declared, or else the code
 * that is nearest to it.
 * @param {import('../..').RetainerStep[]} steps @returns {import('../..').Finding['culprit']}
 */
function culpritOf(steps) {
  // A variable whose name is not known leads on without one: what its function is called is no name of it.
  const nameless = steps.findLastIndex(({ edge }, i) => edge === '' && steps[i - 1]?.edge === CLOSES_OVER)
  const named = steps.slice(nameless + 1).findLast(({ edge }) => /^(?:variable |\.)/.test(edge))
  const name = named?.edge.replace(/^(?:variable |\.)/, '')
  const near = steps.findLast(({ file }) => file !== undefined)
  if (!near?.file || !near.line) return name ? { name } : {}
  const place = { function: '', file: near.file, portable: '', line: near.line, column: 1 }
  const { file, line, column } = declared('collection', name, steps, place)
  return { ...(name ? { name } : {}), file, line, column }
}

module.exports = {
  culpritOf,
  toFinding,
  toLeakFinding,
  toGrowthFinding,
  toKeptFinding,
  toLeftFinding,
  toTrendFinding,
  toStep
}

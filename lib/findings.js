// @ts-check
// Native suspects -> findings: maps call sites to sources, lets the native side word them.
'use strict'

const { declaration } = require('./declaration.js')
const { mapPlace } = require('./source-map.js')

/** @param {typeof import('../native.js')} native @param {any} suspect @returns {import('..').Finding} */
function toFinding(native, suspect) {
  for (const site of suspect.sites) site.frames = site.frames.map(mapPlace)
  const found = native.explain(suspect)
  const { function: name, file, line, column } = found.culprit ?? {}
  return {
    kind: /** @type {import('..').Finding['kind']} */ (found.kind),
    message: found.message,
    culprit: {
      ...(found.name === undefined ? {} : { name: found.name }),
      ...(file ? { file, line, column } : {}),
      ...(name ? { function: name } : {})
    },
    growth: { unit: /** @type {'count' | 'bytes'} */ (found.unit), total: found.total, perHour: found.perHour },
    confidence: /** @type {import('..').Finding['confidence']} */ (found.confidence),
    evidence: found.evidence,
    fingerprint: found.fingerprint,
    advice: found.advice
  }
}

/** Kinds whose culprit is a function that was handed over; of others it is where the container is declared. */
const HANDED_OVER = ['listener', 'timer', 'promise']

/** What grew between two heaps, its places source-mapped. @param {any} found @returns {import('..').Finding} */
function toGrowthFinding(found) {
  const { kind, message, name, culprit, total, confidence, evidence, fingerprint, advice, retainerPath } = found
  const path = retainerPath.map(toStep)
  const place = culprit ? declared(kind, name, path, mapPlace(culprit)) : undefined
  const shown = place && culprit ? message.replace(`${culprit.file}:${culprit.line}`, `${place.file}:${place.line}`) : message
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
    retainerPath: path,
    fingerprint,
    advice
  }
}

/**
 * The line that declares the container, where the source is there and says it.
 * @param {string} kind @param {string | undefined} name @param {import('..').RetainerStep[]} path
 * @param {import('./source-map.js').Place} place
 */
function declared(kind, name, path, place) {
  if (!name || HANDED_OVER.includes(kind)) return place
  const isVariable = path.some(({ edge }) => edge === `variable ${name}` || edge === `value in ${name}`)
  return { ...place, ...declaration({ file: place.file, line: place.line, name, isVariable }) }
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

module.exports = { toFinding, toGrowthFinding, toStep }

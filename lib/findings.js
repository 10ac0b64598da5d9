// @ts-check
// Native suspects -> findings: maps call sites to sources, lets the native side word them.
'use strict'

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

module.exports = { toFinding }

// @ts-check
// Findings as samples: the line that makes what leaks at the top of the stack, then its callers, with the fingerprint for a
// label. Knows findings, no guard.
'use strict'

const { wordsOf } = require('./frames.js')

/** What the bottom of these stacks is called. */
const ROOT = '(leaks)'

/** What leaks, in words of code: no text that the program made up. @param {import('../..').Finding} finding */
function subjectOf({ kind, culprit, holder }) {
  const name = wordsOf(culprit.name) || wordsOf(holder?.name)
  return name ? `${kind} ${name}` : kind
}

/**
 * @param {readonly import('../..').Finding[]} findings @param {import('./frames.js').FramesLike} frames
 * @returns {import('./retained.js').Sample[]}
 */
function leakSamples(findings, frames) {
  const told = findings.map((finding) => {
    const { culprit, callers = [], growth, fingerprint, kind, confidence } = finding
    const [first, ...others] = callers
    const isSame = first?.file === culprit.file && first?.line === culprit.line
    const above = (isSame ? others : callers).map((place) =>
      frames.add(wordsOf(place.function) || '(anonymous)', place.file, place.line)
    )
    const stack = [frames.add(subjectOf(finding), culprit.file, culprit.line), ...above, frames.add(ROOT)]
    const grown = Math.max(0, Math.round(growth.total))
    return {
      stack,
      values: { [growth.unit === 'bytes' ? 'leak_space' : 'leak_objects']: grown },
      labels: { fingerprint, kind, confidence }
    }
  })
  // A process without any says so, and who it is.
  return [{ stack: [frames.add(ROOT)], values: { leak_objects: 0 } }, ...told]
}

module.exports = { leakSamples }

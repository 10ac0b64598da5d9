// @ts-check
// A fleet that is made up: reports of 200 processes in five versions, three leaks planted in some of them, and noise in all.
// Must not know how it is judged.
'use strict'

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). @param {number} seed */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const VERSIONS = ['1.8.0', '1.9.0', '1.10.0', '1.10.1', '2.0.0-rc.1']
const AT_MS = Date.UTC(2030, 0, 2)

/** @param {string} fingerprint @param {'certain' | 'likely' | 'possible'} confidence @param {number} perHour @param {string} name */
const finding = (fingerprint, confidence, perHour, name) => ({
  kind: 'collection',
  message: `Map '${name}' gained ${Math.round(perHour)} entries`,
  culprit: { name, file: `/app/lib/${name}.js`, line: 12 },
  growth: { unit: 'count', total: Math.round(perHour * 3), perHour },
  confidence,
  evidence: ['some numbers'],
  fingerprint,
  advice: 'Bound it.',
  holder: { class: 'Map', name }
})

/** Three leaks: since which version, in what share of its processes, how fast. @param {() => number} next */
const plants = (next) =>
  ['sessions', 'waiters', 'cursors'].map((name, at) => ({
    name,
    fingerprint: `leak${at}${'0'.repeat(11)}`,
    since: Math.floor(next() * VERSIONS.length),
    share: 0.3 + next() * 0.5,
    perHour: 200 + next() * 5000,
    confidence: /** @type {const} */ (['certain', 'likely'])[Math.floor(next() * 2)]
  }))

/** @param {number} seed @param {number} [size] */
function simulated(seed, size = 200) {
  const next = random(seed)
  const planted = plants(next)
  const hex = () =>
    Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const reports = Array.from({ length: size }, (_, at) => {
    const version = at < VERSIONS.length * 5 ? at % VERSIONS.length : Math.floor(next() * VERSIONS.length)
    const leaks = planted
      .filter(({ since, share }) => version >= since && next() < share)
      .map(({ fingerprint, confidence, perHour, name }) =>
        finding(fingerprint, confidence, perHour * (0.5 + next()), name)
      )
    // In each: a sign of what fills, the same everywhere, and one of its own; in one of ten a false accusation as well.
    const noise = [
      finding('f111'.repeat(4), 'possible', 100 + next() * 1e5, 'warmCache'),
      finding(hex() + hex(), 'possible', next() * 1e4, 'whatever')
    ]
    if (next() < 0.1) noise.push(finding(hex() + hex(), 'likely', next() * 1e5, 'flake'))
    // And a cache that seems to leak in one of a hundred.
    if (next() < 0.01) noise.push(finding('f222'.repeat(4), 'likely', next() * 1e4, 'shared'))
    const findings = [...leaks, ...noise]
    const isSure = findings.some(({ confidence }) => confidence !== 'possible')
    return {
      schemaVersion: 2,
      verdict: isSure ? 'leaking' : 'undecided',
      findings,
      undecided: [],
      examined: [{ text: 'counts', what: 'counts', at: new Date(AT_MS + at * 1000).toISOString() }],
      details: { service: { name: 'web', version: VERSIONS[version], pod: `web-${at}`, pid: 7 } }
    }
  })
  return { planted, reports, versions: VERSIONS }
}

module.exports = { finding, simulated }

'use strict'
// @ts-check
// Reports made by hand: one of each part, one with names that want to be code, one with very many findings.

const path = require('node:path')

/** The folder that the program of the samples lives in. */
const root = path.resolve('/srv/shop')
const at = (/** @type {string} */ file) => path.join(root, file)

/** When all that was so. */
const when = '2026-11-29T12:00:00.000Z'
const open = (/** @type {string} */ text) => ({ text, reason: 'may-end', at: when })
const seen = (/** @type {string} */ text) => ({ text, what: 'counts', at: when })

/** Three findings, series, owners and counts. */
function sample() {
  const sessions = at('src/sessions.js')
  return {
    schemaVersion: 2,
    verdict: 'leaking',
    findings: [
      {
        kind: 'collection',
        message: `Map 'sessions' (${sessions}:8) gained 10,000 Session objects (3.0 MB)`,
        culprit: { name: 'sessions', file: sessions, line: 8, column: 7, function: 'openSession' },
        growth: { unit: 'count', total: 10000, perHour: 1200 },
        confidence: 'certain',
        evidence: ['Session objects: 5,000 -> 10,000 -> 15,000', `100 % made at ${sessions}:8`],
        retainerPath: [
          { name: 'global', edge: '(GC root)' },
          { name: 'module scope', edge: 'closes over', file: sessions, line: 1 },
          { name: 'Map', edge: 'variable sessions', file: sessions, line: 8 },
          { name: 'Session', edge: 'entry', file: at('src/session.js'), line: 3 }
        ],
        fingerprint: 'eed4ce11d4e0867f',
        advice: 'Delete entries that are no longer needed, bound the container, or use weak keys.'
      },
      {
        kind: 'timer',
        message: `1 interval per call is never cleared; started at poll (${at('src/poll, 50%.js')}:29)`,
        culprit: { name: 'setInterval', file: at('src/poll, 50%.js'), line: 29, column: 17, function: 'poll' },
        growth: { unit: 'count', total: 120, perOperation: 1 },
        confidence: 'likely',
        evidence: ['60 more in 60 calls'],
        fingerprint: 'd221c7616f7f91f8',
        advice: 'Keep what setInterval returns, and clear it (clearInterval) on every path on which its owner ends.'
      },
      {
        kind: 'heap',
        message: 'heapUsed after major GCs rises by 1.1 MB per hour',
        culprit: { name: 'heapUsed' },
        growth: { unit: 'bytes', total: 47400000, perHour: 1100000 },
        confidence: 'possible',
        evidence: ['1,440 samples, 15 major GCs'],
        fingerprint: 'b633c527a42cc92b',
        advice: 'Compare two heap snapshots some hours apart.'
      }
    ],
    undecided: [open('rss rises, but a step would explain it as well')],
    examined: [seen('39 live counts and 4 memory fields over 13.5 s, 93 readings')],
    details: detailsOf(sessions)
  }
}

/** @param {string} sessions */
function detailsOf(sessions) {
  return {
    series: [
      {
        name: 'heapUsed',
        unit: 'bytes',
        x: 'seconds',
        points: Array.from({ length: 49 }, (_, i) => [i * 3600, 50e6 + i * 1e6 + (i % 6) * 4e6]),
        floors: Array.from({ length: 9 }, (_, i) => [i * 6 * 3600, 50e6 + i * 6e6]),
        trend: [
          [0, 50e6],
          [172800, 98e6]
        ],
        onset: 0,
        limit: 150e6,
        fingerprint: 'b633c527a42cc92b'
      }
    ],
    counts: [
      {
        pool: 'timer',
        label: 'setInterval',
        live: 120,
        highWater: 121,
        file: at('src/poll, 50%.js'),
        line: 29,
        column: 17
      },
      { pool: 'group', label: 'fd:file', live: 12, highWater: 14, thread: 'worker 1' }
    ],
    owners: [
      { depth: 0, class: '(heap)', count: 1, retainedBytes: 10e6 },
      { depth: 1, class: 'module scope', count: 1, retainedBytes: 6e6, file: sessions, line: 1 },
      { depth: 2, name: 'sessions', class: 'Map', count: 1, retainedBytes: 5e6 },
      { depth: 3, class: 'Session', count: 15000, retainedBytes: 4.8e6, file: at('src/session.js'), line: 3 },
      { depth: 1, class: '(other)', count: 900, retainedBytes: 2e6 }
    ]
  }
}

/** What a guard of a server makes: a header, code, a path through Node, a package, life cycles, steps that explain memory. */
function full() {
  const report = sample()
  const [sessions, poll, heap] = report.findings
  const file = sessions.culprit.file
  const listener = {
    ...poll,
    kind: 'listener',
    message: `'change' listeners on one EventEmitter grew from 7 to 240; added at ${at('node_modules/bus/index.js')}:5`,
    culprit: { name: 'change', file: at('node_modules/bus/index.js'), line: 5, column: 3 },
    growth: { unit: 'count', total: 233, perHour: 71_000 },
    callers: [{ file: at('src/flags.js'), line: 3, column: 1, function: 'follow' }],
    retainerPath: [
      { name: 'CommonJS modules', edge: '(GC root)' },
      { name: 'Module', edge: "['bus.js']", file: at('src/flags.js'), line: 1 },
      { name: 'EventEmitter', edge: '.bus', file: 'node:events', line: 219, link: { type: 'property', name: 'bus' } },
      { name: 'Object', edge: '._events', link: { type: 'property', name: '_events' } },
      { name: 'Array', edge: '.list', link: { type: 'property', name: 'list' } },
      { name: 'function onChange', edge: '[54]', file: at('src/flags.js'), line: 2 }
    ],
    fingerprint: '519278abdedff139'
  }
  const rows = (/** @type {number} */ from, /** @type {string[]} */ ...lines) => ({ from, lines })
  return {
    ...report,
    findings: [{ ...sessions, frees: { bytes: 3_000_000, count: 10_000, share: 1 } }, listener, poll, heap],
    details: {
      ...report.details,
      header: {
        ...{ program: 'shop.js', command: 'node src/shop.js --port 80', host: 'web-1', pid: 42 },
        ...{ node: '24.1.0', leakguard: '0.1.0', commit: 'ab4d3abad0f5a28b530074b19ca55afe5465e8b2' },
        ...{ startedAt: '2026-11-29T12:00:00.000Z', madeAt: '2026-11-29T12:00:15.000Z', durationMs: 15_000 },
        requests: 2736
      },
      series: [
        ...report.details.series,
        {
          ...{ name: 'change of EventEmitter', unit: 'count', x: 'seconds', fingerprint: '519278abdedff139' },
          points: Array.from({ length: 13 }, (_, i) => [i, 7 + i * 19]),
          collections: [2, 5, 9],
          captures: [11]
        },
        ...['external', 'rss'].map((name, i) => ({
          ...{ name, unit: 'bytes', x: 'seconds' },
          points: Array.from({ length: 13 }, (_, at) => [at, (i + 1) * 20e6 + at * 1e5])
        }))
      ],
      counts: [
        ...report.details.counts,
        { pool: 'listener', label: 'end of Socket', live: 168, highWater: 211 },
        { pool: 'group', label: 'fd:eventfd', live: 3, highWater: 3 }
      ],
      classes: Array.from({ length: 12 }, (_, i) => ({
        ...{ name: `Class${i}`, count: 10 * i, countChange: i % 2 ? -i : i * 3 },
        ...{ shallowBytes: 1000 * i, bytesChange: i % 2 ? -1000 : 2000 }
      })),
      lifecycles: [
        { ...{ kind: 'server request', begun: 2736, followed: 2, over: 2 }, undecided: 1, retained: 1, collected: 93 }
      ],
      rungs: [
        { rung: 'profile', available: true },
        { rung: 'census', available: false, why: "explain: 'auto'" }
      ]
    },
    sources: [
      {
        file,
        hash: '0123456789abcdef',
        excerpts: [rows(6, '', '/** Never ends. */', 'const sessions = new Map()', '', 'function openSession(user) {')]
      },
      {
        file: at('src/flags.js'),
        hash: '0123456789abcdee',
        excerpts: [
          rows(1, "const bus = require('bus')", 'const onChange = () => reload()', "bus.follow('change', onChange)")
        ]
      }
    ]
  }
}

/** Names that a program may choose, each of which would like to be more than text. */
const HOSTILE = [
  '<script>window.owned = 1</script>',
  '</script><script>window.owned = 1</script>',
  '<img src=x onerror="window.owned = 1">',
  '"><svg onload="window.owned = 1">',
  '<!--<script>',
  '\u2028window.owned = 1\u2029',
  "';window.owned = 1;//",
  '`$\u007bwindow.owned = 1}`',
  '\u202egnp.exe',
  '\u001b[2J\u001b]0;owned\u0007',
  '::error::owned%0A::set-output name=a::b\n::add-mask::x',
  '| a | b |\n|---|---|',
  '[x](javascript:window.owned=1) ![i](http://example.invalid/i.png)',
  '\ud800 alone'
]

/** The same report, all names of the program replaced by hostile ones. */
function hostile() {
  const report = sample()
  const [finding] = report.findings
  const findings = HOSTILE.map((name, i) => ({
    ...finding,
    message: `Map '${name}' holds more ${name} objects`,
    culprit: { name, file: at(`src/${name}.js`), line: i + 1, column: 1, function: name },
    evidence: [`of ${name}`],
    retainerPath: [{ name, edge: `variable ${name}`, file: name, line: 1 }],
    fingerprint: String(i).padStart(16, '0'),
    advice: `Drop ${name}.`
  }))
  const named = HOSTILE.map((name) => ({
    pool: 'timer',
    label: name,
    live: 1,
    highWater: 1,
    file: name,
    line: 1,
    column: 1
  }))
  const held = HOSTILE.map((name) => ({
    depth: 1,
    name,
    class: name,
    count: 1,
    retainedBytes: 5e5,
    file: name,
    line: 1
  }))
  return {
    ...report,
    findings,
    undecided: HOSTILE.map(open),
    examined: HOSTILE.map(seen),
    details: {
      series: HOSTILE.map((name) => ({ ...report.details.series[0], name })),
      counts: named,
      owners: [report.details.owners[0], ...held]
    }
  }
}

/** @param {number} many */
function large(many) {
  const report = sample()
  const findings = Array.from({ length: many }, (_, i) => {
    const finding = report.findings[i % 2]
    const file = at(`src/module${i % 997}.js`)
    return {
      ...finding,
      culprit: { ...finding.culprit, file, line: 1 + (i % 400) },
      growth: { ...finding.growth, total: (i * 7919) % 100003 },
      fingerprint: i.toString(16).padStart(16, '0')
    }
  })
  return { ...report, findings }
}

module.exports = { HOSTILE, at, full, hostile, large, root, sample }

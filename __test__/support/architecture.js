'use strict'
// @ts-check
// Knows which file may import which: the map of ARCHITECTURE.md as tables.
// Must not read files: sources come in as values, so that the tables can be tried on sources that break them.

const {
  inlineDepth,
  jsImports,
  maskSource,
  rustModule,
  rustModulePath,
  rustPaths,
  rustRootNames,
  withoutTests
} = require('./source.js')

/** @type {Record<string, string[]>} Rust module -> modules it may name, besides itself. */
const rustMay = {
  error: [],
  fnv: [],
  snapshot: ['error'],
  growth: ['error'],
  ledger: ['error'],
  cache: ['error'],
  profile: ['error'],
  os: ['fnv', 'error'],
  graph: ['snapshot', 'finding', 'fnv', 'error'],
  finding: ['growth', 'fnv', 'error'],
  monitor: ['finding', 'growth', 'ledger', 'error'],
  words: ['finding', 'growth'],
  recording: ['monitor', 'finding', 'ledger', 'error'],
  binding: [
    ...['recording', 'monitor', 'words', 'finding', 'graph', 'growth', 'ledger', 'snapshot', 'cache', 'profile', 'os'],
    'error'
  ]
}

/** @type {{ word: RegExp, only: RegExp, reason: string }[]} Words of Rust that belong to a few files. */
const rustWords = [
  { word: /\bnapi\w*\s*(?=::|\]|\()/, only: /^src\/binding(\/|\.rs)/, reason: 'only binding/ names napi' },
  {
    word: /\bunsafe\b/,
    only: /^src\/(?!lib\.rs$|binding\/mod\.rs$)/,
    reason: 'who tells the compiler where no unsafe may be has none'
  },
  {
    word: /\b(allow|expect|warn)\s*\([^)]*\bunsafe_code\b/,
    only: /^$/,
    reason: 'nobody lifts what lib.rs and binding/mod.rs say of unsafe'
  },
  {
    word: /\b(Instant|SystemTime|UNIX_EPOCH|clock_gettime)\b/,
    only: /^src\/(os|binding)(\/|\.rs)/,
    reason: 'there is no clock outside os/ and binding/: time comes in as at_ms'
  }
]

/**
 * Who tells the compiler that there is no unsafe in a module, and of which modules it does not. What napi's macros make is
 * unsafe and says so itself, which `forbid` would refuse.
 * @type {Record<string, { level: string, but: string[] }>}
 */
const withoutUnsafe = {
  'src/lib.rs': { level: 'forbid', but: ['os', 'binding'] },
  'src/binding/mod.rs': { level: 'deny', but: ['page', 'weak'] }
}

/** What takes a text apart. */
const READS = '(?:replace|replaceAll|match|matchAll|split|includes|startsWith|endsWith|indexOf|search)'

/** The same of lib/. @type {{ word: RegExp, only: RegExp, reason: string }[]} */
const jsWords = [
  {
    word: /\bperformance\s*\.\s*now\b|\b(setFlagsFromString|hrtime)\b/,
    only: /^lib\/(base\/(clock|natives)|cache\/(memoize|weak-lru-cache)|report\/format\/page)\.js$|^lib\/cli\//,
    reason: 'time and collections come from base/clock.js, where a test can put its own; caches have the option perf'
  },
  ...[
    new RegExp(`\\b(?:advice|edge|finding\\.message|trend\\.message)\\s*(?:\\?\\?\\s*''\\)?)?\\??\\.${READS}\\(`),
    /\.(?:exec|test)\([^()]*\b(?:advice|edge|evidence|(?:finding|trend|found|report)\.message)\b/,
    new RegExp(`\\bevidence\\.(?:some|find|filter|flatMap|map)\\([^=]*=>[^\\n]*\\.${READS}\\(`)
  ].map((word) => ({
    word,
    only: /^lib\/report\/format\/page\.js$/,
    reason: 'sentences are made of facts, in src/words, and nobody reads them: ask subject, change, holder or link'
  }))
]

/** @type {Record<string, string[]>} Room of lib/ -> rooms it may import from, besides itself. A folder of a room may be one. */
const rooms = {
  base: [],
  v8: ['base'],
  hooks: ['v8', 'base'],
  findings: ['v8', 'base'],
  code: ['base'],
  'report/format': ['base'],
  report: ['report/format', 'findings', 'base'],
  heap: ['report', 'findings', 'v8', 'base'],
  watch: ['heap', 'report', 'findings', 'code', 'v8', 'base'],
  measure: ['watch', 'heap', 'hooks', 'report', 'findings', 'v8', 'base'],
  trend: ['report', 'base'],
  memory: ['heap', 'trend', 'hooks', 'report', 'findings', 'code', 'v8', 'base'],
  pprof: ['heap', 'v8', 'base'],
  fleet: ['pprof', 'report', 'base'],
  attach: ['memory', 'base'],
  guard: ['attach', 'memory', 'watch', 'trend', 'pprof', 'heap', 'hooks', 'cache', 'report', 'findings', 'v8', 'base'],
  cache: ['v8', 'base'],
  runners: ['measure', 'watch', 'hooks', 'report', 'findings', 'code', 'v8', 'base'],
  suite: ['runners', 'measure', 'report', 'findings', 'v8', 'base'],
  metrics: ['guard', 'base'],
  web: ['guard', 'base'],
  cli: ['attach', 'suite', 'fleet', 'pprof', 'report/format', 'report', 'findings', 'base']
}

/** What the environment asks for is read in one place: the guard's, whose options most of it are. */
const READ_ENVIRONMENT = /^lib\/(cli\/commands\/(?:attach|run)|runners\/reporting)\.js -> lib\/guard\/environment\.js$/

/** @type {{ from: RegExp, only?: RegExp, never?: RegExp, reason: string }[]} JS files -> files of ours they may import, beyond their rooms. */
const jsMay = [
  {
    from: /^(?!lib\/base\/native\.js$)/,
    never: /^native\.js$|\.node$/,
    reason: 'only lib/base/native.js requires native.js'
  },
  {
    from: /^index\.m?js$/,
    only: /^(index\.js$|cache\.js$|lib\/(?!cli\/))/,
    reason: 'the public API imports lib/ and its part for caches only'
  },
  { from: /^cache\.m?js$/, only: /^(cache\.js$|lib\/cache\/)/, reason: 'leakguard/cache loads caches only' },
  { from: /^register\.js$/, only: /^(index\.js$|lib\/(?!cli\/))/, reason: 'register.js imports index.js or lib/' },
  { from: /^bin\//, only: /^lib\/cli\//, reason: 'bin/ imports lib/cli only' },
  {
    from: /^lib\/(?!cli\/)/,
    never: /^(index\.m?js|register\.js|bin\/.*|lib\/cli\/.*)$/,
    reason: 'lib/ is below the API'
  },
  {
    from: /^lib\/measure\/(run|settle|readings|census|doses|steps|suspicion|trial)\.js$/,
    never: /^lib\/(heap|findings|hooks|report|watch)\//,
    reason: "deciding knows numbers, not why: reasons are the explanation's"
  },
  {
    from: /^lib\/guard\/sampler\.js$/,
    never: /^lib\/(guard\/guard\.js|hooks\/)/,
    reason: 'the sampler knows no guard'
  },
  {
    from: /^lib\/guard\/(?!captures\.js$)/,
    never: /^lib\/heap\//,
    reason: 'a guard takes heaps through its captures and its ladder alone'
  }
]

/** An adapter may ask for what it is of. @type {Record<string, string>} */
const ADAPTED = {
  'lib/metrics/prom.js': 'prom-client',
  'lib/metrics/otel.js': '@opentelemetry/api',
  'lib/metrics/otel-events.js': '@opentelemetry/api-logs',
  'lib/runners/jest.js': '@jest/globals',
  'lib/runners/vitest.mjs': 'vitest'
}

/** @typedef {Record<string, string>} Sources path from the root -> text */

/** @param {Sources} sources files of src/ @returns {string[]} one line for each violation */
function rustViolations(sources) {
  const masked = maskedRust(sources)
  const wrong = masked.flatMap(({ file, code }) => {
    const words = rustWords.filter(({ word, only }) => word.test(code) && !only.test(file))
    return [
      ...words.map(({ reason }) => `${file}: ${reason}`),
      ...unguarded(file, code),
      ...unforbidden(file, code),
      ...rustDirections(file, code)
    ]
  })
  const circle = findCircle(rustGraph(masked))
  return circle ? [...wrong, `files in a circle: ${circle.join(' -> ')}`] : wrong
}

/** @param {Sources} sources Rust files */
const maskedRust = (sources) =>
  Object.entries(sources).map(([file, source]) => ({ file, code: maskSource(source, 'rs').code }))

/** Which Rust file needs which. @param {Sources} sources */
const rustNeeds = (sources) => rustGraph(maskedRust(sources))

/** Which JS file of ours needs which. @param {Sources} sources */
const jsNeeds = (sources) =>
  new Map(Object.entries(sources).map(([file, source]) => [file, jsImports(file, source, (name) => name in sources)]))

/**
 * Which file of src/ needs which. A name that a module only hands on (`pub use`) is that of the file where it stands, and
 * handing on needs nothing: mod.rs may be the face of files that name what is written in it.
 * @param {{ file: string, code: string }[]} masked @returns {Map<string, string[]>}
 */
function rustGraph(masked) {
  const modules = new Map(masked.map(({ file }) => [rustModulePath(file).join('::'), file]))
  const paths = new Map(
    masked.map(({ file, code: all }) => {
      const code = withoutTests(all)
      const own = rustModulePath(file)
      const isBelow = (/** @type {string} */ name) => modules.has([...own, name].join('::'))
      const found = rustPaths(code, isBelow).map(({ names, handsOn, at }) => {
        const around = inlineDepth(code.slice(0, at))
        return { names: absolute(names, own, around), handsOn }
      })
      return [file, found]
    })
  )
  /** @param {string[]} names @param {number} [hops] @returns {string | undefined} the file where the name is written */
  const fileOf = (names, hops = 0) => {
    let depth = names.length
    while (depth > 0 && !modules.has(names.slice(0, depth).join('::'))) depth -= 1
    const file = modules.get(names.slice(0, depth).join('::'))
    const handed = paths.get(file ?? '')?.find(({ names: to, handsOn }) => handsOn && to.at(-1) === names[depth])
    return handed && depth < names.length && hops < 8 ? fileOf(handed.names, hops + 1) : file
  }
  return new Map(
    masked.map(({ file }) => {
      const needed = (paths.get(file) ?? []).filter(({ handsOn }) => !handsOn).map(({ names }) => fileOf(names))
      return [file, [...new Set(needed)].flatMap((other) => (other && other !== file ? [other] : []))]
    })
  )
}

/** @param {string[]} names as they are spelled @param {string[]} own module of the file @param {number} around inline modules */
function absolute(names, own, around) {
  if (names[0] === 'crate') return names.slice(1)
  const climbed = names.findIndex((name) => name !== 'super' && name !== 'self')
  const supers = names.filter((name) => name === 'super').length
  const rest = climbed < 0 ? [] : names.slice(climbed)
  return [...own.slice(0, own.length - Math.max(0, supers - around)), ...rest]
}

/** Exports in which a panic would end the program. @param {string} file @param {string} code */
function unguarded(file, code) {
  const exported =
    /#\[napi\b([^\]]*)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe)\s+)*fn\s+(\w+)/g
  return [...code.matchAll(exported)]
    .filter(([, options]) => !/\bcatch_unwind\b/.test(options))
    .map(([, , name]) => `${file}: the export ${name} does not catch panics: catch_unwind is missing`)
}

/** Modules in which the compiler would let unsafe pass. @param {string} file @param {string} code */
function unforbidden(file, code) {
  const { level, but } = withoutUnsafe[file] ?? { level: '', but: [] }
  const declared = /((?:#\[[^\]]*\]\s*)*)(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/g
  return [...code.matchAll(declared)]
    .filter(([, attributes, name]) => level && !but.includes(name) && !attributes.includes(`#[${level}(unsafe_code)]`))
    .map(([, , name]) => `${file}: ${name} is declared without #[${level}(unsafe_code)]`)
}

/** @param {string} file @param {string} code */
function rustDirections(file, code) {
  const module = rustModule(file)
  // lib.rs declares the modules and may name them all.
  if (module === 'lib') return []
  const may = rustMay[module]
  if (!may) return [`${file}: module ${module} has no place in the rules yet`]
  const wrong = new Set(rustRootNames(file, code).filter((name) => name !== module && !may.includes(name)))
  return [...wrong].map((name) =>
    name in rustMay ? `${file}: ${module} must not name ${name}` : `${file}: crate::${name} is no module`
  )
}

/** @param {Sources} sources JS files of ours @returns {string[]} one line for each violation */
function jsViolations(sources) {
  const graph = jsNeeds(sources)
  const wrong = [...graph].flatMap(([file, targets]) => targets.flatMap((target) => jsDirections(file, target)))
  for (const [file, source] of Object.entries(sources)) {
    const { code } = maskSource(source, 'js')
    for (const { word, only, reason } of jsWords)
      if (file.startsWith('lib/') && word.test(code) && !only.test(file)) wrong.push(`${file}: ${reason}`)
  }
  const circle = findCircle(graph)
  return circle ? [...wrong, `imports in a circle: ${circle.join(' -> ')}`] : wrong
}

/** @param {string} file @param {string} target */
function jsDirections(file, target) {
  // What has no extension is a package or a builtin; the runtime ones are Node's.
  const ours = /\.(c|m)?js$|\.json$|\.node$/.test(target)
  if (!ours)
    return target.startsWith('node:') || ADAPTED[file] === target
      ? []
      : [`${file}: requires ${target}: only node: modules and our own files`]
  return [
    ...roomDirections(file, target),
    ...jsMay
      .filter(({ from, only, never }) => from.test(file) && ((only && !only.test(target)) || never?.test(target)))
      .map(({ reason }) => `${file} -> ${target}: ${reason}`)
  ]
}

/** @param {string} file @returns {string | undefined} the room of lib/ it stands in: the innermost that the table has */
const roomOf = (file) =>
  Object.keys(rooms).findLast((room) => file.startsWith(`lib/${room}/`) && !innerRoom(room, file))

/** Whether a room within this one has the file. @param {string} room @param {string} file */
const innerRoom = (room, file) =>
  Object.keys(rooms).some((other) => other.startsWith(`${room}/`) && file.startsWith(`lib/${other}/`))

/** @param {string} file @param {string} target */
function roomDirections(file, target) {
  if (!file.startsWith('lib/')) return []
  const room = roomOf(file)
  if (room === undefined) return [`${file}: stands in no room of lib/`]
  const other = roomOf(target)
  if (other === room || (other !== undefined && rooms[room].includes(other))) return []
  // The loader of the addon and what the package says of itself; the command line stands on the public API, too.
  const isAllowed =
    target === 'package.json' ||
    target === 'native.js' ||
    (room === 'cli' && target === 'index.js') ||
    READ_ENVIRONMENT.test(`${file} -> ${target}`)
  return isAllowed ? [] : [`${file} -> ${target}: ${room} may import ${rooms[room].join(', ') || 'nothing of ours'}`]
}

/** @param {Map<string, string[]>} graph @returns {string[] | null} the first circle, closed */
function findCircle(graph) {
  /** @type {Set<string>} */
  const done = new Set()
  /** @param {string} file @param {string[]} trail @returns {string[] | null} */
  const visit = (file, trail) => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return null
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target, [...trail, file])
      if (circle) return circle
    }
    done.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return null
}

module.exports = { jsNeeds, jsViolations, rustNeeds, rustViolations }

'use strict'
// @ts-check
// Knows the three loops of tests, on which Nodes each runs, and what a failure says.
// Must not know what the tests test, nor set anything up: setup.js has run before.
//
//   npm test                    Rust, the quick tests and a slice of the live ones, on this Node; --no-rust: no Rust
//   npm run test:live           the live tests: programs, suites, copies, browsers; on this Node
//   npm run test:contract       what must hold on each Node, on Node 20, 22, 24 and 26, and what is published
//   npm run test:all            lints, both of the above, contract tests and live slices on Node 20, 22, 24 and 26, and
//                               what is published; with --rest: without what `npm test` and the lints have done
//   npm test -- PART…           the test files with PART in their path, whole, on this Node; with --nodes on each

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root, run, say, secondsSince } = require('./lib/exec.js')
const sets = require('./lib/test-sets.js')
const { nodeBinaries } = require('./nodes.js')

/** A hung test ends before the loop does, in milliseconds. */
const TIMEOUT_MS = 480_000
const SUPPORTED = 4

/** @typedef {{ name: string, passed: boolean, took: string }} Result */
/** @typedef {{ version: string, file: string }} Node */

/** @type {string[]} what is said last: how to see each failure alone */
const closing = []

function main() {
  const args = process.argv.slice(2)
  const parts = args.filter((arg) => !arg.startsWith('--'))
  const has = (/** @type {string} */ flag) => args.includes(flag)
  const startNs = process.hrtime.bigint()
  const results = parts.length > 0 ? named(parts, has('--nodes')) : loop(has)
  report(results, `${secondsSince(startNs)}, ${cpuOfChildren()}load ${os.loadavg()[0].toFixed(1)}`)
}

/** @param {(flag: string) => boolean} has @returns {Result[]} */
function loop(has) {
  const isAll = has('--all')
  const isRest = has('--rest')
  if (has('--live')) return liveTests()
  if (has('--contract')) return [suite('programs', here(), sets.programs()), ...onOthers(contractTests), published()]
  if (!isAll) return [...(has('--no-rust') ? [] : [rustTests()]), ...everyday()]
  const before = isRest ? [] : [step('lints', 'ready.js', '--lint'), rustTests(), ...everyday()]
  const slice = (/** @type {Node} */ node) => [contractTests(node), sliceOfLive(node)]
  return [...before, ...liveTests(), ...onOthers(slice), published()]
}

const published = () => step('what is published', 'install-test.js')
/** @param {Node} node */
const contractTests = (node) => suite('contract tests', node, sets.contract())
/** @param {Node} node */
const sliceOfLive = (node) => suite('a slice of the live tests', node, sets.sliced())

/** @param {string} name @param {string} script @param {...string} args @returns {Result} */
const step = (name, script, ...args) => timed(name, () => run(process.execPath, [`scripts/${script}`, ...args]).code)

const here = () => ({ version: process.version, file: process.execPath })

/** @param {string[]} parts @param {boolean} onEach @returns {Result[]} */
function named(parts, onEach) {
  const files = sets.all().filter((file) => parts.some((part) => file.includes(part)))
  if (files.length === 0) throw new Error(`no test file has ${parts.join(' or ')} in its path`)
  return (onEach ? everyNode() : [here()]).map((node) => suite('tests', node, files, { isAll: true }))
}

/** @returns {Result[]} */
function everyday() {
  return [suite('quick tests', here(), sets.quick()), sliceOfLive(here())]
}

/** @returns {Result[]} */
const liveTests = () => [suite('live tests', here(), sets.live(), { isAll: true, atOnce: 1 })]

/** @param {(node: Node) => Result | Result[]} tests @returns {Result[]} */
function onOthers(tests) {
  const others = everyNode().filter(({ version }) => version !== process.version)
  const results = others.flatMap(tests)
  const missing = SUPPORTED - 1 - others.length
  return missing > 0 ? [...results, { name: `${missing} Nodes are missing`, passed: false, took: '' }] : results
}

/** This Node, and one of each other major that is supported. @returns {Node[]} */
function everyNode() {
  const own = Number.parseInt(process.versions.node, 10)
  return [here(), ...nodeBinaries().filter(({ major }) => major !== own)]
}

/** @returns {Result} */
function rustTests() {
  return timed('cargo test', () => {
    // Without the addon feature there is no Node to link against, and little to compile.
    const { code, missing } = run('cargo', ['test', '--quiet', '--no-default-features'])
    if (missing) say('cargo is missing')
    if (code !== 0) closing.push('To see it alone: cargo test --no-default-features')
    return code
  })
}

/**
 * Two cores, so two files at a time, but for those that want the machine to themselves.
 * @param {string} name @param {Node} node @param {string[]} files
 * @param {{ isAll?: boolean, atOnce?: number }} [how] `isAll`: files that draw what they run, run all
 * @returns {Result}
 */
function suite(name, { version, file }, files, { isAll = false, atOnce = 2 } = {}) {
  // A runner below another one reports to it instead of to us.
  const { NODE_TEST_CONTEXT, LEAKGUARD_TEST_ALL, ...env } = process.env
  if (isAll) env.LEAKGUARD_TEST_ALL = '1'
  return timed(`${name} on Node ${version}`, () => {
    const { code, said } = runFiles(file, files, atOnce, env)
    if (code === 0) say(said)
    else closing.push(said)
    return code
  })
}

/**
 * @param {string} node @param {string[]} files @param {number} atOnce @param {NodeJS.ProcessEnv} env
 * @returns {{ code: number, said: string }} `said`: the slowest, and what to type to see each failure alone
 */
function runFiles(node, files, atOnce, env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-test-'))
  const lines = path.join(folder, 'closing.txt')
  const reporter = (/** @type {string} */ name, /** @type {string} */ to) => [
    `--test-reporter=${path.join(root, 'scripts/lib', name)}`,
    `--test-reporter-destination=${to}`
  ]
  const reporters = [...reporter('test-reporter.mjs', 'stdout'), ...reporter('closing-lines.mjs', lines)]
  const flags = ['--test', `--test-timeout=${TIMEOUT_MS}`, `--test-concurrency=${atOnce}`]
  const { code } = run(node, [...flags, ...reporters, ...files], { env })
  const said = fs.existsSync(lines) ? fs.readFileSync(lines, 'utf8').trimEnd() : ''
  fs.rmSync(folder, { recursive: true })
  return { code, said }
}

/** @param {string} name @param {() => number} work @returns {Result} */
function timed(name, work) {
  say(`\n--- ${name}`)
  const startNs = process.hrtime.bigint()
  const passed = work() === 0
  return { name, passed, took: secondsSince(startNs) }
}

/** What the programs that were started and have ended took, where the system tells. */
function cpuOfChildren() {
  try {
    const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
    return `${((Number(fields[13]) + Number(fields[14])) / 100).toFixed(0)} CPU s, `
  } catch {
    return ''
  }
}

/** @param {Result[]} results @param {string} took */
function report(results, took) {
  say('')
  for (const { name, passed, took: one } of results) say(`${passed ? 'ok    ' : 'FAILED'} ${name} ${one}`)
  say(`in all ${took}`)
  for (const text of closing) say(`\n${text}`)
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
}

main()

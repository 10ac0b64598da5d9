'use strict'
// @ts-check
// Knows the three loops of tests, on which Nodes each runs, and what a failure says.
// Must not know what the tests test, nor set anything up: setup.js has run before.
//
//   npm test                    Rust, the quick tests and a slice of the live ones, on this Node; --no-rust: no Rust
//   npm run test:live           the live tests: programs, suites, copies, browsers; on this Node
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
/** What an error says that is not about leaks, such as a port in use: its file may be tried again, once and not unseen. */
const RETRYABLE = /may be tried again: (.+)/

/** @typedef {{ name: string, passed: boolean, took: string }} Result */
/** @typedef {{ version: string, file: string }} Node */
/** @typedef {{ file: string, name: string, line?: number, message: string }} Failure */

/** @type {string[]} */
const triedAgain = []
/** @type {string[]} how to see each failed file alone */
const toSeeAgain = []

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
  if (!isAll) return [...(has('--no-rust') ? [] : [rustTests()]), ...everyday()]
  const before = isRest ? [] : [step('lints', 'ready.js', '--lint'), rustTests(), ...everyday()]
  return [...before, ...liveTests(), ...otherNodes(), step('what is published', 'install-test.js')]
}

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
  return [
    suite('quick tests', here(), sets.quick()),
    suite('a slice of the live tests', here(), sets.sliced(), { isSlice: true })
  ]
}

/** @returns {Result[]} */
const liveTests = () => [suite('live tests', here(), sets.live(), { isAll: true, atOnce: 1 })]

/** @returns {Result[]} */
function otherNodes() {
  const others = everyNode().filter(({ version }) => version !== process.version)
  const results = others.flatMap((node) => [
    suite('contract tests', node, sets.contract()),
    suite('a slice of the live tests', node, sets.sliced(), { isSlice: true })
  ])
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
    if (code !== 0) toSeeAgain.push('cargo test --no-default-features')
    return code
  })
}

/**
 * Two cores, so two files at a time, but for those that want the machine to themselves.
 * @param {string} name @param {Node} node @param {string[]} files
 * @param {{ isSlice?: boolean, isAll?: boolean, atOnce?: number }} [how] whether drawn tests run one of each kind, or all
 * @returns {Result}
 */
function suite(name, { version, file }, files, { isSlice = false, isAll = false, atOnce = 2 } = {}) {
  // A runner below another one reports to it instead of to us.
  const { NODE_TEST_CONTEXT, LEAKGUARD_TEST_ALL, LEAKGUARD_TEST_SLICE, ...env } = process.env
  if (isSlice) env.LEAKGUARD_TEST_SLICE = '1'
  if (isAll) env.LEAKGUARD_TEST_ALL = '1'
  return timed(`${name} on Node ${version}`, () => {
    const failures = runFiles(file, files, atOnce, env)
    const again = filesToTryAgain(failures)
    const isOver = failures.length > 0 && failures.every((one) => again.has(one.file))
    const left = isOver ? [...again].flatMap((one) => runFiles(file, [one], 1, env)) : failures
    if (isOver)
      triedAgain.push(...failures.map((one) => `${one.file}, ${one.name}: ${RETRYABLE.exec(one.message)?.[1]}`))
    toSeeAgain.push(...howToSee(left, file, { isSlice, isAll }))
    return left.length > 0 ? 1 : 0
  })
}

/** Files all of whose failures are not about leaks. @param {Failure[]} failures */
function filesToTryAgain(failures) {
  const wrong = new Set(failures.filter(({ message }) => !RETRYABLE.test(message)).map(({ file }) => file))
  return new Set(failures.map(({ file }) => file).filter((file) => !wrong.has(file)))
}

/** @param {string} node @param {string[]} files @param {number} atOnce @param {NodeJS.ProcessEnv} env @returns {Failure[]} */
function runFiles(node, files, atOnce, env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-test-'))
  const list = path.join(folder, 'failed.jsonl')
  const reporter = path.join(root, 'scripts/lib/test-reporter.mjs')
  const flags = ['--test', `--test-timeout=${TIMEOUT_MS}`, `--test-concurrency=${atOnce}`]
  const reporters = [`--test-reporter=${reporter}`, '--test-reporter-destination=stdout']
  const { code } = run(node, [...flags, ...reporters, ...files], { env: { ...env, LEAKGUARD_TEST_FAILURES: list } })
  const lines = fs.existsSync(list) ? fs.readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
  fs.rmSync(folder, { recursive: true })
  /** @type {Failure[]} */
  const failures = lines.map((line) => JSON.parse(line))
  if (code !== 0 && failures.length === 0)
    return [{ file: files.join(' '), name: 'the runner itself', message: `exit code ${code}` }]
  return failures.map((one) => ({ ...one, file: path.relative(root, one.file) }))
}

/** @param {Failure[]} failures @param {string} node @param {{ isSlice: boolean, isAll: boolean }} how @returns {string[]} */
function howToSee(failures, node, { isSlice, isAll }) {
  const program = node === process.execPath ? 'node' : path.relative(root, node)
  const environment = isSlice ? 'LEAKGUARD_TEST_SLICE=1 ' : isAll ? 'LEAKGUARD_TEST_ALL=1 ' : ''
  return [...new Set(failures.map(({ file }) => file))].map((file) => `${environment}${program} --test ${file}`)
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
  for (const line of triedAgain) say(`TRIED AGAIN: ${line}`)
  for (const { name, passed, took: one } of results) say(`${passed ? 'ok    ' : 'FAILED'} ${name} ${one}`)
  say(`in all ${took}`)
  if (toSeeAgain.length > 0) say(`\nTo see what failed alone:\n${toSeeAgain.map((line) => `  ${line}`).join('\n')}`)
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
}

main()

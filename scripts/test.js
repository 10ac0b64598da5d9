'use strict'
// @ts-check
// Knows which tests there are and on which Nodes they run.
// Must not know what they test, nor set anything up: setup.js has run before.
//
//   npm test                    Rust, all JS tests on this Node, and all but the long ones on Node 20, 22, 24 and 26
//   npm test -- --nodes         all JS tests on each of the four, and a Node that cannot be had is a failure
//   npm test -- --current       the JS tests on this Node only
//   npm test -- --no-rust PART  without Rust; only test files with PART in their path

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root, run, say, secondsSince } = require('./lib/exec.js')
const { listFiles } = require('./lib/files.js')
const { nodeBinaries } = require('./nodes.js')

// Programs that are watched for seconds: they want the machine to themselves, and a long time.
const LONG =
  /^__test__\/(workloads\.test|memory\/(ladder|worker)\.test|measure\/(clean|leaky|golden|contract|packages)\.test|cli\/demo\.test|heap\/(variants|fork)\.test|report\/browser\.test|env\/jest\.test|runners\/(runners|circumstances)\.test|package\/)/
const supported = 4
// Tests measure a live process, and a machine can stall: that many failed files get a second try, alone, and are
// named at the end. More of them is no accident.
const SECOND_TRIES_MAX = 3

/** @typedef {{ name: string, passed: boolean, took: string }} Result */
/** @type {string[]} what passed at the second try only */
const unsteady = []

function main() {
  const args = process.argv.slice(2)
  const parts = args.filter((arg) => !arg.startsWith('--'))
  const results = []
  if (!args.includes('--no-rust') && parts.length === 0) results.push(rustTests())
  const files = listFiles('__test__', (file) => file.endsWith('.test.js')).filter(
    (file) => parts.length === 0 || parts.some((part) => file.includes(part))
  )
  if (files.length === 0) throw new Error(`no test file has ${parts.join(' or ')} in its path`)
  results.push(...jsTests(files, args))
  report(results)
}

/** @returns {Result} */
function rustTests() {
  return timed('cargo test', () => {
    // Without the addon feature there is no Node to link against, and little to compile.
    const { code, missing } = run('cargo', ['test', '--quiet', '--no-default-features'])
    if (missing) say('cargo is missing')
    return code
  })
}

/** @param {string[]} files @param {string[]} args @returns {Result[]} */
function jsTests(files, args) {
  const current = { version: process.version, file: process.execPath }
  const others = args.includes('--current') ? [] : nodeBinaries()
  const nodes = [current, ...others.filter(({ version }) => version !== current.version)]
  const isAll = args.includes('--nodes')
  const results = nodes.map((node, index) => {
    const isFirst = index === 0
    const wanted = isFirst || isAll ? files : files.filter((file) => !LONG.test(file))
    if (wanted.length < files.length)
      say(`\nNode ${node.version}: ${files.length - wanted.length} long test files are left to --nodes`)
    return suiteOn(node, wanted, isFirst)
  })
  if (isAll && others.length < supported) {
    results.push({ name: `${supported - others.length} of ${supported} Nodes are missing`, passed: false, took: '' })
  }
  return results
}

/**
 * @param {{ version: string, file: string }} node
 * @param {string[]} files
 * @param {boolean} inFull the first run shows each test, the others their closing lines, skips and failures
 * @returns {Result}
 */
function suiteOn({ version, file }, files, inFull) {
  // A runner below another one reports to it instead of to us.
  const { NODE_TEST_CONTEXT, ...env } = process.env
  return timed(`JS tests on Node ${version}`, () => {
    const long = files.filter((name) => LONG.test(name))
    const short = files.filter((name) => !LONG.test(name))
    let failed = 0
    // Two cores, so two files at a time.
    for (const [group, atOnce] of /** @type {[string[], number][]} */ ([
      [short, 2],
      [long, 1]
    ])) {
      if (group.length === 0) continue
      const { code, failedFiles } = runFiles(file, group, { atOnce, inFull, env })
      if (code === 0) continue
      if (secondTry(file, failedFiles, env)) unsteady.push(...failedFiles.map((name) => `${name} on Node ${version}`))
      else failed = code
    }
    return failed
  })
}

/**
 * @param {string} node
 * @param {string[]} files
 * @param {{ atOnce: number, inFull: boolean, env: NodeJS.ProcessEnv }} how
 * @returns {{ code: number, failedFiles: string[] }}
 */
function runFiles(node, files, { atOnce, inFull, env }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-test-'))
  const list = path.join(folder, 'failed.txt')
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${path.join(root, 'scripts/lib/failed-files.mjs')}`,
    `--test-reporter-destination=${list}`
  ]
  // A hung test ends before npm test does.
  const flags = ['--test', '--test-timeout=480000', `--test-concurrency=${atOnce}`, ...reporters]
  const { code, output } = run(node, [...flags, ...files], { capture: !inFull, env })
  if (!inFull) say(essence(output))
  const failed = fs.existsSync(list) ? fs.readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
  fs.rmSync(folder, { recursive: true })
  return { code, failedFiles: failed.map((file) => path.relative(root, file)) }
}

/**
 * @param {string} node
 * @param {string[]} files that failed once
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether all pass alone
 */
function secondTry(node, files, env) {
  if (files.length === 0 || files.length > SECOND_TRIES_MAX) return false
  say(`\nSecond try, one at a time: ${files.join(', ')}`)
  return runFiles(node, files, { atOnce: 1, inFull: false, env }).code === 0
}

/** @param {string} output of the spec reporter @returns {string} */
function essence(output) {
  const lines = output.trimEnd().split('\n')
  const closing = lines.findIndex((line) => /^ℹ tests \d+/.test(line))
  // No closing lines: the runner itself died, so all it said may matter.
  if (closing < 0) return output
  const skips = lines.slice(0, closing).filter((line) => line.trimStart().startsWith('﹣'))
  return [...skips, ...lines.slice(closing)].join('\n')
}

/** @param {string} name @param {() => number} work @returns {Result} */
function timed(name, work) {
  say(`\n--- ${name}`)
  const startNs = process.hrtime.bigint()
  const passed = work() === 0
  return { name, passed, took: secondsSince(startNs) }
}

/** @param {Result[]} results */
function report(results) {
  say('')
  for (const name of unsteady) say(`UNSTEADY: failed once, then passed alone: ${name}`)
  for (const { name, passed, took } of results) say(`${passed ? 'ok    ' : 'FAILED'} ${name} ${took}`)
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
}

main()

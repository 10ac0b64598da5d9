'use strict'
// @ts-check
// Knows how to run Node's own tests of what we hook, plain and with our hooks, and to tell what only we break.
// Must not know the hooks. The copy of Node's tests may be of another version than the Node they run on: what fails
// plainly is counted and left alone.
//
//   NODE_TEST_DIR=<folder with test/parallel> node scripts/node-suite.js [--node=FILE] [--register=FILE] [PART…]

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root, runAside, say } = require('./lib/exec.js')

const workers = 2
const timeoutMs = 60_000
const subjects = {
  parallel: [
    /^test-events?[-.]/,
    /^test-event-/,
    /^test-eventtarget/,
    /^test-eventemitter/,
    /^test-timers/,
    /^test-promises?-.*timers/,
    /^test-abort/,
    /^test-global-(timers|settimeout|setinterval)/,
    /^test-(process-)?(set)?(immediate|timeout|interval)/,
    /^test-fs-(open|close|promises-file-handle|filehandle|opendir|readdir)/,
    /^test-(child-process|worker|http|http2|net|stream|readline).*(abort|event|timer)/,
    /^test-(https?|http2|net|fetch|undici|websocket|diagnostics-channel)-/
  ],
  sequential: [/^test-timers/]
}

/** @typedef {{ node: string, register: string, testRoot: string }} Setting */

/** @param {string} testRoot @param {string[]} parts @returns {string[]} */
function findTests(testRoot, parts) {
  return Object.entries(subjects).flatMap(([folder, patterns]) =>
    fs
      .readdirSync(path.join(testRoot, folder))
      .filter((name) => /\.m?js$/.test(name) && patterns.some((pattern) => pattern.test(name)))
      .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
      .map((name) => `${folder}/${name}`)
  )
}

/** Node's own runner takes the flags of a test from such a line too. @param {string} text */
function flagsOf(text) {
  const line = /^\/\/ Flags:(.*)$/m.exec(text)
  return line ? line[1].trim().split(/\s+/) : []
}

/** @param {Setting} setting @param {string} test @param {boolean} ours @param {number} worker */
async function runTest({ node, register, testRoot }, test, ours, worker) {
  const file = path.join(testRoot, test)
  const flags = flagsOf(fs.readFileSync(file, 'utf8'))
  const hooks = ours ? ['--require', register] : []
  // What Node's runner sets: one temporary folder and port range for each worker.
  const env = { ...process.env, TEST_THREAD_ID: String(worker), TEST_SERIAL_ID: String(worker), NODE_OPTIONS: '' }
  return runAside(node, [...flags, ...hooks, file], { env, cwd: path.dirname(testRoot), timeoutMs })
}

/**
 * A difference counts only when it is seen a second time: some of these tests race with the clock.
 * @param {Setting} setting @param {string} test @param {number} worker
 */
async function compare(setting, test, worker) {
  const plain = await runTest(setting, test, false, worker)
  if (plain.code !== 0) return { test, kind: 'fails plainly', output: '' }
  const ours = await runTest(setting, test, true, worker)
  if (ours.code === 0) return { test, kind: 'passes', output: '' }
  const again = await runTest(setting, test, true, worker)
  if (again.code === 0) return { test, kind: 'flaky', output: '' }
  const plainAgain = await runTest(setting, test, false, worker)
  if (plainAgain.code !== 0) return { test, kind: 'flaky', output: '' }
  return { test, kind: 'regression', output: again.timedOut ? `no end after ${timeoutMs} ms` : again.output }
}

/** @param {Setting} setting @param {string[]} tests */
async function compareAll(setting, tests) {
  /** @type {Awaited<ReturnType<typeof compare>>[]} */
  const results = []
  const queue = [...tests]
  const work = async (/** @type {number} */ worker) => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      results.push(await compare(setting, test, worker))
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, index) => work(index + 1)))
  return results
}

/** @param {Awaited<ReturnType<typeof compareAll>>} results */
function report(results) {
  const count = (/** @type {string} */ kind) => results.filter((result) => result.kind === kind).length
  const regressions = results.filter(({ kind }) => kind === 'regression')
  for (const { test, output } of regressions) say(`\nREGRESSION ${test}\n${output.trimEnd().slice(-2_000)}`)
  for (const { test, kind } of results) if (kind === 'flaky') say(`flaky ${test}`)
  const kinds = ['passes', 'fails plainly', 'flaky', 'regression'].map((kind) => `${kind} ${count(kind)}`)
  say(`${results.length} of Node's tests: ${kinds.join(', ')}`)
  process.exitCode = regressions.length > 0 || results.length === count('fails plainly') ? 1 : 0
}

/** @param {string[]} args @param {string} name @param {string} fallback */
function option(args, name, fallback) {
  const given = args.find((arg) => arg.startsWith(`--${name}=`))
  return given ? path.resolve(given.slice(name.length + 3)) : fallback
}

async function main() {
  const copy = process.env.NODE_TEST_DIR
  const testRoot = copy && path.resolve(copy, 'test')
  if (!testRoot || !fs.existsSync(path.join(testRoot, 'parallel'))) {
    say('skip: NODE_TEST_DIR names no folder with test/parallel (a checkout of https://github.com/denoland/node_test)')
    return
  }
  const args = process.argv.slice(2)
  const register = option(args, 'register', path.join(root, 'register.js'))
  if (!fs.existsSync(register)) throw new Error(`${register} does not exist`)
  const setting = { node: option(args, 'node', process.execPath), register, testRoot }
  const tests = findTests(
    testRoot,
    args.filter((arg) => !arg.startsWith('--'))
  )
  say(
    `${tests.length} tests, each plain and with ${path.relative(root, register)}, ${workers} at a time on ${os.cpus().length} cores`
  )
  report(await compareAll(setting, tests))
}

main()

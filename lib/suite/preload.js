// @ts-check
// Comes into each Node process that the command starts: adds to the arguments of a test runner, or hears of node:test. Loads
// nothing else before there is a test, and nothing at all in other programs.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isMainThread } = require('node:worker_threads')

/** What starts a runner and runs no tests itself. */
const STARTERS = /^(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|tsx|c8|nyc|cross-env)(?:-cli)?$/
/** Processes of runners that have their tests run by others. */
const WORKERS = ['VITEST_WORKER_ID', 'TINYPOOL_WORKER_ID', 'JEST_WORKER_ID', 'MOCHA_WORKER_ID', 'VITEST']

/** The argument that gives a runner its part of this, by the name of its command. @type {Record<string, () => string[]>} */
const ARGUMENTS = {
  mocha: () => ['--require', path.join(__dirname, 'mocha.js')],
  _mocha: () => ['--require', path.join(__dirname, 'mocha.js')],
  jest: () => ['--testRunner', path.join(__dirname, 'jest.js')]
}

/** The name of the program that runs, as it is installed. */
function program() {
  try {
    return path.basename(fs.realpathSync(process.argv[1])).replace(/\.[cm]?js$/, '')
  } catch {
    return ''
  }
}

function main() {
  if (!isMainThread || !process.env.LEAKGUARD_SUITE_PARTS) return
  const name = program()
  const more = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name]() : undefined
  if (more) {
    // A launcher hands what it was given to the process that it starts.
    if (process.argv.includes(more[1])) return
    const end = process.argv.indexOf('--')
    process.argv.splice(end < 0 ? process.argv.length : end, 0, ...more)
    return
  }
  if (name === 'vitest') return require('./vitest-main.js').install(path.join(__dirname, 'vitest.mjs'))
  if (STARTERS.test(name) || WORKERS.some((key) => process.env[key])) return
  const isParent = process.execArgv.includes('--test') && !process.env.NODE_TEST_CONTEXT && !isAlone(process.execArgv)
  if (!isParent) require('./node-test.js').install(() => require('./begin.js').begin('node:test'))
}

/** @param {string[]} flags */
const isAlone = (flags) => flags.some((flag) => /^--(?:experimental-)?test-isolation=none$/.test(flag))

try {
  main()
} catch (error) {
  process.emitWarning(`leakguard suite cannot watch this process: ${/** @type {Error} */ (error).message}`)
}

// @ts-check
// Jest: a test runner around jest-circus, which hears of its events and runs tests once more before the last hooks of their
// block. What a test leaves in `expect`, such as counters of assertions and snapshots, is put back.
'use strict'

const { createRequire } = require('node:module')
const path = require('node:path')
const { nowMs } = require('../base/clock.js')
const { ownRealms, realmsOf } = require('../v8/live-objects.js')
const { begin } = require('./begin.js')

const kMatchers = Symbol.for('$$jest-matchers-object')
/** Figures of snapshots that a repeated test changes. */
const SNAPSHOT_FIGURES = /** @type {const} */ (['added', 'matched', 'unmatched', 'updated', '_dirty'])

/** @typedef {any} Circus a test, block or hook of jest-circus */
/** @typedef {any} Environment of Jest */

/** jest-circus of the Jest that runs: the project's, or its Jest's own. @param {string} rootDir @returns {any} */
function circusOf(rootDir) {
  const main = process.argv[1] ?? rootDir
  for (const from of [path.join(rootDir, 'package.json'), main, require.main?.filename ?? main, __filename]) {
    try {
      return createRequire(from)('jest-circus/runner')
    } catch {
      // not from there
    }
    try {
      return createRequire(createRequire(from).resolve('jest-config'))('jest-circus/runner')
    } catch {
      // nor from there
    }
  }
  throw new Error('leakguard suite: jest-circus is not installed, which runs the tests')
}

/** Names of the blocks around a test, and its own. @param {Circus} test @returns {string[]} */
function namesOf(test) {
  const names = []
  for (let at = test; at?.parent; at = at.parent) names.unshift(String(at.name))
  return names
}

/** @param {Circus} block */
const isSetUp = (block) =>
  block.hooks.some((/** @type {Circus} */ { type }) => type === 'beforeAll' || type === 'afterAll')

/** Where a test is repeated: at the end of the outermost block that nothing is set up for once. @param {Circus} test */
function blockOf(test) {
  let block = test.parent
  while (block.parent && !isSetUp(block)) block = block.parent
  return block
}

/** Why a test is not run again. @param {Circus} test @param {any} globalConfig @returns {string | undefined} */
function whyNot(test, globalConfig) {
  if (test.failing) return 'it is expected to fail'
  if (test.errors.length > 0) return 'it failed'
  if (test.invocations > 1) return 'it passed only when it was retried'
  if (test.concurrent) return 'tests run at the same time here'
  if (globalConfig.updateSnapshot === 'all') return 'snapshots are being updated'
  if (Object.prototype.toString.call(test.fn) === '[object GeneratorFunction]') return 'it is a generator'
}

/** Hooks around each run, in the order in which they run. @param {Circus} test */
function hooksOf(test) {
  /** @type {{ before: Function[], after: Function[] }} */
  const hooks = { before: [], after: [] }
  for (let block = test.parent; block; block = block.parent) {
    const of = (/** @type {string} */ wanted) =>
      block.hooks.filter((/** @type {Circus} */ { type }) => type === wanted).map((/** @type {Circus} */ { fn }) => fn)
    hooks.before.unshift(...of('beforeEach'))
    hooks.after.push(...of('afterEach'))
  }
  return hooks
}

/** @param {Function} fn @param {object} context */
function call(fn, context) {
  if (fn.length === 0) return Reflect.apply(fn, context, [])
  return new Promise((resolve, reject) => {
    const done = (/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined))
    Reflect.apply(fn, context, [Object.assign(done, { fail: reject })])
  })
}

/** What runs a test once more. @param {Circus} test @param {any} global of the test file */
function repeater(test, global) {
  const { fn } = test
  const { before, after } = hooksOf(test)
  const currentTestName = namesOf(test).join(' ')
  return async () => {
    const state = global[kMatchers]?.state ?? {}
    const kept = { ...state }
    const restoreSnapshots = forgetSnapshots(state.snapshotState, currentTestName)
    Object.assign(state, {
      ...{ assertionCalls: 0, expectedAssertionsNumber: null, isExpectingAssertions: false },
      ...{ numPassingAsserts: 0, suppressedErrors: [], currentTestName }
    })
    const context = {}
    try {
      try {
        for (const hook of before) await call(hook, context)
        await call(fn, context)
      } finally {
        for (const hook of after) await call(hook, context)
      }
      check(state)
    } finally {
      Object.assign(state, kept)
      restoreSnapshots()
    }
  }
}

/** What `expect` says when a test has ended. @param {any} state */
function check({ assertionCalls, expectedAssertionsNumber, isExpectingAssertions, suppressedErrors }) {
  if (suppressedErrors?.length > 0) throw suppressedErrors[0]
  const wanted = expectedAssertionsNumber ?? (isExpectingAssertions && assertionCalls === 0 ? 'some' : assertionCalls)
  if (wanted !== assertionCalls) throw new Error(`${wanted} assertions were expected, and ${assertionCalls} were made`)
}

/** Snapshots of one test are numbered by how many it has made. @param {any} snapshots @param {string} name @returns {() => void} */
function forgetSnapshots(snapshots, name) {
  if (!snapshots) return () => {}
  const figures = SNAPSHOT_FIGURES.map((key) => /** @type {const} */ ([key, snapshots[key]]))
  const counter = snapshots._counters?.get(name)
  snapshots._counters?.delete(name)
  // A repeated run writes none: neither a new one nor another value of one that is new.
  const { _updateSnapshot: mode } = snapshots
  snapshots._updateSnapshot = 'none'
  return () => {
    snapshots._updateSnapshot = mode
    for (const [key, value] of figures) if (value !== undefined) snapshots[key] = value
    if (counter !== undefined) snapshots._counters.set(name, counter)
  }
}

/** @type {import('./keeper.js').KeeperLike | undefined} */
let keeper
let hasBegun = false

/** @param {Environment} environment @param {any} runtime @param {any} globalConfig @param {string} file */
function listen(environment, runtime, globalConfig, file) {
  if (!hasBegun) keeper = begin('jest')
  hasBegun = true
  if (!keeper) return
  const kept = keeper
  const context = environment.getVmContext?.()
  const { global } = environment
  kept.consoles = () => [global.console]
  kept.realms = (inspector) => [...ownRealms(inspector), ...(context ? realmsOf(inspector, [context]) : [])]
  kept.measure = (...args) => runtime.requireInternalModule(path.join(__dirname, 'jest-inside.js')).measure(...args)
  /** Tests that have run, by block. @type {Map<Circus, { test: Circus, tookMs: number, run: () => Promise<void> }[]>} */
  const ran = new Map()
  let startMs = nowMs()
  const blockEnds = async (/** @type {Circus} */ block) => {
    // Only now is known whether a test has failed.
    for (const { test, tookMs, run } of ran.get(block) ?? []) {
      const named = { name: namesOf(test).join(' > '), file }
      const why = whyNot(test, globalConfig)
      if (why) kept.skips(named, why)
      else kept.ran(block, { ...named, tookMs, run })
    }
    ran.delete(block)
    // Outside of a test nothing of its realm may be required.
    runtime.enterTestCode?.()
    try {
      await kept.blockEnds(block, { isInner: block.parent !== undefined })
    } finally {
      runtime.leaveTestCode?.()
    }
  }
  const { handleTestEvent } = environment
  environment.handleTestEvent = async (/** @type {any} */ event, /** @type {any} */ state) => {
    await handleTestEvent?.call(environment, event, state)
    await hear(event).catch(() => {})
  }
  /** @param {any} event of jest-circus, which an error of ours must not reach */
  const hear = async (event) => {
    if (event.name === 'test_fn_start' || event.name === 'test_start') startMs = nowMs()
    else if (event.name === 'test_done' && event.test.mode !== 'skip' && event.test.mode !== 'todo') {
      const block = blockOf(event.test)
      const one = { test: event.test, tookMs: nowMs() - startMs, run: repeater(event.test, global) }
      ran.set(block, [...(ran.get(block) ?? []), one])
    } else if (event.name === 'hook_start' && event.hook.type === 'afterAll') await blockEnds(event.hook.parent)
    else if (event.name === 'run_describe_finish') await blockEnds(event.describeBlock)
  }
}

/**
 * A test runner of Jest's.
 * @param {any} globalConfig @param {any} config @param {Environment} environment @param {any} runtime @param {string} file
 * @param {any[]} rest
 */
module.exports = async (globalConfig, config, environment, runtime, file, ...rest) => {
  listen(environment, runtime, globalConfig, file)
  const circus = circusOf(config.rootDir)
  return (circus.default ?? circus)(globalConfig, config, environment, runtime, file, ...rest)
}

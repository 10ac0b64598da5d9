// @ts-check
// node:test: its tests are heard of when the first is made, by what Node tells async hooks, and run once more before the
// last hooks of their suite. Reads fields of Node's own; where one is missing, nothing is repeated.
'use strict'

const async_hooks = require('node:async_hooks')
const { nowMs } = require('../base/clock.js')
const { attempt } = require('../base/entry.js')

/** What a test has changed when it has run, and is to have again after it was repeated. */
const KEPT = /** @type {const} */ ([
  ...[
    'passed',
    'error',
    'skipped',
    'isTodo',
    'message',
    'plan',
    'hooks',
    'mock',
    'abortController',
    'signal',
    'cancelled'
  ],
  ...['activeSubtests', 'pendingSubtests', 'startTime', 'endTime', 'subtestsPromise', 'finishedEarly']
])
const METHODS = /** @type {const} */ (['run', 'runHook', 'postRun', 'getRunArgs', 'runInAsyncScope'])

/** @typedef {any} NodeTest a test, suite or hook of Node's own */

/** Has `patch` called with the class of all tests, once the first of them is made. @param {(prototype: any) => void} patch */
function whenTested(patch) {
  const hook = async_hooks.createHook({
    init(_id, type, _trigger, /** @type {any} */ resource) {
      if (type !== 'Test' || typeof resource?.runHook !== 'function') return
      hook.disable()
      let prototype = Object.getPrototypeOf(resource)
      while (prototype && !Object.hasOwn(prototype, 'runHook')) prototype = Object.getPrototypeOf(prototype)
      if (prototype && METHODS.every((name) => typeof prototype[name] === 'function')) patch(prototype)
    }
  })
  hook.enable()
}

/** @param {() => import('./keeper.js').KeeperLike | undefined} begin */
function install(begin) {
  whenTested((prototype) => {
    const keeper = begin()
    if (keeper) listen(prototype, keeper)
  })
}

/** @param {any} prototype @param {import('./keeper.js').KeeperLike} keeper */
function listen(prototype, keeper) {
  const { run, runHook, postRun } = prototype
  /** @type {WeakMap<NodeTest, number>} */
  const begun = new WeakMap()
  /** @this {NodeTest} */
  prototype.run = async function () {
    if (isRoot(this)) await keeper.blockEnds(this)
    else if (isTest(this)) begun.set(this, nowMs())
    return Reflect.apply(run, this, arguments)
  }
  /** @this {NodeTest} @param {string} hook */
  prototype.runHook = async function (hook) {
    if (hook === 'after' && isSuite(this)) await keeper.blockEnds(this, { isInner: true })
    return Reflect.apply(runHook, this, arguments)
  }
  /** @this {NodeTest} */
  prototype.postRun = function () {
    const startMs = begun.get(this)
    if (startMs !== undefined) {
      begun.delete(this)
      attempt(() => offer(keeper, this, nowMs() - startMs))
    }
    return Reflect.apply(postRun, this, arguments)
  }
}

const isRoot = (/** @type {NodeTest} */ test) => test.parent === null && test.root === test
const isSuite = (/** @type {NodeTest} */ test) => test.parent !== null && test.reportedType === 'suite'
const isTest = (/** @type {NodeTest} */ test) => test.parent !== null && !isSuite(test)

/** @param {import('./keeper.js').KeeperLike} keeper @param {NodeTest} test @param {number} tookMs */
function offer(keeper, test, tookMs) {
  if (test.skipped || test.filtered) return
  const named = { name: nameOf(test), file: test.loc?.file ?? process.argv[1] ?? '' }
  const why = whyNot(test)
  if (why) keeper.skips(named, why)
  else keeper.ran(blockOf(test), { ...named, tookMs, run: () => runOnce(test) })
}

/** @param {NodeTest} test */
function nameOf(test) {
  const names = []
  for (let at = test; at && !isRoot(at); at = at.parent) names.unshift(at.name)
  return names.join(' > ')
}

/** Why a test is not run again. @param {NodeTest} test @returns {string | undefined} */
function whyNot(test) {
  if (!test.passed || test.error) return 'it failed'
  if (test.isTodo) return 'it is still to be done (todo)'
  if (test.expectFailure) return 'it is expected to fail'
  if (test.subtests.length > 0) return 'it has subtests: a repeated one would be reported'
  if (test.root.harness?.snapshotManager?.updateSnapshots) return 'snapshots are being updated'
  for (let at = test.parent; at; at = at.parent) {
    if (!isRoot(at) && !isSuite(at)) return 'it is a subtest, which needs its test'
    if (at.concurrency > 1) return 'tests run at the same time here'
  }
}

/** Where it is repeated: at the end of the outermost block that nothing is set up for once. @param {NodeTest} test */
function blockOf(test) {
  for (let at = test.parent; ; at = at.parent)
    if (isRoot(at) || at.hooks.before.length > 0 || at.hooks.after.length > 0) return at
}

/** @param {NodeTest} test */
async function runOnce(test) {
  const kept = KEPT.map((name) => /** @type {const} */ ([name, test[name], name in test]))
  const { diagnostics, subtests } = test
  const lengths = [diagnostics.length, subtests.length]
  const controller = new AbortController()
  Object.assign(test, {
    ...{ passed: false, error: null, plan: null, mock: null, endTime: null, cancelled: false },
    ...{ abortController: controller, signal: controller.signal },
    hooks: { ...test.hooks, before: [], after: [], afterEach: [...test.parent.hooks.afterEach], ownAfterEachCount: 0 }
  })
  forgetSnapshots(test)
  try {
    await runBody(test)
  } finally {
    test.mock?.reset()
    controller.abort()
    diagnostics.length = lengths[0]
    subtests.length = lengths[1]
    for (const [name, value, isOwn] of kept) if (isOwn) test[name] = value
  }
}

/** @param {NodeTest} test */
async function runBody(test) {
  const { parent } = test
  // One of its own: what belongs to one run, such as its plan, is kept there.
  const Context = test.getRunArgs().ctx.constructor
  const ctx = new Context(test)
  const runArgs = { __proto__: null, ctx, args: [ctx] }
  if (test.expectedAssertions) ctx.plan(test.expectedAssertions)
  try {
    if (parent.hooks.beforeEach.length > 0) await parent.runHook('beforeEach', runArgs)
    await call(test, ctx)
    await test.plan?.check()
  } finally {
    if (parent.hooks.afterEach.length > 0) await parent.runHook('afterEach', runArgs)
    if (test.hooks.after.length > 0) await test.runHook('after', runArgs)
  }
  if (test.error) throw test.error.cause ?? test.error
  if (test.skipped) throw new Error('it skips itself')
}

/** @param {NodeTest} test @param {any} ctx */
function call(test, ctx) {
  if (test.fn.length !== 2) return test.runInAsyncScope(test.fn, ctx, ctx)
  return new Promise((resolve, reject) => {
    const done = (/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined))
    test.runInAsyncScope(test.fn, ctx, ctx, done)
  })
}

/** Snapshots of one test are numbered by how many it has made. @param {NodeTest} test */
function forgetSnapshots(test) {
  const name = nameOf(test)
  for (const file of test.root.harness?.snapshotManager?.cache?.values() ?? []) file.nameCounts?.delete(name)
}

module.exports = { install }

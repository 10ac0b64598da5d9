// @ts-check
// Mocha: root hooks that hear of each test, and a hook of each block that is the first of its last ones, in which its tests
// are run once more. Loaded by `--require`, in parallel workers too.
'use strict'

const { nowMs } = require('../base/clock.js')
const { attempt } = require('../base/entry.js')
const { mapCompiled } = require('../runners/maps.js')
const { begin } = require('./begin.js')

const keeper = begin('mocha')
if (keeper) mapCompiled()

/** @typedef {any} Mochas a suite, test, hook or context of Mocha's */

/** All suites below this one, and it. @param {Mochas} suite @returns {Mochas[]} */
const suitesOf = (suite) => [suite, ...suite.suites.flatMap(suitesOf)]

/** Where a test is repeated: at the end of the outermost block that nothing is set up for once. @param {Mochas} suite */
function blockOf(suite) {
  while (!suite.root && !isSetUp(suite)) suite = suite.parent
  return suite
}

const isOurs = (/** @type {Mochas} */ { fn }) => fn?.isLeakguards === true
const isSetUp = (/** @type {Mochas} */ { _beforeAll, _afterAll }) =>
  _beforeAll.length > 0 || _afterAll.some((/** @type {Mochas} */ hook) => !isOurs(hook))

/** @param {Mochas} root @param {import('./keeper.js').KeeperLike} keeper */
function listen(root, keeper) {
  for (const suite of suitesOf(root).filter((one) => one.root || isSetUp(one))) {
    /** @this {Mochas} */
    const atEnd = function () {
      this.timeout(0)
      return keeper.blockEnds(suite, { isInner: !suite.root })
    }
    atEnd.isLeakguards = true
    suite.afterAll('leakguard', atEnd)
    suite._afterAll.unshift(suite._afterAll.pop())
  }
}

/** Why a test is not run again. @param {Mochas} test @returns {string | undefined} */
function whyNot(test) {
  if (test.state !== 'passed') return 'it failed'
  if (test.currentRetry() > 0) return 'it passed only when it was retried'
}

/** A function, and what `this` is in it; Mocha forgets them when a block ends. @typedef {{ fn: Function, ctx: Mochas }} Step */

/** Hooks of all blocks around a test, outermost first. @param {Mochas} test @param {string} key @returns {Step[][]} */
function hooksOf(test, key) {
  const hooks = []
  for (let suite = test.parent; suite; suite = suite.parent) hooks.unshift(suite[key])
  return hooks.map((list) =>
    list
      .filter((/** @type {Mochas} */ hook) => !isOurs(hook))
      .map((/** @type {Mochas} */ { fn, ctx }) => /** @type {Step} */ ({ fn, ctx }))
  )
}

/** What runs a test once more. @param {Mochas} test */
function repeater(test) {
  const { ctx, parent, fn } = test
  const before = hooksOf(test, '_beforeEach').flat()
  const after = hooksOf(test, '_afterEach').reverse().flat()
  const plain = test.clone()
  return async () => {
    const copy = plain.clone()
    Object.assign(copy, { parent, ctx, file: test.file })
    copy.timeout(0)
    ctx.test = copy
    try {
      for (const hook of before) await call(hook, copy)
      await call({ fn, ctx }, copy)
      copy.state = 'passed'
    } finally {
      for (const hook of after) await call(hook, copy)
    }
  }
}

/** @param {Step} step @param {Mochas} test */
function call({ fn, ctx }, test) {
  ctx.currentTest = test
  ctx.runnable?.(test)
  if (fn.length === 0) return Reflect.apply(fn, ctx, [])
  return new Promise((resolve, reject) => {
    const done = (/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined))
    Reflect.apply(fn, ctx, [done])
  })
}

let startMs = 0

/** @this {Mochas} */
const beforeAll = function () {
  const root = this.test?.parent
  if (root && keeper) attempt(() => listen(root, keeper))
}
const beforeEach = () => {
  startMs = nowMs()
}
/** @this {Mochas} */
const afterEach = function () {
  attempt(() => offer(this.currentTest))
}
/** @param {Mochas} test */
function offer(test) {
  if (!keeper || !test || test.pending || test.isPending()) return
  const named = { name: test.titlePath().join(' > '), file: test.file ?? '' }
  const why = whyNot(test)
  if (why) keeper.skips(named, why)
  else keeper.ran(blockOf(test.parent), { ...named, tookMs: nowMs() - startMs, run: repeater(test) })
}
for (const hook of [beforeAll, beforeEach, afterEach]) Object.assign(hook, { isLeakguards: true })

module.exports = { mochaHooks: { beforeAll, beforeEach, afterEach } }

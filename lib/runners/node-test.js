// @ts-check
// node:test: t.assert.noLeaks and t.assert.collected where Node lets assertions be registered (22.14 and later), plain
// functions everywhere, and the check of each file or test through root hooks. Registration only.
'use strict'

const { AsyncResource } = require('node:async_hooks')
const runner = require('node:test')
const { assertLeakFree } = require('../measure/assert.js')
const { LeakError } = require('../base/errors.js')
const { Each, modeOfEnvironment } = require('./each.js')
const { toldShort } = require('./failure-text.js')
const { forgotten, isCollected } = require('./matchers.js')
const { telling } = require('./reporting.js')

/**
 * @this {any} the context of the test, where it is called as one of its assertions
 * @param {unknown} op @param {any} [options]
 */
function noLeaks(op, options) {
  const name = this?.fullName ?? this?.name
  let isDone = false
  this?.after?.(() => {
    if (!isDone) throw forgotten('noLeaks', name)
  })
  return telling(assertLeakFree(op, options, name)).finally(() => {
    isDone = true
  })
}

/** @param {unknown} object */
function collected(object) {
  return isCollected(object, {}).then(({ pass, report }) => {
    if (!pass) throw toldShort(new LeakError(report))
  })
}

/** Whether this process only starts those that run the tests: a hook there would be a test run of its own, and empty. */
function isParent() {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return (
    flags.includes('--test') &&
    process.env.NODE_TEST_CONTEXT === undefined &&
    !flags.some((flag) => /^--(?:experimental-)?test-isolation=none$/.test(flag))
  )
}

let isChecking = false
/** @param {unknown} mode @param {unknown} [options] */
function checkEach(mode, options) {
  if (isChecking) return
  const each = new Each(mode, options)
  isChecking = true
  if (isParent()) return
  each.start()
  /** @type {import('./left.js').Owner | undefined} */
  let owner
  runner.beforeEach((/** @type {any} */ t) => {
    owner = { name: String(t.fullName ?? t.name), file: t.filePath }
    each.testStarts(owner)
  })
  runner.afterEach(async () => {
    const error = owner && (await each.testEnds(owner))
    if (error) throw error
  })
  // Hooks run in the order in which they are defined, and one that fails keeps the next from running: those of the file
  // are there when its first test begins.
  const outside = new AsyncResource('leakguard')
  const atEnd = async () => {
    const error = await each.fileEnds()
    each.stop()
    if (error) throw error
  }
  let isLast = false
  runner.beforeEach(() => {
    if (!isLast) outside.runInAsyncScope(() => runner.after(atEnd))
    isLast = true
  })
}

const assert = /** @type {any} */ (runner).assert
assert?.register?.('noLeaks', noLeaks)
assert?.register?.('collected', collected)
const mode = modeOfEnvironment()
if (mode) checkEach(mode)

module.exports = { noLeaks, collected, checkEach }

// @ts-check
// What the adapter for Vitest does with Vitest's functions, which can only be imported.
'use strict'

const fs = require('node:fs')
const { Each, modeOfEnvironment } = require('./each.js')
const { mapCompiled, mapOfVitest } = require('./maps.js')
const { isCollected, isLeakFree, testIsOver } = require('./matchers.js')

/** What tests of a file that measures are given, unless they say how long they may take: a leak's reasons take some seconds. */
const LONG_MS = 30_000
const MEASURES = /\.(?:toBeLeakFree|toBeCollected)\b/
/** What a hook may take where something is left: a heap snapshot takes some seconds. */
const HOOK_MS = 60_000
/** Concurrent tests cannot be told apart. */
const CONCURRENT = Object.freeze({ name: '(tests that run concurrently)' })

/** @param {any} task of Vitest */
function nameOf(task) {
  const names = []
  for (let at = task; at && at !== at.file; at = at.suite) names.unshift(at.name)
  return names.join(' > ')
}

/** Time for the tests of a file whose own code names a matcher. @param {any} vi @param {any} afterAll */
function giveTime(vi, afterAll) {
  const { config, filepath } = /** @type {any} */ (globalThis).__vitest_worker__ ?? {}
  const timeoutMs = config?.testTimeout
  if (!(timeoutMs > 0 && timeoutMs < LONG_MS) || typeof filepath !== 'string') return
  try {
    if (!MEASURES.test(fs.readFileSync(filepath, 'utf8'))) return
  } catch {
    return // a file that is none: its tests say themselves how long they may take
  }
  vi.setConfig({ testTimeout: LONG_MS })
  afterAll(() => vi.setConfig({ testTimeout: timeoutMs }))
}

/** @param {{ afterAll: any, afterEach: any, beforeEach: any, vi: any }} vitest */
function adapter({ afterAll, afterEach, beforeEach, vi }) {
  giveTime(vi, afterAll)
  /** The time-out of the test that runs. @type {number | undefined} */
  let timeoutMs
  beforeEach((/** @type {any} */ { task }) => {
    timeoutMs = task.timeout
  })
  afterEach((/** @type {any} */ { task }) => {
    // Of tests that run at the same time another one may be measuring.
    const error = task.concurrent ? undefined : testIsOver()
    if (error && task.result?.state !== 'fail') throw error
  })
  /** @param {any} context @param {string} name */
  const contextOf = ({ isNot, promise, utils, currentTestName: test }, name) => {
    return { isNot, test, timeoutMs, hint: utils.matcherHint(name, undefined, '', { isNot, promise }) }
  }
  const matchers = {
    /** @this {any} @param {unknown} received @param {unknown} [options] */
    toBeLeakFree(received, options) {
      return isLeakFree(received, options, contextOf(this, 'toBeLeakFree'))
    },
    /** @this {any} @param {unknown} received */
    toBeCollected(received) {
      return isCollected(received, contextOf(this, 'toBeCollected'))
    }
  }
  let isChecking = false
  /** @param {unknown} mode @param {unknown} [options] */
  function checkEach(mode, options) {
    if (isChecking) return
    const each = new Each(mode, options)
    isChecking = true
    each.start()
    /** @type {WeakMap<object, import('./left.js').Owner>} */
    const owners = new WeakMap()
    beforeEach((/** @type {any} */ { task }) => {
      const owner = task.concurrent ? CONCURRENT : { name: nameOf(task) }
      owners.set(task, owner)
      each.testStarts(owner)
    })
    afterEach(async (/** @type {any} */ { task }) => {
      const owner = owners.get(task)
      const error = owner && owner !== CONCURRENT ? await each.testEnds(owner) : undefined
      if (error) throw error
    }, HOOK_MS)
    afterAll(async () => {
      const error = await each.fileEnds()
      each.stop()
      isChecking = false
      if (error) throw error
    }, HOOK_MS)
  }
  mapCompiled(mapOfVitest)
  const mode = modeOfEnvironment()
  if (mode) checkEach(mode)
  return { checkEach, matchers }
}

module.exports = adapter

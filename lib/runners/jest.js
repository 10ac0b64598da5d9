// @ts-check
// Jest: matchers, and the check of each file or test through the events of jest-circus, which come after all hooks.
// Registration only.
'use strict'

const { Each, modeOfEnvironment } = require('./each.js')
const { mapCompiled } = require('./maps.js')
const { isCollected, isLeakFree, testIsOver } = require('./matchers.js')

const TIMEOUT_MS = 5000
/** What a test that measures is given, unless it says how long it may take: a leak's reasons take some seconds. */
const LONG_MS = 30_000
const MEASURES = /\.(?:toBeLeakFree|toBeCollected)\b/
/** Tests of test.concurrent run at the same time. */
const CONCURRENT = Object.freeze({ name: '(tests that run concurrently)' })

const realm = /** @type {any} */ (globalThis)
/** With `injectGlobals: false` they are a package's. @returns {any} */
const globals = () => (realm.expect ? realm : require('@jest/globals'))

/** What jest-circus knows of the run; undefined under another runner. @returns {any} */
function stateOfCircus() {
  const key = Object.getOwnPropertySymbols(realm).find(({ description }) => description === 'JEST_STATE_SYMBOL')
  return key && realm[key]
}

/** How long the test that runs may take. @returns {number} */
function timeoutMs() {
  const state = stateOfCircus()
  return (
    state?.currentlyRunningTest?.timeout ?? state?.testTimeout ?? realm[Symbol.for('TEST_TIMEOUT_SYMBOL')] ?? TIMEOUT_MS
  )
}

/** @param {any} context of the matcher @param {string} name */
function contextOf({ isNot, promise, utils, currentTestName: test }, name) {
  return { isNot, test, timeoutMs: timeoutMs(), hint: utils.matcherHint(name, undefined, '', { isNot, promise }) }
}

/** @this {any} @param {unknown} received @param {unknown} [options] */
function toBeLeakFree(received, options) {
  return isLeakFree(received, options, contextOf(this, 'toBeLeakFree'))
}

/** @this {any} @param {unknown} received */
function toBeCollected(received) {
  return isCollected(received, contextOf(this, 'toBeCollected'))
}

/** Before Jest's own handlers, which tell what a test came to. @param {(event: any, state: any) => unknown} handler @returns {boolean} whether there are events */
function listen(handler) {
  const handlers = realm[Symbol.for('EVENT_HANDLERS')]
  if (!Array.isArray(handlers)) return false
  handlers.unshift(handler)
  return true
}

/** @param {any} test of jest-circus */
function nameOf(test) {
  const names = []
  for (let at = test; at?.parent; at = at.parent) names.unshift(at.name)
  return names.join(' > ')
}

/** @param {import('./each.js').EachLike} each */
function onEvents(each) {
  /** @type {WeakMap<object, import('./left.js').Owner>} */
  const owners = new WeakMap()
  return (/** @type {any} */ event, /** @type {any} */ state) => {
    if (event.name === 'test_start') {
      if (!owners.has(event.test))
        owners.set(event.test, event.test.concurrent ? CONCURRENT : { name: nameOf(event.test) })
      each.testStarts(/** @type {import('./left.js').Owner} */ (owners.get(event.test)))
    } else if (event.name === 'test_done') {
      const owner = owners.get(event.test)
      if (!owner || owner === CONCURRENT) return
      return each.testEnds(owner).then((error) => {
        if (error) event.test.errors.push([error, undefined])
      })
    } else if (event.name === 'run_finish') {
      return each.fileEnds().then((error) => {
        each.stop()
        if (error) state.unhandledErrors.push([error, undefined])
      })
    }
  }
}

/** Where there are no events: before the hooks of the file, in the order in which they were defined. @param {import('./each.js').EachLike} each */
function onHooks(each) {
  const { expect, beforeEach, afterEach, afterAll } = globals()
  /** @type {import('./left.js').Owner | undefined} */
  let owner
  beforeEach(() => {
    owner = { name: expect.getState().currentTestName }
    each.testStarts(owner)
  })
  afterEach(async () => {
    const error = owner && (await each.testEnds(owner))
    if (error) throw error
  })
  afterAll(async () => {
    const error = await each.fileEnds()
    each.stop()
    if (error) throw error
  })
}

/** Time for tests whose own code measures, and an end to what a test that was over left running. @param {any} event @param {any} state */
function onTests({ name, test }, state) {
  if (name === 'test_start' && !test.timeout && MEASURES.test(String(test.fn)))
    test.timeout = Math.max(LONG_MS, state.testTimeout ?? 0)
  // Of tests that run at the same time another one may be measuring.
  else if (name === 'test_done' && !test.concurrent) {
    const error = testIsOver()
    if (error && test.errors.length === 0) test.errors.push([error, undefined])
  }
}

let isChecking = false
/** @param {unknown} mode @param {unknown} [options] */
function checkEach(mode, options) {
  if (isChecking) return
  // A file's modules go when it ends: what they leave with Node keeps them.
  const each = new Each(mode, options, { blamesLoading: true })
  isChecking = true
  each.start()
  if (!listen(onEvents(each))) onHooks(each)
}

mapCompiled()
listen(onTests)
globals().expect.extend({ toBeLeakFree, toBeCollected })
const mode = modeOfEnvironment()
if (mode) checkEach(mode)

module.exports = { checkEach }

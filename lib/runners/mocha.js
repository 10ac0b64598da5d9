// @ts-check
// Mocha: root hooks for --require, and assertNoLeaks that gives its test the time it needs. A failing hook would end
// Mocha's run, and hooks of a file's top level run after the last file: what was left behind is told at the end.
// Registration only.
'use strict'

const { assertLeakFree } = require('../measure/assert.js')
const { LeakReport } = require('../report/leak-report.js')
const { examined } = require('../report/lines.js')
const { Each, failure, modeOfEnvironment } = require('./each.js')
const { mapCompiled } = require('./maps.js')
const { budgetFor, forgotten } = require('./matchers.js')
const { telling } = require('./reporting.js')

/** What a measurement takes at the most, reasons included, in budgets; and besides, in milliseconds. */
const LONGEST_SHARE = 2
const LONGEST_MS = 12_000
/** What a hook may take where something is left: a heap snapshot takes some seconds. */
const HOOK_MS = 60_000

/** @type {import('./each.js').EachLike | undefined} */
let each
/** The test that runs. @type {any} */
let running
/** @type {import('./left.js').Owner | undefined} */
let owner
/** @type {import('../..').Finding[]} */
const found = []
/** Assertions that run. @type {Set<{ test: any, name: string | undefined }>} */
const measuring = new Set()
/** Tests that passed without waiting for theirs. @type {Error[]} */
const unawaited = []

/** @param {unknown} mode @param {unknown} [options] */
function checkEach(mode, options) {
  if (each) return
  each = new Each(mode, options)
  // Before the test files are loaded: what they make is there before their tests.
  each.start()
}

/** @param {unknown} op @param {any} [options] */
async function assertNoLeaks(op, options) {
  const budgetMs = typeof options?.budgetMs === 'number' ? options.budgetMs : budgetFor(undefined)
  const neededMs = budgetMs * LONGEST_SHARE + LONGEST_MS
  // 0 is no time-out at all. A new one begins anew.
  if (running?.timeout() > 0) running.timeout(Math.max(running.timeout(), neededMs))
  const mine = { test: running, name: owner?.name }
  measuring.add(mine)
  try {
    return await telling(assertLeakFree(op, options, owner?.name))
  } finally {
    measuring.delete(mine)
  }
}

/** @param {{ report: import('../..').LeakReport } | undefined} error */
const note = (error) => found.push(...(error?.report.findings ?? []))

/** Root hooks of ours run after those of the test files. @param {any} root */
function runLast(root) {
  const isOurs = (/** @type {any} */ { fn }) => fn === mochaHooks.afterEach || fn === mochaHooks.afterAll
  for (const hooks of [root._afterEach, root._afterAll])
    if (Array.isArray(hooks)) hooks.sort((a, b) => Number(isOurs(a)) - Number(isOurs(b)))
}

const mochaHooks = {
  /** @this {any} */
  beforeAll() {
    const root = this.test?.parent
    if (root) runLast(root)
    each?.start()
  },
  /** @this {any} */
  beforeEach() {
    running = this.currentTest
    const { file } = running
    owner = { name: running.titlePath().join(' > '), file }
    each?.testStarts(owner)
  },
  /** @this {any} */
  async afterEach() {
    this.timeout(HOOK_MS)
    for (const one of measuring) {
      if (one.test === running && running?.state === 'passed') unawaited.push(forgotten('assertNoLeaks', one.name))
      measuring.delete(one)
    }
    running = undefined
    if (each && owner) note(await each.testEnds(owner))
  },
  /** @this {any} */
  async afterAll() {
    if (unawaited.length > 0) throw new AggregateError(unawaited, unawaited.map(({ message }) => message).join('\n'))
    if (!each) return
    this.timeout(HOOK_MS)
    note(await each.fileEnds())
    each.stop()
    const findings = found.splice(0)
    if (findings.length === 0) return
    const what = 'what tests left behind: listeners, timers, handles, descriptors and watched objects'
    throw failure(new LeakReport({ verdict: 'leaking', findings, examined: [examined('left', what)] }))
  }
}

mapCompiled()
const mode = modeOfEnvironment()
if (mode) checkEach(mode)

module.exports = { mochaHooks, assertNoLeaks, checkEach }

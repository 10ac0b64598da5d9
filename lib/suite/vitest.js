// @ts-check
// What the runner for Vitest does: a test is run once more by Vitest itself, in a run of its own that nobody is told of, so
// that hooks, fixtures, contexts, snapshots and assertions counted are as Vitest has them.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { nowMs } = require('../base/clock.js')
const { attempt } = require('../base/entry.js')
const { mapCompiled, mapOfVitest } = require('../runners/maps.js')
const { begin } = require('./begin.js')

/** @typedef {any} Task of Vitest: a file, suite or test */

/** The entries of the Vitest that runs this process. @returns {Record<'main' | 'browser' | 'runners' | 'suite', string>} */
function filesOf() {
  let folder = path.dirname(fs.realpathSync(process.argv[1]))
  while (path.basename(folder) !== 'vitest' && folder !== path.dirname(folder)) folder = path.dirname(folder)
  const entry = (/** @type {string} */ name) => pathToFileURL(path.join(folder, 'dist', `${name}.js`)).href
  return { main: entry('index'), browser: entry('browser'), runners: entry('runners'), suite: entry('suite') }
}

/** @param {Task} task */
function nameOf(task) {
  const names = []
  for (let at = task; at && at !== at.file; at = at.suite) names.unshift(at.name)
  return names.join(' > ')
}

/** Why a test is not run again. @param {Task} test @param {any} config @returns {string | undefined} */
function whyNot(test, config) {
  if (test.fails) return 'it is expected to fail'
  if (test.result?.state !== 'pass') return 'it failed'
  if (test.result.retryCount > 0) return 'it passed only when it was retried'
  if (test.concurrent) return 'tests run at the same time here'
  if (config.snapshotOptions?.updateSnapshot === 'all') return 'snapshots are being updated'
  // The last hooks of a block hold one of so many places.
  if (config.maxConcurrency === 1) return 'maxConcurrency is 1, which leaves no place for another run'
}

/**
 * @param {any} Base the runner @param {{ startTests: (specs: any[], runner: any) => Promise<any>, hooksOf: (suite: Task) => any }} vitest
 */
function adapter(Base, { startTests, hooksOf }) {
  const keeper = begin('vitest')
  if (!keeper) return Base
  keeper.consoles = () => [globalThis.console]
  mapCompiled(mapOfVitest)
  const isSetUp = (/** @type {Task} */ suite) => {
    const { beforeAll = [], afterAll = [], aroundAll = [] } = hooksOf(suite) ?? {}
    return [beforeAll, afterAll, aroundAll].some((hooks) => hooks.some((/** @type {any} */ one) => !ours.has(one)))
  }
  /** Hooks of ours. @type {WeakSet<Function>} */
  const ours = new WeakSet()
  const isFile = (/** @type {Task} */ suite) => suite.file === suite
  /** Where a test is repeated: at the end of the outermost block that nothing is set up for once. @param {Task} test */
  const blockOf = (test) => {
    for (let at = test.suite ?? test.file; ; at = at.suite ?? at.file) if (isFile(at) || isSetUp(at)) return at
  }

  return class extends Base {
    /** @param {any} config */
    constructor(config) {
      super(config)
      /** @type {WeakMap<Task, number>} */
      this.leakguardBegun = new WeakMap()
    }

    /** @param {Task} suite */
    async onBeforeRunSuite(suite) {
      await super.onBeforeRunSuite?.(suite)
      if (suite.mode === 'skip' || suite.mode === 'todo' || !(isFile(suite) || isSetUp(suite))) return
      const hooks = hooksOf(suite)
      // A file that could not be loaded has none.
      if (!hooks?.afterAll) return
      const end = () => keeper.blockEnds(suite, { isInner: !isFile(suite) })
      ours.add(end)
      const order = this.config.sequence?.hooks
      if (order === 'stack') hooks.afterAll.push(end)
      else if (order === 'list') hooks.afterAll.unshift(end)
      else {
        const all = hooks.afterAll.splice(0)
        const inTurn = async (/** @type {any[]} */ ...args) => {
          await end()
          await Promise.all(all.map((/** @type {Function} */ hook) => hook(...args)))
        }
        if (all.length === 0) ours.add(inTurn)
        hooks.afterAll.push(inTurn)
      }
    }

    /** @param {Task} test */
    async onBeforeRunTask(test) {
      await super.onBeforeRunTask?.(test)
      this.leakguardBegun.set(test, nowMs())
    }

    /** @param {Task} test */
    async onAfterRunTask(test) {
      await super.onAfterRunTask?.(test)
      attempt(() => this.leakguardOffer(test))
    }

    /** @param {Task} test */
    leakguardOffer(test) {
      if (test.type !== 'test' || test.mode === 'skip' || test.result?.state === 'skip') return
      const named = { name: nameOf(test), file: test.file.filepath }
      const why = whyNot(test, this.config)
      const tookMs = nowMs() - (this.leakguardBegun.get(test) ?? nowMs())
      if (why) keeper.skips(named, why)
      else keeper.ran(blockOf(test), { ...named, tookMs, run: () => runOnce(test, this.leakguardQuiet(), startTests) })
    }

    /** A runner like this one that tells nobody. */
    leakguardQuiet() {
      if (this.leakguardTwin) return this.leakguardTwin
      const nothing = () => {}
      /** @type {any} */
      const twin = Object.create(this)
      Object.assign(twin, {
        ...{ importFile: nothing, onBeforeCollect: nothing, onCollectStart: nothing, onBeforeRunFiles: nothing },
        ...{
          onAfterRunFiles: nothing,
          onCleanupWorkerContext: nothing,
          onTaskUpdate: nothing,
          onTestAnnotate: nothing
        },
        ...{ onTestArtifactRecord: nothing, getImportDurations: () => ({}), onCancel: nothing, cancel: undefined },
        onBeforeRunSuite: nothing,
        onAfterRunSuite: nothing,
        onBeforeRunTask: (/** @type {Task} */ test) => super.onBeforeRunTask?.(test),
        onAfterRunTask: (/** @type {Task} */ test) => super.onAfterRunTask?.(test),
        onCollected: (/** @type {Task[]} */ [file]) => {
          if (!file) return
          Object.assign(file, { mode: 'run', result: undefined, tasks: [twin.leakguardTest] })
        }
      })
      this.leakguardTwin = twin
      // What this one has not told yet is told by it: the other one drops it.
      twin.leakguardTold = (async () => {
        const first = Object.create(twin)
        first.onTaskUpdate = (/** @type {any[]} */ ...args) => this.onTaskUpdate?.(...args)
        first.onCollected = nothing
        await startTests([], first)
      })()
      return twin
    }
  }
}

/** What a run changes of its test. */
const KEPT = /** @type {const} */ (['result', 'mode', 'retry', 'repeats', 'onFinished', 'onFailed', 'promises'])

/** @param {Task} test @param {any} twin @param {(specs: any[], runner: any) => Promise<any>} startTests */
async function runOnce(test, twin, startTests) {
  await twin.leakguardTold
  const kept = KEPT.map((name) => /** @type {const} */ ([name, test[name]]))
  const lists = [test.annotations, test.artifacts, test.logs].filter(Array.isArray)
  const lengths = lists.map(({ length }) => length)
  Object.assign(test, { result: undefined, mode: 'run', retry: 0, repeats: 0 })
  twin.leakguardTest = test
  const forget = rememberListeners(test.context?.signal)
  try {
    await startTests(
      [{ filepath: test.file.filepath, testLocations: undefined, fileTags: [], testIds: undefined }],
      twin
    )
    const { state, errors } = test.result ?? {}
    if (state !== 'pass') throw new Error(errors?.[0]?.message ?? `it ends with ${state ?? 'nothing'}`)
  } finally {
    forget()
    for (const [name, value] of kept) test[name] = value
    for (const [i, list] of lists.entries()) list.length = lengths[i]
  }
}

/**
 * Vitest listens to the signal of a test with each run of it, and does not expect many.
 * @param {AbortSignal | undefined} signal @returns {() => void} takes off what has come since
 */
function rememberListeners(signal) {
  if (!signal) return () => {}
  /** @type {any[][]} */
  const added = []
  const { addEventListener } = signal
  Object.defineProperty(signal, 'addEventListener', {
    configurable: true,
    value: (/** @type {any[]} */ ...args) => {
      added.push(args)
      return Reflect.apply(addEventListener, signal, args)
    }
  })
  return () => {
    Reflect.deleteProperty(signal, 'addEventListener')
    for (const args of added) Reflect.apply(signal.removeEventListener, signal, args)
  }
}

module.exports = { adapter, filesOf }

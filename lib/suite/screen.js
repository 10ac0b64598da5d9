// @ts-check
// Which of many tests may leave more each time: all are run in rounds between censuses, and what grew with every round is
// asked who feeds it. Cheap, and accuses nobody: what it suspects is measured. Knows numbers and tests, no runner.
'use strict'

const { types } = require('node:util')
const v8 = require('node:v8')
const { addon } = require('../base/addon.js')
const { collectNow, nowMs, turn, wait } = require('../base/clock.js')
const { Census } = require('../measure/census.js')
const { readCounts } = require('../measure/readings.js')
const { Inspector } = require('../v8/inspector.js')

/** What a look is thought to take before one was made, in milliseconds, and of it for each MB of the heap. */
const LOOK_MS = 30
const LOOK_MS_A_MB = 2.5
/** What ends by itself soon is given so long before a look, in milliseconds. */
const REST_MS = 12
/** Rounds between looks. */
const ROUNDS = 2
const LOOKS = ROUNDS + 1
/** Containers of so few are followed: what leaks has had but one run. */
const MINS = Object.freeze({ map: 1, set: 1, array: 2 })
/** Listeners are in lists that the census sees. */
const NO_LISTS = /** @type {any} */ ({ each() {} })
/** Runs of each test in a round that tells who feeds what grew. */
const ASKING_RUNS = 2
/** Containers that are asked after each test. */
const ASKED_MAX = 60
/** What a mock has, of Jest, Vitest, Sinon and node:test. */
const MOCKS = ['mock', '_isMockFunction', 'getMockName', 'callCount']
/** Of what comes with each run at least this share is there after it. */
const SHARE_MIN = 0.75
/** A census counts bytes where this many come with a run. */
const BYTES_MIN = 1024
/** Suspicions that are followed. */
const ROWS_MAX = 20

/** @typedef {(inspector: import('../v8/inspector.js').InspectorLike) => import('../v8/live-objects.js').Realm[]} Realms */
/** @typedef {import('./once.js').RepeatableLike} Test */
/** Something that grew by as much as there were runs, in each round. `fed`: by which tests, of a container. @typedef {{ kind: string, name: string, perRun: number, fed?: Map<Test, number> }} Grown */
/** A container that grew, how large it was when it was asked last, and by which tests it grew. @typedef {{ row: number, ref: WeakRef<object>, size: number, by: Map<Test, number> }} Asked */

/** A test, and what grows by so much with each of its runs. @typedef {{ test: Test, perRun: number, what: Grown }} Fed */

class Screen {
  constructor() {
    /** Whose objects are counted; those of this module where none is given. @type {Realms | undefined} */
    this.realms = undefined
    this.native = addon()
    /** Why it cannot look. @type {string | undefined} */
    this.why = undefined
    /** What a look takes, in milliseconds, as it did last. */
    this.lookMs = LOOK_MS + (v8.getHeapStatistics().used_heap_size / 1e6) * LOOK_MS_A_MB
  }

  /**
   * Runs all of them in rounds, each so many times. Those that fail are out, and have their reason.
   * @param {Test[]} tests @param {number} runs @param {() => boolean} isOver
   * @returns {Promise<Grown[] | undefined>} nothing where time was over before the end
   */
  async rounds(tests, runs, isOver) {
    const { inspector, why } = Inspector.open()
    if (!inspector) {
      this.why = why
      return []
    }
    try {
      /** @type {Map<string, Float64Array>} */
      const counts = new Map()
      await wait(REST_MS)
      const startMs = nowMs()
      const census = new Census(inspector, { realms: this.realms?.(inspector), mins: MINS, isFirstLook: true })
      readCounts(this.native, NO_LISTS, counts, 0)
      this.lookMs = nowMs() - startMs
      /** What grew in the first round is asked after each test of the next ones. @type {Asked[]} */
      let asked = []
      for (let at = 1; at < LOOKS; at++) {
        await runAll(tests, runs, { isOver, after: (test) => ask(asked, test) })
        if (isOver()) return
        // A census collects garbage itself.
        await wait(REST_MS)
        census.take()
        readCounts(this.native, NO_LISTS, counts, at)
        if (at === 1)
          asked = [...census.growing]
            .slice(0, ASKED_MAX)
            .map(([row, ref]) => ({ row, ref, size: Census.sizeNow(ref), by: new Map() }))
      }
      const left = tests.filter(({ why: failed }) => failed === undefined).length
      return left === 0 ? [] : [...ofCensus(census, runs, asked), ...ofCounts(counts, runs)].slice(0, ROWS_MAX)
    } finally {
      inspector.close()
    }
  }

  /**
   * Who of them feeds what grew. Containers are asked after a few runs of each; what is none, by halves.
   * @param {Test[]} tests @param {Grown[]} grown @param {() => boolean} isOver @returns {Promise<Fed[]>}
   */
  async feeders(tests, grown, isOver) {
    // What had too few entries to be followed has more of them now.
    const isKnown = grown.some(({ fed }) => fed !== undefined)
    const again = isKnown ? grown : ((await this.rounds(tests, ASKING_RUNS, isOver)) ?? [])
    const containers = again.filter(({ fed }) => fed !== undefined)
    if (containers.length > 0)
      return containers.flatMap((what) => [...(what.fed ?? [])].map(([test, perRun]) => ({ test, perRun, what })))
    const [first] = again.sort((a, b) => Number(isCommon(a)) - Number(isCommon(b)))
    return first ? this.byHalves(tests, first, isOver) : []
  }

  /**
   * Those of which runs are seen in what grew: halves of them are run by turns, and looked at after each.
   * @param {Test[]} tests @param {Grown} what @param {() => boolean} isOver @returns {Promise<Fed[]>}
   */
  async byHalves(tests, what, isOver) {
    const { inspector } = Inspector.open()
    if (!inspector) return []
    try {
      const census = new Census(inspector, { realms: this.realms?.(inspector), mins: MINS })
      /** @type {Fed[]} */
      const found = []
      let before = this.reading(census, what)
      const search = async (/** @type {Test[]} */ some) => {
        if (isOver()) return
        await runAll(some, ASKING_RUNS)
        await wait(REST_MS)
        const now = this.reading(census, what)
        const grown = now - before
        before = now
        if (grown < ASKING_RUNS * SHARE_MIN) return
        if (some.length === 1) return void found.push({ test: some[0], perRun: grown / ASKING_RUNS, what })
        const middle = some.length >> 1
        await search(some.slice(0, middle))
        await search(some.slice(middle))
      }
      await search(tests)
      return found
    } finally {
      inspector.close()
    }
  }

  /** How much there is of it now. @param {import('../measure/census.js').CensusLike} census @param {Grown} what */
  reading(census, { kind, name }) {
    if (kind !== 'count') {
      census.take()
      return census.latest(census.row(/** @type {'class'} */ (kind), name))
    }
    collectNow()
    /** @type {Map<string, Float64Array>} */
    const counts = new Map()
    readCounts(this.native, NO_LISTS, counts, 0)
    return counts.get(name)?.[0] ?? 0
  }
}

/** Of these every program makes some. @param {Grown} what */
const isCommon = ({ kind, name }) => kind === 'class' && /^(?:Object|Array|Function|AsyncFunction|Promise)$/.test(name)

/**
 * In the order in which they ran, all of them in turn.
 * @param {Test[]} tests @param {number} times @param {{ isOver?: () => boolean, after?: (test: Test) => void }} [how]
 */
async function runAll(tests, times, { isOver = () => false, after = () => {} } = {}) {
  for (let i = 0; i < times; i++) {
    for (const test of tests) {
      if (isOver()) return
      if (test.why === undefined && (await test.repeat(1))) after(test)
    }
    await turn()
  }
}

/** By how much containers have grown since they were asked last: a test has run. @param {Asked[]} asked @param {Test} test */
function ask(asked, test) {
  for (const one of asked) {
    const size = Census.sizeNow(one.ref)
    if (size !== one.size) one.by.set(test, (one.by.get(test) ?? 0) + size - one.size)
    one.size = size
  }
}

/** Whether it came with the runs, in each round. @param {ArrayLike<number>} readings @param {number} runs @param {number} [each] */
function isWithRuns(readings, runs, each = 1) {
  for (let at = 1; at < LOOKS; at++) if (readings[at] - readings[at - 1] < runs * each * SHARE_MIN) return false
  return true
}

/** @param {ArrayLike<number>} readings @param {number} runs */
const perRunOf = (readings, runs) => (readings[LOOKS - 1] - readings[0]) / (ROUNDS * runs)

/** @param {Map<string, Float64Array>} counts @param {number} runs @returns {Grown[]} */
function ofCounts(counts, runs) {
  return [...counts]
    .filter(([, readings]) => isWithRuns(readings, runs))
    .map(([name, readings]) => ({ kind: 'count', name, perRun: perRunOf(readings, runs) }))
}

/** Containers first: they tell who feeds them. @param {import('../measure/census.js').CensusLike} census @param {number} runs @param {Asked[]} asked @returns {Grown[]} */
function ofCensus(census, runs, asked) {
  const { rows, table } = census.grown(LOOKS)
  /** @type {Grown[]} */
  const grown = []
  let hasMocks = false
  rows.forEach((row, i) => {
    const readings = table.subarray(i * LOOKS, (i + 1) * LOOKS)
    const { kind, name } = census.describe(row)
    if (!isWithRuns(readings, runs, kind === 'bytes' ? BYTES_MIN : 1)) return
    const found = asked.find((one) => one.row === row)
    if (found && isOfMocks(found.ref.deref())) {
      hasMocks = true
      return
    }
    const fed = feedersOf(found?.by, runs)
    grown.push({ kind, name, perRun: perRunOf(readings, runs), ...(fed.size > 0 ? { fed } : {}) })
  })
  // Mocks that are remembered are functions and objects of many classes.
  const told = hasMocks ? grown.filter(({ kind }) => kind !== 'class') : grown
  return told.sort((a, b) => Number(b.fed !== undefined) - Number(a.fed !== undefined))
}

/** Whether the latest thing in a container is a mock: runners remember all that they made. @param {any} container */
function isOfMocks(container) {
  if (types.isProxy(container)) return false
  const latest = Array.isArray(container)
    ? container[container.length - 1]
    : types.isSet(container)
      ? [...container].at(-1)
      : types.isMap(container)
        ? [...container].at(-1)?.[0]
        : undefined
  const isFunction = typeof latest === 'function' && !types.isProxy(latest)
  return isFunction && MOCKS.some((name) => Object.getOwnPropertyDescriptor(latest, name) !== undefined)
}

/** Tests with each run of which it grew, and by how much. @param {Map<Test, number> | undefined} by @param {number} runs */
function feedersOf(by, runs) {
  const each = [...(by ?? [])].map(([test, total]) => /** @type {const} */ ([test, total / runs]))
  return new Map(each.filter(([test, perRun]) => perRun >= SHARE_MIN && test.why === undefined))
}

module.exports = { LOOKS, ROUNDS, Screen }

// @ts-check
// Which of many tests may leave more each time: all are run in rounds between censuses, and what grew with every round is
// asked who feeds it. Cheap, and accuses nobody: what it suspects is measured. Knows numbers and tests, no runner.
'use strict'

const { addon } = require('../base/addon.js')
const { collectNow, nowMs, turn, wait } = require('../base/clock.js')
const { Census } = require('../measure/census.js')
const { readCounts } = require('../measure/readings.js')
const { Inspector } = require('../v8/inspector.js')

/** What a look takes before one was made. */
const LOOK_MS = 60
/** What ends by itself soon is given so long before a look, in milliseconds. */
const REST_MS = 12
/** Rounds between looks. */
const ROUNDS = 2
const LOOKS = ROUNDS + 1
/** Runs of each test before the first look. */
const FIRST_RUNS = 1
/** Containers of so few are followed: what leaks has had but two runs. */
const MINS = Object.freeze({ map: 1, set: 1, array: 2 })
/** Listeners are in lists that the census sees. */
const NO_LISTS = /** @type {any} */ ({ each() {} })
/** Runs of each test in a round that tell who feeds a container. */
const ASKING_RUNS = 2
/** Of what comes with each run at least this share is there after it. */
const SHARE_MIN = 0.75
/** A census counts bytes where this many come with a run. */
const BYTES_MIN = 1024
/** Suspicions that are followed. */
const ROWS_MAX = 20

/** @typedef {(inspector: import('../v8/inspector.js').InspectorLike) => import('../v8/live-objects.js').Realm[]} Realms */
/** @typedef {import('./once.js').RepeatableLike} Test */
/** Something that grew by as much as there were runs, in each round. `ref`: the container, where it is one. @typedef {{ kind: string, name: string, perRun: number, ref?: WeakRef<object> }} Grown */

/** A test, and what grows by so much with each of its runs. @typedef {{ test: Test, perRun: number, what: Grown }} Fed */

class Screen {
  constructor() {
    /** Whose objects are counted; those of this module where none is given. @type {Realms | undefined} */
    this.realms = undefined
    this.native = addon()
    /** Why it cannot look. @type {string | undefined} */
    this.why = undefined
    /** What a look takes, in milliseconds, as it did last. */
    this.lookMs = LOOK_MS
  }

  /**
   * Runs all of them in rounds, each so many times. Those that fail are out, and have their reason.
   * @param {Test[]} tests @param {number} runs @returns {Promise<Grown[]>}
   */
  async rounds(tests, runs) {
    const { inspector, why } = Inspector.open()
    if (!inspector) {
      this.why = why
      return []
    }
    try {
      /** @type {Map<string, Float64Array>} */
      const counts = new Map()
      await runAll(tests, FIRST_RUNS)
      await wait(REST_MS)
      const startMs = nowMs()
      const census = new Census(inspector, { realms: this.realms?.(inspector), mins: MINS, isFirstLook: true })
      readCounts(this.native, NO_LISTS, counts, 0)
      this.lookMs = nowMs() - startMs
      for (let at = 1; at < LOOKS; at++) {
        await runAll(tests, runs)
        // A census collects garbage itself.
        await wait(REST_MS)
        census.take()
        readCounts(this.native, NO_LISTS, counts, at)
      }
      const left = tests.filter(({ why: failed }) => failed === undefined).length
      return left === 0 ? [] : [...ofCounts(counts, runs), ...ofCensus(census, runs)].slice(0, ROWS_MAX)
    } finally {
      inspector.close()
    }
  }

  /**
   * Who of them feeds what grew. Containers are asked after a few runs of each; what is none, by halves.
   * @param {Test[]} tests @param {Grown[]} grown @param {() => boolean} isOver @returns {Promise<Fed[]>}
   */
  async feeders(tests, grown, isOver) {
    const isContainer = (/** @type {Grown} */ { ref }) => ref !== undefined
    // What had too few entries to be followed has more of them now.
    const again = grown.some(isContainer) || isOver() ? grown : await this.rounds(tests, ASKING_RUNS)
    const containers = again.filter(isContainer)
    if (containers.length > 0) return this.ofContainers(tests, containers, isOver)
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

  /** @param {Test[]} tests @param {Grown[]} containers @param {() => boolean} isOver @returns {Promise<Fed[]>} */
  async ofContainers(tests, containers, isOver) {
    /** @type {Fed[]} */
    const found = []
    for (const test of tests) {
      if (isOver()) break
      const before = containers.map(sizeOf)
      if (!(await test.repeat(ASKING_RUNS))) continue
      await turn()
      containers.forEach((what, i) => {
        const perRun = (sizeOf(what) - before[i]) / ASKING_RUNS
        if (perRun >= SHARE_MIN) found.push({ test, perRun, what })
      })
    }
    return found
  }
}

/** Of these every program makes some. @param {Grown} what */
const isCommon = ({ kind, name }) => kind === 'class' && /^(?:Object|Array|Function|AsyncFunction|Promise)$/.test(name)

/** @param {Grown} what */
const sizeOf = ({ ref }) => (ref ? Census.sizeNow(ref) : 0)

/** In the order in which they ran, all of them in turn. @param {Test[]} tests @param {number} times */
async function runAll(tests, times) {
  for (let i = 0; i < times; i++) {
    for (const test of tests) if (test.why === undefined) await test.repeat(1)
    await turn()
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

/** Containers first: they tell who feeds them. @param {import('../measure/census.js').CensusLike} census @param {number} runs @returns {Grown[]} */
function ofCensus(census, runs) {
  const { rows, table } = census.grown(LOOKS)
  /** @type {Grown[]} */
  const grown = []
  rows.forEach((row, i) => {
    const readings = table.subarray(i * LOOKS, (i + 1) * LOOKS)
    const { kind, name } = census.describe(row)
    if (!isWithRuns(readings, runs, kind === 'bytes' ? BYTES_MIN : 1)) return
    const ref = kind === 'container' ? census.growing.get(row) : undefined
    grown.push({ kind, name, perRun: perRunOf(readings, runs), ...(ref ? { ref } : {}) })
  })
  return grown.sort((a, b) => Number(b.ref !== undefined) - Number(a.ref !== undefined))
}

module.exports = { FIRST_RUNS, LOOKS, ROUNDS, Screen }

// @ts-check
// Repeats the tests of a process once they have run, within a budget: screens all of a block together, measures those that
// are suspected as `assertNoLeaks` does, and keeps what it found. Knows tests that can be run once more, no runner.
'use strict'

const { nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { isArtefact } = require('./artefacts.js')
const { Repeatable } = require('./once.js')
const { shielded } = require('./shield.js')

/** Runs of each test in a round of the screening: of slow ones less. */
const RUNS = 3
/** A screening that takes so many times as long as it might is given up. */
const LATE_SHARE = 1.1
/** Blocks within others may have this share of what may be spent: one of them is as dear as a whole file. */
const INNER_SHARE = 0.35
/** So long a measurement decides, in milliseconds; of slow tests, and where looks take long, longer. */
const DECIDE_MS = 2000
const DECIDE_RUNS = 60
const DECIDE_LOOKS = 25
const DECIDE_MS_MAX = 30_000
/** So long after that it ends, explained or not, in milliseconds; where looks take long so many of them later. */
const JUDGE_MS = 15_000
const JUDGE_LOOKS = 20
/** Leaks that are explained in a process: more are only told to grow. */
const EXPLAINED_MAX = 6
/** Tests that feed the same container are measured until one leaks, so many at the most. */
const SAME_MAX = 2
/** What is suspected hides what else grows: so many times others are looked at once more. */
const SCREENS_MAX = 4

/** @typedef {import('./once.js').RepeatableLike} Test */
/** @typedef {InstanceType<typeof import('./screen.js').Screen>} ScreenLike */
/** @typedef {(where: string, op: () => unknown, options: any, endMs?: number) => Promise<any>} Measure */

class Keeper {
  /**
   * @param {object} how
   * @param {string} how.runner
   * @param {import('./budget.js').BudgetLike} how.budget
   * @param {(found: import('./parts.js').Part) => void} how.write gets all there is, again and again
   * @param {() => void} [how.onFirst] called when the first test has run
   * @param {Measure} [how.measure]
   */
  constructor({ runner, budget, write, onFirst = () => {}, measure }) {
    this.onFirst = onFirst
    this.runner = runner
    this.budget = budget
    this.write = write
    this.measure = measure
    /** Tests that wait for the end of their block. @type {Map<unknown, Test[]>} */
    this.waiting = new Map()
    /** Spent on screening blocks within others. */
    this.innerMs = 0
    /** @type {import('./shield.js').Caught} */
    this.caught = {}
    /** @type {() => any[]} */
    this.consoles = () => [console]
    /** @type {ScreenLike | undefined} */
    this.screen = undefined
    /** @type {import('./screen.js').Realms | undefined} */
    this.realms = undefined
    /** @type {import('./parts.js').Part} */
    this.part = { runner, tests: 0, repeated: 0, spentMs: 0, ranMs: 0, skipped: [], leaks: [], open: [] }
  }

  /**
   * A test has run, and may be repeated at the end of its block.
   * @param {unknown} block @param {import('./once.js').Ran} ran
   */
  ran(block, ran) {
    this.counts()
    const list = this.waiting.get(block) ?? []
    this.waiting.set(block, list)
    list.push(new Repeatable(ran, this.caught))
  }

  counts() {
    if (this.part.tests++ === 0) this.onFirst()
  }

  /** A test has run, and is not repeated. @param {{ name: string, file: string }} test @param {string} why */
  skips({ name, file }, why) {
    this.counts()
    this.part.skipped.push({ name, file, why })
  }

  /**
   * Before the last hooks of a block: its tests are repeated, as long as what they need is there.
   * @param {unknown} block @param {{ isInner?: boolean }} [how] `isInner`: tests of a block around it come later
   */
  async blockEnds(block, { isInner = false } = {}) {
    const tests = this.waiting.get(block) ?? []
    this.waiting.delete(block)
    if (tests.length === 0) return this.tell()
    try {
      await this.budget.spend(() => shielded(this.caught, this.consoles(), () => this.repeat(tests, isInner)))
      this.caught.latest = undefined
    } catch (error) {
      this.part.open.push({ tests: names(tests), what: `the check failed: ${messageOf(error)}`, reason: 'failed' })
    }
    this.tell()
  }

  /** What is known so far. */
  tell() {
    if (this.part.tests === 0) return
    this.part.spentMs = this.budget.spentMs
    this.part.ranMs = nowMs()
    this.write(this.part)
  }

  /** @param {Test[]} tests @param {boolean} isInner */
  async repeat(tests, isInner) {
    // Loaded where it is needed: within the time that is accounted for.
    const { Screen } = require('./screen.js')
    this.screen ??= new Screen()
    this.screen.realms = this.realms
    const { screen } = this
    const startMs = nowMs()
    const leftMs = isInner ? this.budget.leftMs(INNER_SHARE) - this.innerMs : this.budget.leftMs()
    const { chosen, runs } = this.choose(tests, leftMs, screen.lookMs)
    if (chosen.length > 0) {
      const isLate = () => nowMs() - startMs > leftMs * LATE_SHARE
      const grown = await screen.rounds(chosen, runs, isLate)
      if (isInner) this.innerMs += nowMs() - startMs
      if (grown === undefined) for (const test of chosen) test.why ??= BUDGET
      else if (grown.length > 0) await this.budget.settle(() => this.settleAll(screen, chosen, grown))
      if (screen.why)
        this.part.open.push({ tests: names(chosen), what: `no inspector: ${screen.why}`, reason: 'failed' })
    }
    for (const test of tests) {
      if (test.why === undefined) this.part.repeated++
      else this.part.skipped.push({ name: test.name, file: test.file, why: test.why })
    }
  }

  /**
   * Those that the budget allows to run in rounds, the quickest first, and how often. Others say so.
   * @param {Test[]} tests @param {number} allMs @param {number} lookMs
   */
  choose(tests, allMs, lookMs) {
    const { LOOKS, ROUNDS } = require('./screen.js')
    const leftMs = allMs - lookMs * LOOKS
    const quickest = [...tests].sort((a, b) => a.runMs - b.runMs)
    let sumMs = 0
    let many = 0
    for (const { runMs } of quickest) {
      if ((sumMs + runMs) * ROUNDS > leftMs) break
      sumMs += runMs
      many++
    }
    const chosen = new Set(quickest.slice(0, many))
    for (const test of quickest.slice(many)) test.why = BUDGET
    const runs = Math.min(RUNS, Math.max(1, Math.floor(leftMs / Math.max(0.01, sumMs) / ROUNDS)))
    return { chosen: tests.filter((test) => chosen.has(test)), runs }
  }

  /**
   * What is suspected is settled, and then what it hid: the others are screened again without those that it was of.
   * @param {ScreenLike} screen @param {Test[]} tests @param {import('./screen.js').Grown[]} grown
   */
  async settleAll(screen, tests, grown) {
    const startMs = nowMs()
    const allowedMs = this.budget.settlingMs()
    const isOver = () => nowMs() - startMs > allowedMs
    let able = tests.filter(({ why }) => why === undefined)
    for (let i = 0; i < SCREENS_MAX && able.length > 0 && grown.length > 0; i++) {
      const asked = await this.settle(screen, able, grown, isOver)
      able = able.filter((test) => test.why === undefined && !asked.has(test))
      if (asked.size === 0 || isOver()) return
      if (able.length > 0) grown = (await screen.rounds(able, 1, isOver)) ?? []
    }
  }

  /**
   * @param {ScreenLike} screen @param {Test[]} tests @param {import('./screen.js').Grown[]} grown
   * @param {() => boolean} isOver @returns {Promise<Set<Test>>} those that feed what grew
   */
  async settle(screen, tests, grown, isOver) {
    const fed = await screen.feeders(tests, grown, isOver)
    /** By what grows. @type {Map<import('./screen.js').Grown, import('./screen.js').Fed[]>} */
    const groups = new Map()
    for (const one of fed) groups.set(one.what, [...(groups.get(one.what) ?? []), one])
    /** @type {Set<Test>} */
    const measured = new Set()
    for (const group of groups.values()) {
      if (group.some(({ test }) => measured.has(test))) continue
      /** @type {import('./parts.js').Part['open'][number] | undefined} */
      let open
      const quickest = [...group].sort((a, b) => a.test.runMs - b.test.runMs).slice(0, SAME_MAX)
      for (const { test } of quickest) {
        if (test.why !== undefined) continue
        if (isOver()) {
          open ??= { tests: names(group.map((one) => one.test)), what: growing(group[0]), reason: 'time' }
          break
        }
        measured.add(test)
        const found = await this.judge(test, group)
        open = found.open
        if (found.isLeak) break
      }
      if (open) this.part.open.push(open)
    }
    return new Set(fed.map(({ test }) => test))
  }

  /**
   * @param {Test} test @param {import('./screen.js').Fed[]} group what it shares with others
   * @returns {Promise<{ isLeak: boolean, open?: import('./parts.js').Part['open'][number] }>}
   */
  async judge(test, group) {
    const isExplained = this.part.leaks.length < EXPLAINED_MAX
    const lookMs = this.screen?.lookMs ?? 0
    const budgetMs = Math.round(
      Math.min(DECIDE_MS_MAX, Math.max(DECIDE_MS, test.runMs * DECIDE_RUNS) + lookMs * DECIDE_LOOKS)
    )
    let failed = false
    const op = async () => {
      try {
        await test.once()
      } catch (error) {
        failed = true
        throw error
      }
    }
    const measure = this.measure ?? require('../measure/assert.js').measure
    let report
    try {
      report = await measure(
        'leakguard suite',
        op,
        { budgetMs, heap: isExplained ? 'auto' : 'never' },
        nowMs() + JUDGE_MS + budgetMs + lookMs * JUDGE_LOOKS
      )
    } catch (error) {
      if (!failed) return { isLeak: false, open: { tests: names([test]), what: messageOf(error), reason: 'failed' } }
      test.fails(error)
      return { isLeak: false }
    }
    const also = group.filter((one) => one.test !== test)
    const tests = [
      { name: test.name, file: test.file, perRun: group.find((one) => one.test === test)?.perRun },
      ...also.map(({ test: { name, file }, perRun }) => ({ name, file, perRun }))
    ]
    if (report.verdict === 'leaking') {
      const findings = report.toJSON().findings.filter((/** @type {any} */ finding) => !isArtefact(finding))
      // What nobody can look up accuses nobody.
      const others = findings.filter((/** @type {any} */ finding) => !isOfTest(finding, tests))
      if (findings.length > 0 && others.length === 0)
        return { isLeak: false, open: { tests, what: ownGrowing(group[0]), reason: 'test-own' } }
      const shown = others.filter(isShown)
      this.part.leaks.push(...shown.map((/** @type {any} */ finding) => ({ finding, tests })))
      if (shown.length > 0 || findings.length === 0) return { isLeak: shown.length > 0 }
      return { isLeak: false, open: { tests, what: growing(group[0]), reason: 'no-holder' } }
    }
    if (report.verdict === 'clean') return { isLeak: false }
    const reason = report.undecided[0]?.reason ?? 'time'
    return { isLeak: false, open: { tests, what: growing(group[0]), reason } }
  }
}

const BUDGET = 'the budget is spent: raise --budget'

/** Whether a finding has a line or a way to what holds it. @param {import('../..').Finding} finding */
const isShown = ({ culprit, retainerPath = [] }) => culprit.file !== undefined || retainerPath.length > 0

/**
 * Whether nothing but files of tests holds and feeds it: what they remember for hooks that run once is no leak.
 * @param {import('../..').Finding} finding @param {{ file?: string }[]} tests
 */
function isOfTest({ culprit, holder, addedAt = [] }, tests) {
  const files = [culprit.file, holder?.file, ...addedAt.map(({ file }) => file)].filter((file) => file !== undefined)
  return files.length > 0 && files.every((file) => tests.some((test) => test.file === file))
}

/** @param {Test[]} tests */
const names = (tests) => tests.map(({ name, file }) => ({ name, file }))

/** @param {import('./screen.js').Fed} fed */
const grew = ({ what: { kind, name }, perRun }) =>
  `${name}${kind === 'container' ? ' (a container)' : ''} grew by ${perRun.toFixed(1)} with each run`

/** @param {import('./screen.js').Fed} fed */
const growing = (fed) => `${grew(fed)}, and whether that ends, and what holds it, was not found in time: raise --budget`

/** @param {import('./screen.js').Fed} fed */
const ownGrowing = (fed) =>
  `${grew(fed)}, held by the file of the test alone: it may be a list for a hook that runs once, such as afterAll`

/** @typedef {InstanceType<typeof Keeper>} KeeperLike */

module.exports = { Keeper }

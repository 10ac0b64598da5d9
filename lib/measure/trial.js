// @ts-check
// Decides by dose and response whether an operation leaks: runs it in stages of three rounds of different length, each
// a test of its own, and goes on to the next, longer one only on suspicion. Knows what grew, not why: see explain.js.
'use strict'

const { collectNow, nowMs, turn, wait } = require('../base/clock.js')
const { Census } = require('./census.js')
const { DOSES, DOSES_SUM, LOOKS } = require('./doses.js')
const { Inspector } = require('../v8/inspector.js')
const { Lists, isOfLists } = require('./lists.js')
const { memoryTable, readCounts, readMemory } = require('./readings.js')
const { Runner } = require('./run.js')
const { LINGER_MS, linger, settle } = require('./settle.js')
const { judgeSteps } = require('./steps.js')
const { timed } = require('./times.js')
const {
  EBB_SHARE,
  ENOUGH_HANDLES,
  LITTLE_COUNT,
  OFTEN,
  SAME_MIN,
  clean,
  isExact,
  isHandle,
  isRare,
  isSame,
  isSure,
  leaking,
  namesOf,
  sum
} = require('./suspicion.js')
const { WasmMemories } = require('./wasm.js')

/** @typedef {import('./suspicion.js').Suspicion} Suspicion */
/** @typedef {import('./suspicion.js').Dose} Dose */
/** @typedef {import('./suspicion.js').Stage} Stage */
/** @typedef {import('./suspicion.js').Judgement} Judgement */

/** A warm-up takes so many calls, or so long in milliseconds, whichever ends first. */
const WARM_UP_CALLS_MAX = 2000
const WARM_UP_MS = 30
/** Calls of the very first steps, after which descriptors and handles are looked at: they run out soonest. */
const FIRST_CALLS = 6
/** Calls of a unit while the operation leaves such things behind. */
const UNIT_HANDLES = 10
/** Collections before a look that reads nothing but exact counts: what only garbage holds open ends with the first. */
const ROUNDS_BEFORE_COUNTS = 3

/** So many calls tell whether each keeps so many bytes, where each takes no longer than this, in milliseconds. */
const SOME_CALLS = 40
const MUCH_BYTES = 2000
const SOME_CALL_MS = 1
/** The same of what is cheap and keeps little. */
const MANY_CALLS = 1200
const FEW_BYTES = 48
/** Of memory without a container or class that grows this is enough, in bytes: whatever it is may soon be full. */
const ENOUGH_BARE_BYTES = 16e6

/** An operation cheaper than this, in milliseconds, is called so often that memory alone tells. */
const CHEAP_MS = 0.02
const SCREEN_UNIT_MS = 6
const SCREEN_UNIT_MIN = 700
const SCREEN_UNIT_MAX = 20_000
/** Collections that come before a census. */
const ROUNDS_BEFORE_CENSUS = 3
/** Growth of memory below this, in bytes a call, is nothing: one `{}` in ten calls is 5.6 or more. */
const SCREEN_BYTES = { heap: 1.6, external: 16, arrayBuffers: 16, native: 64 }
const OUTSIDE = /** @type {const} */ (['external', 'arrayBuffers', 'native'])

/** The first stage with a census. */
const UNIT_MS = 30
const UNIT_MIN = 20
const UNIT_MAX = 1000
/** After a screening there is something to be seen, and calls are cheap. */
const UNIT_SCREENED_MAX = 5000
/** Memory must grow by so much in all and for each call to be suspected, in bytes; at the census and later. */
const FLOORS = {
  heap: { bytes: 24e3, perCall: 2 },
  external: { bytes: 64e3, perCall: 64 },
  native: { bytes: 384e3, perCall: 128 }
}

/** What is confirmed over so many more, or so many bytes, or for so long, does not stop by itself. */
const ENOUGH_COUNT = 25_000
/** So many listeners on lists that live on, exactly so many for each call, are no pool: lists have no bound. */
const ENOUGH_LISTENERS = 32
const ENOUGH_BYTES = 48e6
const ENOUGH_SHARE = 0.4
/** Rounds in which nothing but the size of one container is read may take so long together, in milliseconds. */
const SIZES_MS = 1500
/** What is followed early comes to so many entries, in this time, or to so many bytes: as stages and a screening would have given it. */
const EARLY_MS = 1000
const EARLY_COUNT_MIN = 40_000
const EARLY_COUNT_MAX = 100_000
const EARLY_BYTES = 96e6
/** So many of what comes often are observed after one stage. */
const ENOUGH_OBJECTS = 100
/** Where time ended before, this share of them is enough. */
const WHOLE_SHARE = 0.8
/** So many times the calls of a stage show that what grew in it has come to an end. */
const LONGER = 4
/** So many objects of a class may come along with one handle, such as a socket: they are as rare as it is. */
const ALONG_MAX = 64
/** How late, in budgets. */
const LATE_SHARE = 1.6
/** The same for the one stage without which nothing at all is confirmed. */
const LATE_FIRST_SHARE = 3
/** What may go by itself, and takes along what hangs on it. */
const ENDS_BY_ITSELF =
  /Timeout|Immediate|Promise|Socket|TCP|Pipe|Process|Worker|Request|Response|Client|Stream|Signal|^handle:|^fd:|^vm context$/
/** Memory that nothing is known to hold is looked at again, so often and so far apart, until it no longer falls by this share. */
const PATIENCE = 8
const PATIENCE_MS = 300
const FALLING_SHARE = 0.02
/** Of the budget this share is for deciding; the rest for reasons. */
const DECIDING_SHARE = 0.8
/** A stage is given so long at the least, in milliseconds. */
const LEAST_STAGE_MS = 150
class Trial {
  /**
   * @param {() => unknown} op @param {{ budgetMs: number, signal?: AbortSignal, endMs?: number }} options `endMs` of the clock: whoever asked listens no longer
   * @param {typeof import('../../native.js')} native @param {(phase: string, fraction: number) => void} tell
   */
  constructor(op, { budgetMs, signal, endMs = Infinity }, native, tell) {
    this.native = native
    this.runner = new Runner(op, signal)
    this.startMs = nowMs()
    this.budgetMs = budgetMs
    this.endMs = endMs
    this.decideByMs = Math.min(this.startMs + budgetMs * DECIDING_SHARE, endMs)
    this.tell = tell
    /** Milliseconds a call. */
    this.callMs = 0
    this.rounds = 0
    /** Milliseconds that a look takes: coming to rest and a census. */
    this.lookMs = 0
    /** @type {import('../v8/inspector.js').InspectorLike | undefined} */
    this.inspector = undefined
    /** @type {import('./census.js').CensusLike | undefined} */
    this.census = undefined
    /** What was not looked at. @type {string[]} */
    this.lost = []
    this.leavesHandles = false
    this.leavesBytes = false
    /** Nothing is looked at but what is counted exactly. */
    this.isCounting = false
    this.countingRounds = 0
    this.lists = new Lists()
    this.memories = new WasmMemories()
    /** The longest that a look took, in milliseconds. */
    this.longestLookMs = 0
    /** Calls when the latest look was. */
    this.callsAtLook = 0
    /** Has what is sure to grow observed: while there is little of it, or while it is given time to end. @type {((sure: Suspicion[], isEarly: boolean) => Promise<boolean>) | undefined} */
    this.observe = undefined
    /** What was observed did not stay. @type {(() => void) | undefined} */
    this.forget = undefined
    /** What the screening saw, if there was one: in each round, where it is steady. @type {{ unit: number, heap: number, isSteady: boolean } | undefined} */
    this.screened = undefined
    /** Readings of this stage, one for each look: made once, so that they do not grow themselves. */
    this.memory = memoryTable(LOOKS + 1)
    /** @type {Map<string, Float64Array>} */
    this.counts = new Map()
    /** Calls of the rounds of the latest stage. @type {number[]} */
    this.doses = []
    /** All that grew in the latest stage. @type {Map<unknown, Suspicion>} */
    this.latest = new Map()
    /** Of what was ever suspected, the stage in which it grew fastest. @type {Map<unknown, Dose>} */
    this.most = new Map()
  }

  /** @returns {Promise<Judgement>} */
  async judge() {
    const judged = await this.judgeRounds()
    return judged.verdict === 'leaking' ? judged : ((await judgeSteps(this)) ?? judged)
  }

  externalBytes() {
    return process.memoryUsage().external + this.memories.bytes()
  }

  /** @returns {Promise<Judgement>} */
  async judgeRounds() {
    await this.warmUp()
    if (!this.leavesHandles) return this.judgeAll()
    const counted = await this.judgeCounts()
    if (counted.verdict === 'leaking') return counted
    const all = await this.judgeAll()
    // Where there was no time to look at all, what was counted is the better answer.
    return all.verdict === 'undecided' && all.suspicions.length === 0 && counted.verdict === 'undecided' ? counted : all
  }

  /** @returns {Promise<Judgement>} */
  async judgeAll() {
    if (this.leavesBytes) {
      const stage = await this.openStage()
      if (stage.isCut || [...stage.found.values()].some((one) => this.isOpen(one))) return this.confirm(stage)
      // It was noise, or came once: as few calls tell nothing of what is small.
      this.leavesBytes = false
      this.closeCensus()
    }
    if (this.callMs > CHEAP_MS || this.leavesHandles) return this.confirm(await this.openStage())
    if (await this.screen()) return clean()
    const judged = await this.confirm(await this.openStage())
    // What grew in each round of the screening and then in none is one word against the other.
    if (judged.verdict !== 'clean' || !this.screened?.isSteady || this.isOver()) return judged
    this.closeCensus()
    if (await this.screen()) return judged
    return this.confirm(await this.openStage())
  }

  /** The first stage with a census. @returns {Promise<Stage>} */
  async openStage() {
    this.runner.refill()
    if (!this.isOver()) this.openCensus()
    return this.stage(this.firstUnit())
  }

  /** Whether whoever asked listens no longer, or the budget is spent: no round and no look begins. */
  isOver() {
    return nowMs() >= this.endMs
  }

  /**
   * What is counted exactly is consulted first: it needs few calls and no census, so it decides on the busiest machine.
   * @returns {Promise<Judgement>}
   */
  async judgeCounts() {
    this.isCounting = true
    try {
      const judged = await this.confirm(await this.stage(UNIT_HANDLES))
      if (judged.verdict === 'leaking' && !this.inspector) this.openInspector()
      else if (judged.verdict !== 'leaking') this.close()
      return judged
    } finally {
      this.isCounting = false
      this.countingRounds = this.rounds
    }
  }

  close() {
    this.inspector?.close()
    this.inspector = undefined
  }

  /** First calls: what is loaded, compiled and filled once. */
  async warmUp() {
    this.tell('warm-up', 0)
    const { runner, native } = this
    const few = await this.lists.during(async () => {
      const first = await runner.run(1)
      await turn()
      readCounts(native, this.lists, this.counts, 0)
      return runner.run(FIRST_CALLS, this.within(Math.max(WARM_UP_MS, first.ms * 2)))
    })
    await turn()
    this.memories = WasmMemories.find()
    runner.countToo(() => this.memories.bytes())
    readCounts(native, this.lists, this.counts, 1)
    this.leavesHandles = grownHandles(this.counts) >= few.calls / 4
    this.callMs = few.ms / few.calls
    if (this.leavesHandles || this.callMs > WARM_UP_MS || this.isOver()) return
    if (this.callMs <= SOME_CALL_MS && (await this.keeps(SOME_CALLS, MUCH_BYTES))) {
      this.leavesBytes = true
      return
    }
    const more = await runner.run(WARM_UP_CALLS_MAX, this.within(WARM_UP_MS))
    this.callMs = more.ms / more.calls
    // What keeps an object a call shows soon: a screening would only make heaps larger.
    if (this.callMs <= CHEAP_MS) this.leavesBytes = await this.keeps(MANY_CALLS, FEW_BYTES)
  }

  /**
   * Whether so many calls keep so many bytes each that many would fill whatever it is before anybody looks: a ring of parts
   * that keep wholes is told from a cache by how it fills.
   * @param {number} calls @param {number} eachBytes
   */
  async keeps(calls, eachBytes) {
    const bytes = [0, 0]
    for (const at of [0, 1]) {
      await this.runner.run(calls, this.endMs)
      await settle(ROUNDS_BEFORE_COUNTS)
      readMemory(this.native, this.memory, at, this.memories.bytes())
      const { heap, external, arrayBuffers } = this.memory
      bytes[at] = heap[at] + external[at] + arrayBuffers[at]
    }
    return bytes[1] - bytes[0] >= calls * eachBytes
  }

  /** When so long from now is over, or all is. @param {number} ms */
  within(ms) {
    return Math.min(nowMs() + ms, this.endMs)
  }

  /**
   * Many calls, and memory at rest around them. Whether nothing grows by as much as the smallest leak would.
   * @returns {Promise<boolean>}
   */
  async screen() {
    const unit = Math.round(clamp(SCREEN_UNIT_MS / this.callMs, SCREEN_UNIT_MIN, SCREEN_UNIT_MAX))
    const { found, doses, isCut } = await this.stage(unit)
    if (isCut) return false
    const deltas = (/** @type {import('./readings.js').MemoryKey} */ key) =>
      doses.map((_, i) => this.memory[key][i + 1] - this.memory[key][i])
    const rates = (/** @type {import('./readings.js').MemoryKey} */ key) =>
      deltas(key)
        .map((delta, i) => delta / doses[i])
        .sort((a, b) => a - b)
    // The middle one: what comes or goes once must neither accuse nor hide. But a table that doubles grows in one round
    // only, and in these doses not in the first alone. Outside the heap noise is larger, and a leak shows in each round.
    const later = deltas('heap').slice(1)
    // What falls, as the garbage of others does late, hides what rises.
    const fallen = -deltas('heap').reduce((all, delta) => all + Math.min(0, delta), 0)
    const isSteady = rates('heap')[0] > SCREEN_BYTES.heap
    this.screened = { unit, heap: found.get('memory heap')?.perCall ?? 0, isSteady }
    const isFlat =
      rates('heap')[1] <= SCREEN_BYTES.heap &&
      fallen <= SCREEN_BYTES.heap * sum(doses) &&
      Math.max(...later) <= SCREEN_BYTES.heap * (sum(doses) - doses[0]) &&
      OUTSIDE.every((key) => rates(key)[0] <= SCREEN_BYTES[key])
    return isFlat && ![...found.values()].some(({ source }) => source === 'count')
  }

  /** @returns {import('../v8/inspector.js').InspectorLike | undefined} */
  openInspector() {
    const { inspector, why } = Inspector.open()
    this.inspector = inspector
    if (!inspector)
      this.lost.push(`no inspector (${why}): only memory, handles and descriptors were counted, not objects`)
    return inspector
  }

  openCensus() {
    const inspector = this.openInspector()
    if (inspector) this.census = new Census(inspector)
  }

  closeCensus() {
    this.close()
    this.census = undefined
  }

  firstUnit() {
    if (this.leavesHandles) return UNIT_HANDLES
    if (this.runner.callsWhenFull > 0) return Math.max(1, Math.floor(this.runner.callsWhenFull / (DOSES_SUM * 2.5)))
    if (this.leavesBytes) return this.callMs > CHEAP_MS ? SOME_CALLS : MANY_CALLS / DOSES_SUM
    if (this.screened) return Math.min(this.screened.unit, UNIT_SCREENED_MAX)
    const affordable = ((this.decideByMs - nowMs()) * 0.4) / this.callMs / DOSES_SUM
    return Math.round(clamp(UNIT_MS / this.callMs, Math.min(UNIT_MIN, affordable), UNIT_MAX)) || 1
  }

  /**
   * Three rounds, and what grew in them. A first one is looked at in less depth: what it suspects is tried again.
   * @param {number} unit @param {{ isFirst?: boolean, isNext?: boolean }} [options] `isNext`: it begins where the last one ended
   * @returns {Promise<Stage>}
   */
  async stage(unit, { isNext = false, isFirst = !isNext } = {}) {
    if (isNext) this.carry()
    else await this.look(0, isFirst)
    /** @type {number[]} */
    const doses = []
    this.doses = doses
    for (const dose of DOSES) {
      if (this.isOver()) break
      const { calls, ms } = await this.runner.run(dose * unit, this.within(this.budgetMs))
      if (calls === 0) break
      doses.push(calls)
      this.callMs = Math.max(this.callMs * 0.5, ms / calls)
      this.rounds++
      await this.look(doses.length, isFirst)
    }
    return { doses, found: this.find(doses), isCut: doses.length < DOSES.length && !this.runner.isFull }
  }

  /** The last look of a stage is the first of the next. */
  carry() {
    const last = this.doses.length
    for (const table of [...Object.values(this.memory), ...this.counts.values()]) table[0] = table[last]
  }

  /**
   * Comes to rest and reads. Within a first stage in less depth: what it suspects is tried again.
   * @param {number} at which look of the stage it is @param {boolean} isFirst
   */
  async look(at, isFirst) {
    const start = nowMs()
    this.tell('measure', Math.min(0.7, (start - this.startMs) / this.budgetMs))
    // A census has all garbage collected by itself: what is left for its turn is what waits for the event loop.
    const isShort = this.census && isFirst && at > 0 && at < DOSES.length
    const isBrief = this.isCounting && at < LOOKS
    await settle(isBrief ? ROUNDS_BEFORE_COUNTS : isShort ? ROUNDS_BEFORE_CENSUS : undefined)
    readMemory(this.native, this.memory, at, this.memories.bytes())
    readCounts(this.native, this.lists, this.counts, at)
    this.census?.take()
    this.callsAtLook = this.runner.calls
    this.lookMs = nowMs() - start
    this.longestLookMs = Math.max(this.longestLookMs, this.lookMs)
  }

  /** Bytes that the latest stage kept for each call. */
  bytesPerCall() {
    const last = this.doses.length
    const { heap, external, arrayBuffers, native } = this.memory
    const grown = [heap, external, arrayBuffers, native].map((table) => Math.max(0, table[last] - table[0]))
    return sum(grown) / Math.max(1, sum(this.doses))
  }

  /** What grew in the rounds of this stage. @param {number[]} doses @returns {Map<unknown, Suspicion>} */
  find(doses) {
    const { native, counts, census } = this
    const looks = doses.length + 1
    /** @type {Map<unknown, Suspicion>} */
    const found = new Map()
    const names = [...counts.keys()]
    const table = names.map((name) => [.../** @type {Float64Array} */ (counts.get(name)).subarray(0, looks)])
    for (const { row, ...rate } of native.judgeCounts(doses, new Float64Array(table.flat())))
      found.set(names[row], { source: 'count', name: names[row], readings: table[row], ...rate })
    for (const [name, { bytes, perCall }] of this.isCounting ? [] : Object.entries(FLOORS)) {
      const readings = this.readings(/** @type {any} */ (name)).slice(0, looks)
      const rate = native.judgeMemory(doses, readings, bytes, perCall)
      if (rate) found.set(`memory ${name}`, { source: 'memory', name, readings, ...rate })
    }
    if (census) for (const suspicion of this.findObjects(census, doses)) found.set(suspicion.row, suspicion)
    this.latest = new Map(found)
    const calls = sum(doses)
    for (const [key, suspicion] of found) suspicion.most = this.fastest(key, { total: suspicion.total, calls })
    return found
  }

  /** @param {unknown} key @param {Dose} now @returns {Dose} */
  fastest(key, now) {
    const before = this.most.get(key)
    const most = before && before.total / before.calls > now.total / now.calls ? before : now
    this.most.set(key, most)
    return most
  }

  /**
   * Whether it came faster once, by more than chance: what fills by keys that come at random does, and has an end.
   * @param {Suspicion} suspicion @param {Dose} now
   */
  hasDeclined({ source, most }, { total, calls }) {
    if (source === 'memory' || source === 'count' || !most) return false
    return this.native.declines(most.total, most.calls, total, calls)
  }

  /** @param {import('./readings.js').MemoryKey} key */
  readings(key) {
    return [...this.memory[key]]
  }

  /** @param {import('./census.js').CensusLike} census @param {number[]} doses @returns {Suspicion[]} */
  findObjects(census, doses) {
    const looks = doses.length + 1
    const { rows, table } = census.grown(looks)
    return this.native.judgeCounts(doses, table).map(({ row: at, ...rate }) => {
      const { kind, name } = census.describe(rows[at])
      const readings = [...table.subarray(at * looks, (at + 1) * looks)]
      return { source: kind, name, row: rows[at], readings, ...rate }
    })
  }

  /**
   * Longer stages, while what is suspected goes on growing at its rate and it is not enough yet.
   * @param {Stage} first @returns {Promise<Judgement>}
   */
  async confirm(first) {
    let startMs = nowMs()
    let before = first
    const { judged, tookMs } = await this.judgeEarly(
      first,
      first.isCut ? [] : [...first.found.values()].filter(isSure),
      true
    )
    if (judged) return judged
    startMs += tookMs
    let isNext = tookMs === 0
    /** @type {Suspicion[]} */
    let sure = []
    for (;;) {
      if (before.isCut) return this.outOfTime(before, sure)
      const open = [...before.found.values()].filter((suspicion) => this.isOpen(suspicion))
      if (open.length === 0) return clean()
      const unit = this.nextUnit(before, open, before === first)
      if (unit === 0) return (await this.judgeSize(before, sure)) ?? this.outOfTime(before, sure)
      const next = await this.stage(unit, { isNext, isFirst: false })
      isNext = true
      if (next.isCut) return this.outOfTime(before, sure)
      const calls = sum(next.doses)
      const kept = [...next.found]
        .filter(([key, now]) => isSame(before.found.get(key), now) && !this.hasDeclined(now, { ...now, calls }))
        .map(([, now]) => now)
      sure = kept.filter(isSure)
      const early = await this.judgeEarly(next, sure, false)
      if (early.judged) return early.judged
      startMs += early.tookMs
      isNext = early.tookMs === 0
      if (sure.length > 0 && this.isEnough(sure, nowMs() - startMs))
        return (await this.judgeSize(next, sure)) ?? this.verify(sure, next)
      // What changes its rate from stage to stage is noise of a fixed amount, or fills.
      for (const [key, now] of next.found)
        if (!kept.includes(now) && (now.source === 'memory' ? before.found.has(key) : !isSure(now)))
          next.found.delete(key)
      before = next
    }
  }

  /**
   * What grows is observed while there is little of it; a container that each call adds as many to is followed from there for
   * as long as few programs bound one. Nothing but a leak is told so early.
   * @param {Stage} stage @param {Suspicion[]} sure @param {boolean} isFirst
   * @returns {Promise<{ judged?: Judgement, tookMs: number }>} `tookMs`: that is none of deciding; 0 where nothing was done
   */
  async judgeEarly(stage, sure, isFirst) {
    if (this.runner.isFull) return { tookMs: 0 }
    // By one stage alone nothing else is sure enough to be worth its price.
    const isMuch = sure.some((one) => isOfObjects(one) && one.perCall >= OFTEN && one.total >= ENOUGH_OBJECTS)
    if (isFirst && !isMuch) return { tookMs: 0 }
    const pausedMs = await this.pauseFor(sure)
    // What may end by itself is given the time to.
    const mayEnd = [...stage.found.values()].some(({ name }) => !isOfLists(name) && ENDS_BY_ITSELF.test(name))
    const isExactly = (/** @type {Suspicion} */ one) => one.source === 'container' && isExact(one, stage.doses)
    const container = mayEnd ? undefined : sure.find(isExactly)
    const calls = container ? this.earlyCalls(container) : Infinity
    const isSoon = calls * WHOLE_SHARE * this.callMs <= SIZES_MS && nowMs() + 2 * this.lookMs <= this.endMs
    if (!container || !isSoon) return { tookMs: pausedMs }
    const startMs = nowMs()
    const before = this.runner.bytesNow().all
    const followed = await this.follow(container, calls)
    const tookMs = pausedMs + nowMs() - startMs
    if (!followed) return { tookMs }
    const { now, doses } = followed
    if (sum(doses) < calls * WHOLE_SHARE || now.total < LITTLE_COUNT || !isExact(now, doses)) return { tookMs }
    // What a call keeps was known from few of them: fewer entries are enough only where memory bears that out.
    collectNow()
    const isBorneOut = this.runner.bytesNow().all - before >= EARLY_BYTES * SAME_MIN
    if (now.total < EARLY_COUNT_MIN * WHOLE_SHARE && !isBorneOut) return { tookMs }
    this.doses = doses
    return { judged: leaking([now]), tookMs }
  }

  /** In how many calls a container comes to more entries than stages would have given it, or to more bytes. @param {Suspicion} container */
  earlyCalls({ perCall }) {
    const calls = Math.ceil(clamp(EARLY_MS / this.callMs, EARLY_COUNT_MIN, EARLY_COUNT_MAX) / perCall)
    return Math.ceil(Math.min(calls, EARLY_BYTES / Math.max(1, this.bytesPerCall())))
  }

  /**
   * Has what is sure to grow observed, once, before more calls make the heap larger. The time that takes is none of deciding.
   * @param {Suspicion[]} sure @returns {Promise<number>} milliseconds; 0 where it was not
   */
  async pauseFor(sure) {
    const { observe } = this
    if (!observe || !sure.some(isOfObjects)) return 0
    this.observe = undefined
    const startMs = nowMs()
    if (!(await observe(sure, true))) return 0
    const tookMs = nowMs() - startMs
    this.startMs += tookMs
    this.decideByMs = Math.min(this.decideByMs + tookMs, this.endMs - LINGER_MS - this.lookMs)
    return tookMs
  }

  /**
   * How many entries a container has can be read without coming to rest and without a census: one that grew is followed
   * for as many calls as few programs bound it by.
   * @param {Suspicion} container @param {number} [calls]
   * @returns {Promise<{ now: Suspicion, doses: number[] } | undefined>} as it went on; nothing where there is no time
   */
  async follow(
    container,
    calls = Math.min(ENOUGH_COUNT / container.perCall, ENOUGH_BYTES / Math.max(1, this.bytesPerCall()))
  ) {
    if (this.runner.isFull || nowMs() + 2 * this.lookMs > this.endMs) return
    const ref = this.census?.one(/** @type {number} */ (container.row))
    if (!ref) return
    const unit = Math.ceil(calls / DOSES_SUM)
    const readings = [Census.sizeNow(ref)]
    // Nothing must have gone since the last look.
    const since = container.perCall * (this.runner.calls - this.callsAtLook)
    if (readings[0] < (container.readings.at(-1) ?? 0) + since * SAME_MIN) return
    const doses = []
    for (const dose of DOSES) {
      if (this.isOver()) return
      doses.push((await this.runner.run(dose * unit, this.within((SIZES_MS * dose) / DOSES_SUM))).calls)
      await turn()
      readings.push(Census.sizeNow(ref))
    }
    const total = readings[DOSES.length] - readings[0]
    return { now: { ...container, readings, total }, doses }
  }

  /**
   * The last word on a container, where time does not let stages go on until it has more entries than tables are made for.
   * @param {Stage} stage @param {Suspicion[]} sure @returns {Promise<Judgement | undefined>} nothing where it has none
   */
  async judgeSize({ found }, sure) {
    const all = sure.length > 0 ? sure : [...found.values()].filter(({ response }) => response === 'proportional')
    const container = all.find(({ source, total }) => source === 'container' && total < ENOUGH_COUNT)
    const followed = container && (await this.follow(container))
    if (!followed) return
    const { now, doses } = followed
    const calls = sum(doses)
    if (now.total < now.perCall * calls * SAME_MIN) {
      // What was suspected and has not gone on in many more calls has come to its end.
      const isLong = calls >= LONGER * sum(this.doses) && nowMs() + this.lookMs < this.endMs
      if (isLong && !(await this.goesOn(all, calls))) return clean()
      const why = `a container of class ${now.name} grew with the calls, then stopped growing: raise budgetMs to decide`
      return { verdict: 'undecided', suspicions: [], why: [{ reason: 'may-end', text: why }] }
    }
    if (now.total < LITTLE_COUNT || !isExact(now, doses)) return
    this.doses = doses
    return leaking([now])
  }

  /** Calls of the next stage's unit; 0 when there is no time for one. @param {Stage} before @param {Suspicion[]} open @param {boolean} isFirst */
  nextUnit(before, open, isFirst) {
    const leftMs = this.decideByMs - nowMs()
    const lateShare = isFirst ? LATE_FIRST_SHARE : LATE_SHARE
    const lateMs = Math.min(this.startMs + this.budgetMs * lateShare, this.endMs - this.lookMs) - nowMs()
    const neededMs = this.lookMs * DOSES.length + this.callMs * DOSES_SUM
    const last = before.doses[0]
    // One more stage is worth being late for: without it nothing can be said.
    const isLittle = open.every((suspicion) => this.isLittle(suspicion))
    if (this.runner.isFull || neededMs > (isFirst || isLittle ? lateMs : leftMs)) return 0
    const shareMs = Math.max(leftMs * 0.4, isLittle ? lateMs * 0.3 : 0, LEAST_STAGE_MS)
    const byTime = shareMs / this.callMs / DOSES_SUM
    const rate = Math.max(...open.map(({ perCall, source }) => (source === 'memory' ? 0.5 : Math.min(perCall, 1000))))
    const wanted = open.some(isHandle) ? ENOUGH_HANDLES : ENOUGH_COUNT
    const byCount = Math.max(wanted / rate / DOSES_SUM, last)
    const byGrowth = open.some(isHandle) ? Math.max(last * 4, 20) : Math.max(last * 30, 200)
    const byBytes = this.enoughBytes(open) / Math.max(1, this.bytesPerCall()) / DOSES_SUM
    return Math.max(1, Math.round(Math.min(byTime, byCount, byGrowth, Math.max(last, byBytes))))
  }

  /** Whether so few were seen that a small table may be filling. @param {Suspicion} suspicion */
  isLittle(suspicion) {
    return suspicion.source !== 'memory' && !isHandle(suspicion) && suspicion.total < LITTLE_COUNT
  }

  /** @param {Suspicion[]} sure @param {number} spentMs */
  isEnough(sure, spentMs) {
    if (this.runner.isFull) return true
    if (spentMs >= this.budgetMs * ENOUGH_SHARE && !sure.every((s) => this.isLittle(s))) return true
    const { heap, external, arrayBuffers } = this.memory
    const grown = heap[LOOKS - 1] + external[LOOKS - 1] + arrayBuffers[LOOKS - 1] - this.runner.startBytes
    return sure.some((s) => s.total >= (isHandle(s) ? ENOUGH_HANDLES : ENOUGH_COUNT)) || grown > this.enoughBytes(sure)
  }

  /** @param {Suspicion[]} suspicions */
  enoughBytes(suspicions) {
    const isBare = suspicions.every(({ source }) => source === 'memory' || source === 'bytes')
    return isBare ? ENOUGH_BARE_BYTES : ENOUGH_BYTES
  }

  /**
   * The last doubt: timers fire, promises settle and sockets close by themselves a moment later, and all that hangs on
   * them goes.
   * @param {Suspicion[]} sure @param {Stage} stage @returns {Promise<Judgement>}
   */
  async verify(sure, { found }) {
    const counted = sure.filter(({ source }) => source !== 'memory')
    const rare = counted.filter((suspicion) => isHandle(suspicion) && isRare(suspicion))
    const isAlong = (/** @type {Suspicion} */ one) =>
      !isHandle(one) && rare.some(({ perCall }) => one.perCall <= perCall * ALONG_MAX)
    if (counted.length > 0 && counted.every((one) => isRare(one) || isAlong(one))) {
      const why = `${namesOf(counted)} grew with the calls, though rarely; ${this.runner.calls.toLocaleString('en')} calls are too few to tell whether the growth ends: raise budgetMs`
      return { verdict: 'undecided', suspicions: sure, why: [{ reason: 'may-end', text: why }] }
    }
    const isLasting = (/** @type {Suspicion} */ { name }) =>
      isOfLists(name) ? this.lists.areLasting(name) : !ENDS_BY_ITSELF.test(name)
    // What waits for finalizers is memory that nothing holds.
    const isBare = sure.every(({ source, name }) => source === 'memory' && name === 'heap')
    if (!isBare && [...found.values()].every(isLasting)) return leaking(sure)
    if (nowMs() + LINGER_MS + this.lookMs > this.endMs) return this.hurried(sure)
    const calls = await this.linger(isBare ? [] : sure)
    await this.look(LOOKS, false)
    if (isBare && !(await this.isAtRest(sure))) return this.hurried(sure)
    const stayed = sure.filter((suspicion) => {
      const { readings, total, perCall } = suspicion
      return this.now(suspicion) - perCall * calls >= readings[LOOKS - 1] - total * EBB_SHARE
    })
    if (stayed.length > 0) return leaking(stayed)
    this.forget?.()
    return clean()
  }

  /** What may end by itself is given the time to, in which what stays is observed. @param {Suspicion[]} sure @returns {Promise<number>} calls that were made meanwhile */
  async linger(sure) {
    const { observe, runner } = this
    const [startMs, before] = [nowMs(), runner.calls]
    this.observe = undefined
    if (!this.inspector) this.openInspector()
    if (observe && sure.length > 0 && !runner.isFull) await observe(sure, false)
    await linger(startMs)
    return runner.calls - before
  }

  /** Whether memory that nothing is known to hold has come to an end of falling. @param {Suspicion[]} sure */
  async isAtRest(sure) {
    for (let i = 0; i < PATIENCE && !this.isOver(); i++) {
      const before = sure.map((suspicion) => this.now(suspicion))
      await timed('patience', () => wait(PATIENCE_MS))
      await this.look(LOOKS, false)
      if (sure.every((suspicion, at) => before[at] - this.now(suspicion) < suspicion.total * FALLING_SHARE)) return true
    }
    return false
  }

  /**
   * Whether one of these has gone on growing at its rate since the last stage.
   * @param {Suspicion[]} suspicions @param {number} calls that were made since
   */
  async goesOn(suspicions, calls) {
    await this.look(LOOKS, false)
    return suspicions.some(
      (s) => s.response !== 'fading' && this.now(s) - (s.readings.at(-1) ?? 0) >= SAME_MIN * s.perCall * calls
    )
  }

  /** Whether all of these containers have gone on growing at their rate. @param {Suspicion[]} suspicions @param {number} callsThen when they were read */
  async allGoOn(suspicions, callsThen) {
    const calls = this.runner.calls - callsThen
    const refs = suspicions.flatMap(({ row }) => this.census?.growing.get(/** @type {number} */ (row)) ?? [])
    // Those that grew up to the latest census can be read without another.
    const areKnown = refs.length === suspicions.length
    if (!areKnown) await this.look(LOOKS, false)
    const sizes = areKnown ? refs.map(Census.sizeNow) : suspicions.map((suspicion) => this.now(suspicion))
    return suspicions.every((s, i) => sizes[i] - (s.readings.at(-1) ?? 0) >= SAME_MIN * s.perCall * calls)
  }

  /** @param {Suspicion[]} sure @returns {Judgement} */
  hurried(sure) {
    const lasting = sure.filter(({ name }) => isOfLists(name) && this.lists.areLasting(name))
    if (lasting.length > 0) return leaking(lasting)
    const why = `${namesOf(sure)} grew with the calls; there was no time to see whether the growth ends: give the test, or budgetMs, 20 to 30 s`
    return { verdict: 'undecided', suspicions: sure, why: [{ reason: 'time', text: why }] }
  }

  /** What the latest look says of it. @param {Suspicion} suspicion */
  now({ source, name, row }) {
    if (source === 'memory') return this.memory[/** @type {import('./readings.js').MemoryKey} */ (name)][LOOKS]
    if (source === 'count') return this.counts.get(name)?.[LOOKS] ?? 0
    return this.census?.latest(/** @type {number} */ (row)) ?? 0
  }

  /**
   * Whether more calls would tell. Memory that the screening saw grow too does not fade by a round without growth.
   * @param {Suspicion} suspicion
   */
  isOpen({ response, source, name, perCall }) {
    // Outside of the heap noise is the whole process's: only what is in proportion is followed.
    if (source === 'memory' && name !== 'heap') return response === 'proportional'
    if (response !== 'fading') return true
    return source === 'memory' && name === 'heap' && perCall >= (this.screened?.heap ?? Infinity) * SAME_MIN
  }

  /** @param {Stage} stage @param {Suspicion[]} sure of the last two stages @returns {Judgement | Promise<Judgement>} */
  outOfTime({ found, doses, isCut }, sure) {
    if (sure.length > 0) return this.verify(sure, { found, doses })
    const suspicions = [...found.values()].filter((suspicion) => this.isOpen(suspicion))
    const exact = suspicions.filter((s) => s.source !== 'memory' && isExact(s, doses))
    const proven = exact.filter((s) =>
      isOfLists(s.name)
        ? s.total >= ENOUGH_LISTENERS && doses.length > 1 && this.lists.areLasting(s.name)
        : !isCut && (this.rounds - this.countingRounds > DOSES.length || this.runner.isFull)
    )
    if (proven.length > 0) return leaking(proven)
    const ms = Math.round(nowMs() - this.startMs)
    const few = `${this.runner.calls.toLocaleString('en')} calls in ${ms} ms`
    const why =
      suspicions.length > 0
        ? {
            reason: 'may-end',
            text: `${namesOf(suspicions)} grew with the calls; ${few} are too few to tell whether the growth ends: raise budgetMs`
          }
        : { reason: 'few-calls', text: `${few} are too few to tell: raise budgetMs` }
    return { verdict: 'undecided', suspicions, why: [why] }
  }
}

/** What a heap snapshot shows, by number. @param {Suspicion} suspicion */
const isOfObjects = ({ source, response }) =>
  (source === 'container' || source === 'class' || source === 'bytes') && response === 'proportional'

/** Between the first two looks. @param {Map<string, Float64Array>} counts */
function grownHandles(counts) {
  let grown = 0
  for (const [name, readings] of counts) {
    if (/^(?:(?:fd|handle|listener):|vm context$)/.test(name)) grown = Math.max(grown, readings[1] - readings[0])
  }
  return grown
}

/** @param {number} value @param {number} min @param {number} max */
const clamp = (value, min, max) => Math.min(max, Math.max(min, value))

/** @typedef {InstanceType<typeof Trial>} TrialLike */

module.exports = { Trial }

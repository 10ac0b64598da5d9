// @ts-check
// What holds memory that grows: heap graphs of copies of the process, seconds to hours apart, and the container that gained
// most of what the heap did. Asked once memory may be rising, within a budget, and only of heaps that are small enough. A
// container that goes on growing as it began, that no code bounds, and that is not what is under way, is a leak; what memory
// itself seems to do for a while is none yet.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { addon } = require('../base/addon.js')
const { whileAlive } = require('../base/alive.js')
const { nowMs } = require('../base/clock.js')
const { messageOf } = require('../base/entry.js')
const { grown, worded } = require('../findings/findings.js')
const { estimate } = require('../heap/snapshot.js')
const { affords, hasCopied, whyNot } = require('../heap/unasked.js')
const { Adders } = require('./adders.js')
const { Bounds } = require('./bounds.js')
const { heapUsage } = require('../v8/memory-usage.js')
const { memoryBytes } = require('../v8/old-space.js')

/** Between the first graph and the others, in milliseconds. */
const GAPS_MS = [
  30_000, 60_000, 110_000, 240_000, 360_000, 600_000, 900_000, 2_700_000, 7_200_000, 14_400_000, 28_800_000
]
const SPREAD = 1.4
/** The first of them is left out where memory may be rising, and no more is known. */
const HINT_GAP = 1
const GAP_LEAST_MS = 500
/** Where the first graph leaves time for fewer others than so many, the second comes so much later: few must say more each. */
const FEW = 4
const FEW_GAP_MS = 110_000
const ONE_MORE = 2
const ONE_MORE_GAP_MS = 900_000
/** Where memory has become so much more since the first graph, but lately, the second one need not wait: a limit may be near. */
const FAST_MS = 3000
const HURRIED_MS = 500
/** That it begins to fill counts once in so many milliseconds: garbage looks like that again and again. */
const HURRY_MS = 300_000
const FAST_MAX_MS = 60_000
const FAST_BYTES = 10e6
const FAST_SHARE = 0.2
/** A holder must have gained this share of what the heap gained; one that goes on as it began this one. */
const SHARE_MIN = 0.3
const STEADY_SHARE_MIN = 0.1
/** And so many bytes: what every program gains names nobody. */
const GAINED_MIN_BYTES = 50_000
/** What is known holds for as long as memory is suspected without a pause of so many milliseconds. */
const FORGET_MS = 600_000
/** Larger heaps take a copy too long, unless graphs are asked for: whole, and with large containers thinned out. */
const WHOLE_MAX_BYTES = 200e6
/** A course of whole ones goes on up to so many times that: garbage comes and goes. */
const LARGER = 1.25
const HEAP_MAX_BYTES = 500e6
/** Larger ones are thinned out, which takes a fraction of the time, unless so many graphs have not told what grows. */
const THIN_MIN_BYTES = 30e6
const THIN_TRIES = 4
/** Between two beginnings, in milliseconds; twice as long after each. */
const EVERY_MS = 1_800_000
const EVERY_MAX_MS = 6 * 3_600_000
/** Where no copy may be made now it is asked again so much later, where one failed so much, so often. */
const AGAIN_MS = 30_000
const RETRY_MS = 300_000
const FAILURES_MAX = 3
/** Moments that are remembered. */
const CAPTURED_MAX = 32
/** Before this memory accuses nobody by itself, in milliseconds: what fills, warms up or waits looks the same. */
const EARLY_MS = 3_600_000
/** The same where code takes entries out that cannot be read, where it slows down, or where it may be what is under way. */
const UNREAD_MS = 3 * 3_600_000
/** The same where it has not come to the number that code bounds it by. */
const BOUNDED_MS = 24 * 3_600_000
/** What is taken out whenever somebody asks for it must have gone on for so long, in seconds: what was put in first may be about to go. */
const ASKED_S = 350
/** Whether memory of this kind is in V8's graph. @param {string} kind */
const isInGraphs = (kind) => kind === 'heap' || kind === 'buffer'
/** What says why each of what was gained is heavy. */
const WEIGHTS = new Set(['slice', 'view', 'variable', 'property'])

/** @typedef {import('../findings/facts').Facts} Facts */
/** @typedef {import('../../native.js').NativeGained} Gained */
/** @typedef {ReturnType<InstanceType<typeof Bounds>['of']>} Bound */
/** What gained most, by the last answer. @typedef {{ facts: Facts, seconds: number, share: number, pace: string, isUnderWay: boolean, bound?: Bound }} Known */

class MemoryHolders {
  /** @param {'auto' | 'never' | 'profile' | 'census' | 'heap'} explain @param {() => number} requests that have come @param {number} [scale] so much faster, in tests */
  constructor(explain, requests, scale = 1) {
    this.explain = explain
    this.requests = requests
    this.isAsked = explain === 'heap'
    // A copy has the heap of the main thread: of a worker's it says nothing.
    this.mayGraph = isMainThread && (this.isAsked || (explain === 'auto' && addon().forkIsShown()))
    this.scale = scale
    this.startedMs = nowMs()
    /** Graphs so far, all but the newest as groups. @type {InstanceType<typeof import('../../native.js').HeapCourse> | undefined} */
    this.course = undefined
    /** Graphs of the course, when the first was taken, and when the next is due; the gap that comes first. */
    this.graphs = 0
    /** How the graphs of the course are taken: what thinned ones leave out, they must all leave out. @type {'graph' | 'thinned'} */
    this.depth = 'graph'
    /** Whole graphs could not go on once: they are not tried again after thinned ones. */
    this.wasTooLarge = false
    this.firstMs = 0
    /** When the last ones were taken. @type {number[]} */
    this.capturedMs = []
    this.firstBytes = 0
    this.dueMs = 0
    this.firstGap = 0
    this.failures = 0
    this.bounds = new Bounds()
    this.adders = new Adders()
    /** When another course may begin. */
    this.anewMs = -Infinity
    this.everyMs = EVERY_MS
    this.isBusy = false
    this.isStopped = false
    /** @type {Known | undefined} */
    this.known = undefined
    /** It was told by itself before memory was: then it stays so. */
    this.isTold = false
    this.suspectedMs = -Infinity
    /** A limit of memory is near: what is known is told while it can be. */
    this.isNearLimit = false
    /** The control group is filling: there is no time to lose. */
    this.isHurried = false
    this.hurriedMs = -Infinity
    /** Answers so far, with and without a holder. */
    this.answers = 0
    this.answeredMs = 0
    /** Why there is none, where a graph could not be had. */
    this.lost = ''
    // From now on it is known whether the group has had to wait.
    if (this.mayGraph) whyNot()
  }

  /** Why there will be no graph; undefined where there may be one. @returns {string | undefined} */
  whyNoGraph() {
    if (this.mayGraph) return this.lost || undefined
    if (!isMainThread) return 'a copy of the process has the heap of its main thread only'
    if (this.explain !== 'auto') return `explain: '${this.explain}'`
    return addon().forkUnsupported() ?? 'copies of the process are not shown to work on this system'
  }

  /** Memory may be rising in this thread: worth a look where one is cheap. */
  hint() {
    this.suspect(false)
  }

  /** Memory of this kind is suspected, in this thread. @param {string} kind */
  want(kind) {
    if (isInGraphs(kind)) this.suspect(true)
  }

  /** Whether memory fills the control group soon. Once it begins to, the next graph is due. @param {boolean} isHurried */
  hurry(isHurried) {
    const now = nowMs()
    if (isHurried && !this.isHurried && now - this.hurriedMs > HURRY_MS && !this.lost && this.failures === 0) {
      this.hurriedMs = now
      this.anewMs = -Infinity
      if (this.graphs > 0) this.dueMs = Math.min(this.dueMs, now)
    }
    this.isHurried = isHurried
  }

  /** @param {boolean} isStrong */
  suspect(isStrong) {
    if (!this.mayGraph || this.isStopped) return
    const now = nowMs()
    this.dropOld(now)
    this.suspectedMs = now
    const { course, isBusy } = this
    if (isStrong && course && !isBusy && !this.lost && this.graphs === 1)
      this.dueMs = Math.min(this.dueMs, this.firstMs + (this.isNearLimit ? this.gap(0) : this.secondGapMs(0)))
    // Graphs that lie far apart do not answer what has just begun.
    const isFar = isStrong && course && !this.known && this.dueMs - now > this.gap(HINT_GAP + 1)
    if (isBusy || (course && !isFar) || now < this.anewMs) return
    this.anewMs = now + this.everyMs
    this.everyMs = Math.min(this.everyMs * 2, EVERY_MAX_MS)
    this.begin(false)
    this.failures = 0
    this.firstGap = isStrong ? 0 : HINT_GAP
    this.dueMs = now
    this.tick()
  }

  /** Compares from the next graph on, with no earlier one. @param {boolean} isWhole thinned graphs say too little */
  begin(isWhole) {
    this.course = new (addon().HeapCourse)(this.seconds(this.startedMs))
    this.bounds = new Bounds()
    this.graphs = 0
    const { heapUsed } = heapUsage()
    const mayBeWhole = this.isAsked || isWhole || (heapUsed <= THIN_MIN_BYTES && estimate(true, 'graph').fits)
    this.depth = mayBeWhole ? 'graph' : 'thinned'
  }

  /** @param {number} at */
  gap(at) {
    return this.scaled(GAPS_MS[at])
  }

  /** @param {number} ms */
  scaled(ms) {
    return Math.max(GAP_LEAST_MS, ms / this.scale)
  }

  /** On the clock that readings are judged by. @param {number} ms */
  seconds(ms) {
    return (ms / 1000) * this.scale
  }

  /** Whether the first answer is still to come. */
  isAsking() {
    return this.isBusy || (this.course !== undefined && this.graphs < 2 && !this.lost)
  }

  /** What has not been suspected for long is asked about no more; what was told stays until graphs say otherwise. @param {number} now */
  dropOld(now) {
    // Without graphs nothing would ever say otherwise.
    const isOpen = this.isTold && this.course && !this.lost
    if (now - this.suspectedMs <= FORGET_MS || this.isBusy || isOpen) return
    this.known = undefined
    this.isTold = false
    this.end()
  }

  /** Called at each look in. */
  tick() {
    const now = nowMs()
    this.dropOld(now)
    // Whether the group has to wait is known only to whoever has asked before.
    if (this.course && !this.isAsked) whyNot(this.depth)
    if (!this.course || this.isBusy || this.isStopped || (now < this.dueMs && !this.isFast(now))) return
    this.changeDepth()
    this.lost = this.refusal() ?? ''
    if (this.lost) {
      this.dueMs = now + this.scaled(AGAIN_MS)
      return
    }
    this.isBusy = true
    this.read(this.course)
      .catch((error) => this.failed(messageOf(error)))
      .finally(() => {
        this.isBusy = false
        if (this.isStopped) this.end()
      })
      .catch(() => {})
  }

  /** @param {string} why */
  failed(why) {
    this.lost = why
    this.failures++
    if (this.depth === 'thinned' && this.failures > 1 && this.mayBeWhole()) this.begin(true)
    this.dueMs = nowMs() + RETRY_MS / this.scale
    if (this.failures === FAILURES_MAX) this.end()
  }

  /** @param {number} now */
  isFast(now) {
    const sinceMs = now - this.firstMs
    const isLate = sinceMs > FAST_MAX_MS && !this.isNearLimit
    if (this.graphs !== 1 || this.lost || sinceMs < (this.isHurried ? HURRIED_MS : FAST_MS) || isLate) return false
    return memoryBytes() >= this.firstBytes + Math.max(FAST_BYTES, this.firstBytes * FAST_SHARE)
  }

  /** Why no graph may be taken now that nobody asked for. */
  refusal() {
    if (this.isAsked) return
    if (heapUsage().heapUsed > HEAP_MAX_BYTES) return `the heap is larger than ${HEAP_MAX_BYTES / 1e6} MB`
    const { fits, neededBytes, availableBytes, usableBytes } = estimate(true, this.depth)
    if (!fits && availableBytes === null) return 'this system does not say how much memory is available'
    if (!fits)
      return `a copy of the process may need ${mega(neededBytes)}, and only ${mega(usableBytes)} of the free memory may be used for it`
    return whyNot(this.depth)
  }

  /** Begins anew where graphs cannot go on as they were taken, or have told nothing so. */
  changeDepth() {
    if (this.isAsked) return
    if (this.depth === 'graph') {
      const isTooLarge = heapUsage().heapUsed > WHOLE_MAX_BYTES * LARGER || !estimate(true, 'graph').fits
      this.wasTooLarge ||= isTooLarge
      if (isTooLarge) this.begin(false)
      return
    }
    const { known } = this
    const mayTell = known && (isLeak(known) || known.pace === 'early')
    // What hangs on the entries of large containers only whole graphs tell.
    if (!mayTell && this.graphs >= THIN_TRIES && this.mayBeWhole()) this.begin(true)
  }

  /** Whether whole graphs can be had instead of thinned ones. */
  mayBeWhole() {
    return !this.wasTooLarge && heapUsage().heapUsed <= WHOLE_MAX_BYTES && estimate(true, 'graph').fits
  }

  /** Takes a graph, and says what has gained most since the first. @param {NonNullable<MemoryHolders['course']>} course */
  async read(course) {
    const { captureHeap, captureThinned, gainsOf } = require('../heap/heap.js')
    const requests = this.requests()
    const atSeconds = this.seconds(nowMs())
    // Names of the variables of a block are strings like others; no report says what strings say.
    const graph = await whileAlive((signal) =>
      this.depth === 'thinned' ? captureThinned({ signal }) : captureHeap({ mode: 'fork', redact: false, signal })
    )
    const now = nowMs()
    this.capturedMs = [...this.capturedMs, now].slice(-CAPTURED_MAX)
    try {
      const gains = await gainsOf(course, graph, atSeconds, requests)
      if (this.isStopped) return
      if (this.graphs === 0) [this.firstMs, this.firstBytes] = [now, memoryBytes()]
      else this.answer(this.most(gains), now)
    } finally {
      graph.dispose()
    }
    this.graphs++
    // Graphs close together say little: each comes half as long again after the first as the one before.
    const sinceMs = (now - this.firstMs) * SPREAD
    const leastMs = this.graphs === 1 ? this.secondGapMs(this.firstGap) : 0
    const next = GAPS_MS.findIndex((_, i) => this.gap(i) >= leastMs && this.gap(i) > sinceMs)
    if (next < 0) return this.end()
    this.dueMs = this.firstMs + this.gap(next)
  }

  /** At least so long after the first graph the second one comes. @param {number} first the gap where there is time for many */
  secondGapMs(first) {
    const others = this.isAsked ? Infinity : affords(this.depth)
    if (others < ONE_MORE) return this.scaled(ONE_MORE_GAP_MS)
    return others < FEW ? this.scaled(FEW_GAP_MS) : this.gap(first)
  }

  /** @param {Known | undefined} known @param {number} now */
  answer(known, now) {
    // A new course has seen too little to take back what the one before has shown.
    const isShown = this.isConfirmed() && known?.pace === 'early' && isSame(known, this.known)
    if (!isShown) this.known = known
    if (!known) this.isTold = false
    // What they are once they are known is another answer.
    else this.adders.want(known.facts, known.seconds / this.scale, () => this.answers++)
    this.answers++
    this.answeredMs = now
  }

  /** What gained most and explains what the heap gained: rather what is a leak than what may be filling. @param {import('../../native.js').NativeGains} gains @returns {Known | undefined} */
  most({ gained, programFiles }) {
    const large = gained.flatMap((one) => {
      const facts = grown(JSON.parse(one.facts))
      const { seconds, share, lateShare, pace, isUnderWay } = one
      const isLarge = Math.max(share, lateShare) >= SHARE_MIN || (pace === 'steady' && share >= STEADY_SHARE_MIN)
      if (!facts || !isLarge || addedTo(facts.change.bytes) < GAINED_MIN_BYTES) return []
      return [{ one, known: { facts, seconds, share, pace, isUnderWay } }]
    })
    // Code is read, which takes time, of what may be a leak, and of what is told.
    const bounded = (/** @type {typeof large[number]} */ { one, known }) => ({
      ...known,
      bound: this.bounds.of(one, programFiles)
    })
    const leaks = large
      .filter(({ known }) => isLeak(known))
      .map(bounded)
      .filter(isLeak)
    // Of two that grow alike the one that was told stays.
    const told = leaks.find((leak) => isSame(leak, this.known)) ?? leaks[0]
    return told ?? large.slice(0, 1).map(bounded)[0]
  }

  /** What holds it goes on growing as it began, and nothing will end it. */
  isConfirmed() {
    return this.known !== undefined && isLeak(this.known)
  }

  /** Whether this guard has run for so short a time. @param {number} ms */
  isYoung(ms) {
    return nowMs() - this.startedMs < ms / this.scale
  }

  /** Whether memory of this thread may be doing something that ends. @param {boolean} isTrend */
  isDoubtful(isTrend) {
    const { known } = this
    if (this.isConfirmed()) return false
    if (known?.bound?.at !== undefined && this.isYoung(BOUNDED_MS)) return true
    if (this.isNearLimit) return false
    const mayEnd = known && (known.bound || known.isUnderWay || known.pace === 'slows')
    return mayEnd ? this.isYoung(UNREAD_MS) : this.isYoung(EARLY_MS) && (isTrend || this.answers > 0)
  }

  /** Memory that grows, with what holds it, if that is this thread's, and no surer than that allows; else it is asked. @param {Facts} facts @returns {Facts} */
  explained(facts) {
    const isTrend = facts.change.type === 'trend'
    if (facts.thread || !isInGraphs(facts.kind)) {
      // Graphs of ours are read in this process, which may keep what they took.
      const isProcess = facts.kind === 'native' && !facts.thread
      const mayEnd = !this.isNearLimit && (isTrend || (isProcess && hasCopied()))
      return mayEnd && this.isYoung(EARLY_MS) ? possible(facts) : facts
    }
    this.want(facts.kind)
    const said = this.isDoubtful(isTrend) ? possible(facts) : facts
    if (!this.known) return said
    const { holder, name, path, frees, added } = this.adders.told(this.known.facts)
    return {
      ...said,
      ...(added ? { added } : {}),
      ...(name === undefined ? {} : { name }),
      holder,
      path,
      frees,
      evidence: [...gainedBy(this.known), ...(said.evidence ?? [])]
    }
  }

  /**
   * What gains most, by itself: where memory is not told for sure, or was not when this was first accused.
   * @param {boolean} isRising whether memory is suspected and cannot be judged yet @param {boolean} isMemoryTold
   * @returns {import('../..').Finding | undefined}
   */
  finding(isRising, isMemoryTold) {
    const { known } = this
    const isSure = this.isConfirmed()
    if (!known || (isMemoryTold && !(this.isTold && isSure))) return
    const isLikely = this.graphs > 2 && known.pace !== 'slows' && !mayFill(known) && !known.isUnderWay
    if (!isSure && !isRising && !isLikely) return
    if (isSure) this.isTold = true
    const facts = this.adders.told(known.facts)
    const evidence = [...gainedBy(known), ...(facts.evidence ?? []).filter(({ type }) => !WEIGHTS.has(type))]
    return worded({ ...facts, confidence: isSure ? 'likely' : 'possible', evidence })
  }

  /** Bytes that graphs so far hold. */
  bytes() {
    return this.course?.bytes() ?? 0
  }

  end() {
    this.course = undefined
  }

  stop() {
    this.isStopped = true
    this.adders.stop()
    if (!this.isBusy) this.end()
  }
}

/** Whether it is the same container. @param {Known} one @param {Known | undefined} other */
const isSame = (one, other) => JSON.stringify(one.facts.key) === JSON.stringify(other?.facts.key)

/** @param {Known} known */
const isLeak = (known) => {
  const { pace, bound, isUnderWay, share, seconds } = known
  const isOld = !bound || seconds >= ASKED_S
  return pace === 'steady' && !mayFill(known) && isOld && !isUnderWay && share >= STEADY_SHARE_MIN
}

/** Its code may let it come to rest without anybody's doing. @param {Known} known */
const mayFill = ({ bound }) => bound !== undefined && !bound.isByKey

/** @param {Facts} facts @returns {Facts} */
const possible = (facts) => ({
  ...facts,
  confidence: 'possible',
  evidence: [...(facts.evidence ?? []), { type: 'mayFill' }]
})

/** @param {Known} known */
function gainedBy(known) {
  const { facts, seconds, share, bound } = known
  const { subject, change, evidence = [] } = facts
  const bytes = addedTo(change.bytes)
  return [
    { type: 'gained', of: subject, count: addedTo(change.counts), bytes, seconds, share },
    ...evidence.filter(({ type }) => WEIGHTS.has(type)),
    ...(bound && !isLeak(known) ? [{ type: 'bound', name: bound.name, at: bound.at, entries: bound.entries }] : [])
  ]
}

/** @param {number} bytes */
const mega = (bytes) => `${Math.round(bytes / 1e6)} MB`

/** @param {number[]} values */
const addedTo = (values) => Number(values.at(-1)) - values[0]

module.exports = { MemoryHolders, isInGraphs }

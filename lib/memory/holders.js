// @ts-check
// What holds memory that grows: two heap graphs of copies of the process, some time apart, and the container that gained most
// of what the heap did. Asked once memory is suspected, seldom, and only of heaps that are small enough; accuses nobody.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { addon } = require('../base/addon.js')
const { whileAlive } = require('../base/alive.js')
const { nowMs } = require('../base/clock.js')
const { attempt, messageOf } = require('../base/entry.js')
const { grown, worded } = require('../findings/findings.js')
const { heapUsage } = require('../v8/memory-usage.js')

/** Between the first graph and those that are compared with it, in milliseconds. */
const GAPS_MS = [30_000, 150_000]
const GAP_LEAST_MS = 500
/** A holder must have gained this share of what the heap gained. */
const SHARE_MIN = 0.3
/** And so many bytes: what every program gains names nobody. */
const GAINED_MIN_BYTES = 50_000
/** What is known holds for as long as memory is suspected without a pause of so many milliseconds. */
const FORGET_MS = 600_000
/** Larger heaps take a copy too long, unless graphs are asked for. */
const HEAP_MAX_BYTES = 160e6
/** Between two questions, in milliseconds; twice as long after each. */
const EVERY_MS = 1_800_000
const EVERY_MAX_MS = 6 * 3_600_000
/** Memory of these kinds is in V8's graph. */
const KINDS = new Set(['heap', 'buffer'])
/** What says why each of what was gained is heavy. */
const WEIGHTS = new Set(['slice', 'view', 'variable', 'property'])

/** @typedef {import('../findings/facts').Facts} Facts */
/** @typedef {import('../heap/graph.js').HeapGraphLike} Graph */

class MemoryHolders {
  /** @param {'auto' | 'never' | 'profile' | 'census' | 'heap'} explain @param {number} [scale] so much faster, in tests */
  constructor(explain, scale = 1) {
    this.isAsked = explain === 'heap'
    // A copy has the heap of the main thread: of a worker's it says nothing.
    this.mayGraph = isMainThread && (this.isAsked || (explain === 'auto' && addon().forkIsShown()))
    this.gapsMs = GAPS_MS.map((ms) => Math.max(GAP_LEAST_MS, ms / scale))
    this.dueMs = -Infinity
    this.everyMs = EVERY_MS
    /** The first graph, and how many were compared with it. @type {{ graph: Graph, atMs: number, compared: number } | undefined} */
    this.first = undefined
    this.isBusy = false
    this.isStopped = false
    /** What gained most, by the last answer. @type {{ facts: Facts, seconds: number, share: number } | undefined} */
    this.known = undefined
    this.suspectedMs = -Infinity
    /** Answers so far, with and without a holder. */
    this.answers = 0
    /** Why there is none, where a graph could not be had. */
    this.lost = ''
  }

  /** Memory of this kind is suspected, in this thread. @param {string} kind */
  want(kind) {
    if (!this.mayGraph || this.isStopped || !KINDS.has(kind)) return
    const isAnew = nowMs() - this.suspectedMs > FORGET_MS
    this.suspectedMs = nowMs()
    if (isAnew) this.known = undefined
    if (this.known || this.isBusy || this.first || nowMs() < this.dueMs) return
    if (!this.isAsked && heapUsage().heapUsed > HEAP_MAX_BYTES) {
      this.lost = `the heap is larger than ${HEAP_MAX_BYTES / 1e6} MB`
      return
    }
    this.dueMs = nowMs() + this.everyMs
    this.everyMs = Math.min(this.everyMs * 2, EVERY_MAX_MS)
    this.work(async () => {
      this.first = { graph: await this.graph(), atMs: nowMs(), compared: 0 }
    })
  }

  /** Whether the first answer is still to come. */
  isAsking() {
    return this.isBusy || this.first?.compared === 0
  }

  /** Called at each look in. */
  tick() {
    const { first } = this
    if (!first || this.isBusy || this.isStopped || nowMs() - first.atMs < this.gapsMs[first.compared]) return
    this.work(async () => {
      const graph = await this.graph()
      try {
        const seconds = (nowMs() - first.atMs) / 1000
        this.known = await this.most(first.graph, graph, seconds)
      } finally {
        graph.dispose()
      }
      first.compared++
      if (this.known || first.compared === this.gapsMs.length) this.end()
    })
  }

  /** @param {() => Promise<void>} work */
  work(work) {
    this.isBusy = true
    work()
      .then(() => (this.lost = ''))
      .catch((error) => {
        this.lost = messageOf(error)
        this.end()
      })
      .finally(() => {
        this.isBusy = false
        if (this.isStopped) this.end()
      })
      .catch(() => {})
  }

  /** @returns {Promise<Graph>} */
  graph() {
    const { captureHeap } = require('../heap/heap.js')
    // Names of the variables of a block are strings like others; no report says what strings say.
    return whileAlive((signal) => captureHeap({ mode: 'fork', redact: false, signal }))
  }

  /** @param {Graph} before @param {Graph} after @param {number} seconds between them */
  async most(before, after, seconds) {
    const { growthOf } = require('../heap/heap.js')
    const gained = after.selfBytes - before.selfBytes
    const all = (await growthOf([before, after])).flatMap((found) => grown(found) ?? [])
    const [most] = all.filter(isHeld).sort((a, b) => bytesOf(b) - bytesOf(a))
    if (!most || bytesOf(most) < Math.max(GAINED_MIN_BYTES, gained * SHARE_MIN)) return
    return { facts: most, seconds, share: bytesOf(most) / Math.max(gained, bytesOf(most)) }
  }

  /** Memory that grows, with what holds it, if that is this thread's; else that is asked. @param {Facts} facts @returns {Facts} */
  explained(facts) {
    if (facts.thread || !KINDS.has(facts.kind)) return facts
    this.want(facts.kind)
    if (!this.known) return facts
    const { facts: held, seconds, share } = this.known
    const { subject, change, holder, name, path, evidence = [] } = held
    const gained = { type: 'gained', of: subject, count: addedTo(change.counts), bytes: bytesOf(held), seconds, share }
    return {
      ...facts,
      ...(name === undefined ? {} : { name }),
      holder,
      path,
      evidence: [gained, ...evidence.filter(({ type }) => WEIGHTS.has(type)), ...(facts.evidence ?? [])]
    }
  }

  /** What gains most, where memory rises and cannot be judged yet. @returns {import('../..').Finding[]} */
  suspect() {
    return this.known ? [worded({ ...this.known.facts, confidence: 'possible' })] : []
  }

  end() {
    attempt(() => this.first?.graph.dispose())
    this.first = undefined
    this.answers++
  }

  stop() {
    this.isStopped = true
    if (!this.isBusy) this.end()
  }
}

/** What the program has in its hands. @param {Facts} facts */
const isHeld = ({ holder }) => holder?.place !== undefined && (holder.isContainer || holder.held !== undefined)

/** @param {number[]} values */
const addedTo = (values) => Number(values.at(-1)) - values[0]

/** @param {Facts} facts */
const bytesOf = ({ change }) => addedTo(change.bytes)

module.exports = { MemoryHolders }

// @ts-check
// The loop of a running guard over what is watched: waits for V8's own collections, tells what has outlived enough of
// them, and where it is asked to explains it, rarely. Knows watched objects and when to look; not guards.
'use strict'

const { nowMs } = require('../base/clock.js')
const { allExamined } = require('../report/lines.js')
const { ended, explainAside, findingsOf, unseen } = require('./watch.js')

/** An object is told when it has outlived so many full collections, and so long, since its scope was seen to be over. */
const MAJORS_MIN = 4
const OUTLIVED_MS = 5000
/** Between two snapshots, in milliseconds; twice as long after each. */
const EXPLAIN_EVERY_MS = 60_000
const EXPLAIN_EVERY_MAX_MS = 3_600_000

/** @typedef {import('./watch.js').Entry} Entry */

class WatchLoop {
  /** @param {'tell' | 'explain' | 'never'} mode */
  constructor(mode) {
    this.mode = mode
    this.majors = -1
    /** When the scope of each was first seen to be over. @type {WeakMap<Entry, { majors: number, atMs: number }>} */
    this.since = new WeakMap()
    /** What has outlived enough. @type {Entry[]} */
    this.outlived = []
    /** What is told where no snapshot was taken, by label and scope. @type {Map<string, import('../..').Finding>} */
    this.told = new Map()
    this.explainAtMs = 0
    this.explainEveryMs = EXPLAIN_EVERY_MS
    this.isExplaining = false
    /** Why there is no path, where there was to be one. */
    this.lost = ''
  }

  /** Looks after each full collection, and at nothing in between. @param {number} majors full collections so far */
  tick(majors) {
    if (this.mode === 'never' || majors === this.majors) return
    this.majors = majors
    const now = nowMs()
    this.outlived = ended().filter((entry) => {
      const since = this.since.get(entry)
      if (!since) this.since.set(entry, { majors, atMs: now })
      return since && majors - since.majors >= MAJORS_MIN && now - since.atMs >= OUTLIVED_MS
    })
    if (this.outlived.length === 0) this.told.clear()
    if (this.mode === 'explain') this.explain(now)
  }

  /** One snapshot for all labels and lines of which nothing was said yet. @param {number} now */
  explain(now) {
    if (this.isExplaining || now < this.explainAtMs || this.outlived.every(({ finding }) => finding)) return
    this.isExplaining = true
    explainAside(this.outlived)
      .then(({ tookSnapshot, lost }) => {
        this.lost = lost.join('; ')
        if (!tookSnapshot) return
        this.explainAtMs = nowMs() + this.explainEveryMs
        this.explainEveryMs = Math.min(this.explainEveryMs * 2, EXPLAIN_EVERY_MAX_MS)
      })
      .catch((error) => {
        this.lost = `no retainer path: ${error instanceof Error ? error.message : error}`
      })
      .finally(() => {
        this.isExplaining = false
      })
  }

  /** What was said of it, or that it is there. @param {Entry} entry */
  findingOf(entry) {
    if (entry.finding) return entry.finding
    const key = `${entry.label}\n${entry.scope}\n${entry.site}`
    const told = this.told.get(key) ?? unseen(entry)
    this.told.set(key, told)
    return told
  }

  /** @returns {{ findings: import('../..').Finding[], examined: import('../..').Examined[] }} of this moment */
  report() {
    const there = this.outlived.filter(({ ref }) => ref.deref() !== undefined)
    if (there.length === 0) return { findings: [], examined: [] }
    const findings = findingsOf(there.map((entry) => ({ finding: this.findingOf(entry) })))
    const lines = [`${there.length} watched object${there.length === 1 ? '' : 's'} whose scope has ended`]
    if (this.mode === 'tell') lines.push("checkWatched(), or the option watched: 'explain', shows what retains them")
    if (this.lost) lines.push(this.lost)
    return { findings, examined: allExamined('watched', lines) }
  }
}

module.exports = { WatchLoop }

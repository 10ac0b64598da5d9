// @ts-check
// Captures that a guard takes by itself, as its option `capture` asks: when, how often at the most, and where to. Always in
// a copy of the process: a program is never stopped for one that it did not ask for.
// Must not know how findings are made.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isMainThread, threadId } = require('node:worker_threads')
const { nowMs } = require('../base/clock.js')
const { writeIndex } = require('./capture-index.js')
const { isSignal } = require('./options.js')
const { writeAside } = require('../base/write-aside.js')

// Taken when the file loads: a program may have a clock of its own later.
const { now } = Date

/** Share of a limit at which it is near, so that there is time to begin. */
const NEAR_LIMIT = 0.75
/** Moments that are remembered. */
const CAPTURED_MAX = 32

class Captures {
  /**
   * @param {import('./options.js').CaptureOptions} options
   * @param {(capture: import('../..').GuardCapture) => void} tell called for each, also where it failed
   * @param {(work: () => void) => void} enter what the event loop calls comes in by this
   */
  constructor(options, tell, enter = (work) => work()) {
    this.options = options
    this.tell = tell
    this.isBusy = false
    /** By themselves. */
    this.taken = 0
    this.takenMs = -Infinity
    this.wasNear = false
    /** When the last ones were taken. @type {number[]} */
    this.capturedMs = []
    /** What was captured for, at most `limits.max`. @type {Set<string>} */
    this.fingerprints = new Set()
    this.abort = new AbortController()
    this.listeners = options.on.filter(isSignal).map((signal) => ({
      signal: /** @type {NodeJS.Signals} */ (signal),
      listener: () => enter(() => void this.take('signal'))
    }))
    // Signals come to the main thread only.
    if (isMainThread) for (const { signal, listener } of this.listeners) process.on(signal, listener)
  }

  /** What the guard has found for sure. @param {readonly import('../..').Finding[]} findings */
  found(findings) {
    if (!this.options.on.includes('leak')) return
    const finding = findings.find(({ fingerprint }) => !this.fingerprints.has(fingerprint))
    if (!finding || !this.mayTake()) return
    this.fingerprints.add(finding.fingerprint)
    void this.take('leak', finding)
  }

  /** To be called after collections, and in between. @param {number} share of the limit that is nearest, that is in use */
  look(share) {
    if (!this.options.on.includes('limit')) return
    const isNear = share > NEAR_LIMIT
    // Once for each time that it comes near; what another capture stood in the way of is made up for.
    if (isNear && !this.wasNear) {
      if (!this.mayTake()) return
      void this.take('limit')
    }
    this.wasNear = isNear
  }

  mayTake() {
    const { everyMs, max } = this.options.limits
    return !this.isBusy && this.taken < max && nowMs() - this.takenMs >= everyMs
  }

  /** @param {'leak' | 'limit' | 'signal'} why @param {import('../..').Finding} [finding] */
  async take(why, finding) {
    if (this.isBusy) return
    this.isBusy = true
    if (why !== 'signal') {
      this.taken++
      this.takenMs = nowMs()
    }
    this.capturedMs = [...this.capturedMs, nowMs()].slice(-CAPTURED_MAX)
    const { to, redact } = this.options
    const thread = isMainThread ? '' : `-worker${threadId}`
    const name = `leakguard-${process.pid}${thread}-${new Date().toISOString().replace(/[:.]/g, '-')}`
    /** @type {import('../..').GuardCapture} */
    let told
    try {
      await fs.promises.mkdir(to, { recursive: true, mode: 0o700 })
      const atMs = now()
      const written = await write(path.join(to, name), { redact, signal: this.abort.signal })
      // A capture is worth having without it.
      const index = await writeIndex(written.file, { why, finding, depth: written.depth }, atMs).catch(() => undefined)
      told = { why, finding, ...written, ...(index ? { index } : {}) }
    } catch (error) {
      told = { why, error: /** @type {Error} */ (error), finding }
    }
    this.isBusy = false
    if (!this.abort.signal.aborted) this.tell(told)
  }

  stop() {
    this.abort.abort()
    for (const { signal, listener } of this.listeners) process.off(signal, listener)
  }
}

/**
 * A snapshot where there is memory for one, else a census, else the error of the first.
 * @param {string} place without what tells its kind @param {{ redact: boolean, signal: AbortSignal }} options
 * @returns {Promise<{ file: string, depth: 'graph' | 'census' }>}
 */
async function write(place, { redact, signal }) {
  // Loaded by the first capture: most guards take none.
  const { countHeap, writeHeap } = require('../heap/heap.js')
  try {
    return { file: await writeHeap(`${place}.heapsnapshot`, { mode: 'fork', redact, signal }), depth: 'graph' }
  } catch (error) {
    if (/** @type {any} */ (error).code !== 'ERR_LEAKGUARD_MEMORY') throw error
    const census = await countHeap({ mode: 'fork', signal })
    const file = `${place}.census.json`
    await writeAside(file, `${JSON.stringify(census, null, 1)}\n`)
    return { file, depth: 'census' }
  }
}

module.exports = { Captures }

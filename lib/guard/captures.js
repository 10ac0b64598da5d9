// @ts-check
// Captures that a guard takes by itself, as its option `capture` asks: when, how often at the most, and where to. Always in
// a copy of the process: a program is never stopped for one that nobody waits for.
// Must not know how findings are made.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { isMainThread, threadId } = require('node:worker_threads')
const { nowMs } = require('../base/clock.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { writeAside } = require('../base/write-aside.js')

const RULES = Object.freeze({
  folder: { type: /** @type {const} */ ('string'), default: undefined },
  on: { type: /** @type {const} */ ('any'), default: Object.freeze(['leak']) },
  redact: { type: /** @type {const} */ ('boolean'), default: true }
})
/** Captures that nobody asked for at that moment come no closer than this, in milliseconds, and no more often. */
const GAP_MS = 10 * 60_000
const FILES_MAX = 10
/** Share of V8's limit at which it is near: what the last collection left, so that there is time to begin. */
const NEAR_LIMIT = 0.75

/**
 * The option `capture`, checked.
 * @param {unknown} option
 * @returns {{ folder: string, on: readonly string[], redact: boolean } | undefined}
 */
function readCapture(option) {
  if (option === undefined) return undefined
  if (typeof option !== 'object') throw invalidArg(`start: option 'capture' must be an object, not ${given(option)}`)
  const { folder, on, redact } = readOptions("start: option 'capture'", RULES, option)
  if (folder === undefined) throw invalidArg("start: option 'capture' needs a folder to write to")
  if (!Array.isArray(on)) throw invalidArg(`start: option 'capture.on' must be an array, not ${given(on)}`)
  const isKnown = (/** @type {unknown} */ one) => one === 'leak' || one === 'limit' || isSignal(one)
  const wrong = on.find((one) => !isKnown(one))
  if (wrong !== undefined || on.length === 0) {
    throw invalidArg("start: option 'capture.on' must list 'leak', 'limit' or names of signals such as 'SIGUSR2'")
  }
  return { folder: path.resolve(folder), on: [...on], redact }
}

/** @param {unknown} name */
const isSignal = (name) => typeof name === 'string' && name in os.constants.signals

class Captures {
  /**
   * @param {NonNullable<ReturnType<typeof readCapture>>} options
   * @param {(capture: import('../..').GuardCapture) => void} tell called for each, whatever became of it
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
    /** What was captured for, at most FILES_MAX. @type {Set<string>} */
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

  /** To be called after collections. @param {number} share of V8's limit that the last one left in use */
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
    return !this.isBusy && this.taken < FILES_MAX && nowMs() - this.takenMs >= GAP_MS
  }

  /** @param {'leak' | 'limit' | 'signal'} why @param {import('../..').Finding} [finding] */
  async take(why, finding) {
    if (this.isBusy) return
    this.isBusy = true
    if (why !== 'signal') {
      this.taken++
      this.takenMs = nowMs()
    }
    const { folder, redact } = this.options
    const thread = isMainThread ? '' : `-worker${threadId}`
    const name = `leakguard-${process.pid}${thread}-${new Date().toISOString().replace(/[:.]/g, '-')}`
    /** @type {import('../..').GuardCapture} */
    let told
    try {
      await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })
      told = { why, finding, ...(await write(path.join(folder, name), { redact, signal: this.abort.signal })) }
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

module.exports = { Captures, readCapture }

// @ts-check
// Calls the operation so many times, sync or async, and no more than time and memory allow. Knows no verdict.
'use strict'

const { AsyncResource } = require('node:async_hooks')
const v8 = require('node:v8')
const { collectNow, nowMs, turn } = require('../base/clock.js')
const { aborted } = require('../base/errors.js')
const { timed } = require('./times.js')

/** After so long without a turn of the event loop one is made, in milliseconds: timers and finalizers are due. */
const TURN_MS = 8
/** So much more memory than at the start ends a round, in bytes; or this share of the heap's limit. */
const GROWTH_MAX_BYTES = 256e6
const HEAP_SHARE_MAX = 0.6

/** @param {any} value @returns {value is PromiseLike<unknown>} */
const isThenable = (value) =>
  value !== null && (typeof value === 'object' || typeof value === 'function') && typeof value.then === 'function'

class Runner {
  /** @param {() => unknown} op @param {AbortSignal} [signal] */
  constructor(op, signal) {
    this.op = op
    this.signal = signal
    /** Rejects the call that is waited for. @type {((reason: unknown) => void) | undefined} */
    this.giveUp = undefined
    this.calls = 0
    /** Bytes that V8 does not tell of. */
    this.uncountedBytes = () => 0
    this.startBytes = this.bytesNow().all
    /** The operation keeps so much that no further call is made. */
    this.isFull = false
    /** How many calls that took, if it came to it. */
    this.callsWhenFull = 0
    /** The longest that a call took, in milliseconds. */
    this.longestMs = 0
    /**
     * Where the latest call ended, in asynchronous context. What hangs on the chain of calls lives as long as a loop that
     * calls; it is there at each reading, as it is in `for (;;) await op()`.
     */
    this.chain = new AsyncResource('leakguard.calls')
  }

  /**
   * Calls the operation up to `count` times, and at least once; stops early at `untilMs`.
   * @param {number} count @param {number} [untilMs] of the clock
   * @returns {Promise<{ calls: number, ms: number }>}
   */
  run(count, untilMs = Infinity) {
    return timed('calls', () => this.chain.runInAsyncScope(() => this.callInARow(count, untilMs)))
  }

  /** @param {number} count @param {number} untilMs */
  async callInARow(count, untilMs) {
    // A look takes long: what came meanwhile, such as the end of a connection, is heard of before the next call.
    await turn()
    this.throwIfAborted()
    const startMs = nowMs()
    let turnedMs = startMs
    let endedMs = startMs
    let calls = 0
    while (calls < count && !this.isFull) {
      const result = this.op()
      if (isThenable(result)) await this.settled(result)
      calls++
      this.calls++
      const now = nowMs()
      this.longestMs = Math.max(this.longestMs, now - endedMs)
      endedMs = now
      if (now - turnedMs < TURN_MS) continue
      if (now > untilMs) break
      await turn()
      this.throwIfAborted()
      this.checkMemory()
      turnedMs = nowMs()
      endedMs = turnedMs
    }
    this.chain = new AsyncResource('leakguard.calls')
    this.throwIfAborted()
    return { calls, ms: nowMs() - startMs }
  }

  /**
   * The end of an async call, or of waiting for it: one that hangs must not outlast its caller's patience. One slot and
   * no race, which would pile up handlers on a promise that lives as long as the measurement.
   * @param {PromiseLike<unknown>} result
   */
  settled(result) {
    if (!this.signal) return result
    return new Promise((resolve, reject) => {
      this.giveUp = reject
      result.then(resolve, reject)
    })
  }

  abort() {
    this.giveUp?.(aborted(this.signal))
  }

  throwIfAborted() {
    if (this.signal?.aborted) throw aborted(this.signal)
  }

  bytesNow() {
    const { used_heap_size, external_memory, heap_size_limit } = v8.getHeapStatistics()
    const all = used_heap_size + external_memory + this.uncountedBytes()
    return { all, heap: used_heap_size, limit: heap_size_limit }
  }

  /** From now on these bytes count too; what there is of them was there before. @param {() => number} bytes */
  countToo(bytes) {
    this.uncountedBytes = bytes
    this.startBytes += bytes()
  }

  checkMemory() {
    const isTooMuch = () => {
      const { all, heap, limit } = this.bytesNow()
      return all - this.startBytes > GROWTH_MAX_BYTES || heap > limit * HEAP_SHARE_MAX
    }
    if (!isTooMuch()) return
    collectNow()
    this.isFull = isTooMuch()
    if (this.isFull) this.callsWhenFull = this.calls
  }

  /** Once the number of calls can be chosen better, as much again may be kept. */
  refill() {
    if (!this.isFull) return
    this.isFull = false
    this.startBytes = this.bytesNow().all
  }
}

module.exports = { Runner }

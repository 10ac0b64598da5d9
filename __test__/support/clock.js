// @ts-check
// A clock for tests that goes only when it is told to: the guard's interval is run when it is due, and nobody waits.
// Knows nothing of what runs by it; collections (but where a test says otherwise) and the event loop stay real.
'use strict'

const { cpuMs, nowMs, replaceClock, turn } = require('../../lib/base/clock.js')

/** Of the time that goes by the thread is taken to have worked this share, and the events' turns come this often. */
const BUSY = 0.5
const STEP_MS = 20

class TestClock {
  /** @param {{ collect?: () => void }} [others] stands in for the garbage collections that are asked for */
  constructor(others = {}) {
    this.ms = Math.ceil(nowMs())
    this.cpu = cpuMs()
    /** @type {Set<{ work: () => void, everyMs: number, dueMs: number }>} */
    this.intervals = new Set()
    this.restore = replaceClock({
      nowMs: () => this.ms,
      cpuMs: () => this.cpu,
      every: (work, everyMs) => {
        const interval = { work, everyMs, dueMs: this.ms + everyMs }
        this.intervals.add(interval)
        return interval
      },
      stop: (interval) => void this.intervals.delete(interval),
      ...others
    })
  }

  /**
   * Lets time go by, in steps: what is due runs, then `work`, then a turn of the event loop.
   * @param {number} ms @param {() => void} [work] what the program does in each step
   */
  async advance(ms, work = () => {}) {
    const endMs = this.ms + ms
    while (this.ms < endMs) {
      const stepMs = Math.min(STEP_MS, endMs - this.ms)
      this.ms += stepMs
      this.cpu += stepMs * BUSY
      for (const interval of [...this.intervals]) {
        if (interval.dueMs > this.ms || !this.intervals.has(interval)) continue
        interval.dueMs += interval.everyMs
        interval.work()
      }
      work()
      await turn()
    }
  }

  /**
   * Lets time go by until something is so.
   * @param {() => boolean} condition @param {number} withinMs fails after so long
   * @param {() => void} [work] what the program does in each step
   */
  async until(condition, withinMs, work) {
    const endMs = this.ms + withinMs
    while (!condition()) {
      if (this.ms >= endMs) throw new Error(`not so within ${withinMs} ms: ${condition}`)
      await this.advance(STEP_MS, work)
    }
  }
}

module.exports = { TestClock }

// @ts-check
// One more run of a test that has run: it ends in time, or is not repeated again. Knows no runner.
'use strict'

const timers = require('node:timers')
const { messageOf } = require('../base/entry.js')
const { nowMs, wait } = require('../base/clock.js')

const { setTimeout, clearTimeout } = timers
/** A run that takes so many times as long as the first one, and so long at the least, hangs. */
const HANGS_TIMES = 20
const HANGS_MS = 1000
/** What a test threw late has come by then, in milliseconds. */
const STRAY_MS = 50
/** Of what an error says so much is told. */
const LINE_MAX = 160

/**
 * A test that has run once.
 * @typedef {object} Ran
 * @property {string} name with the names of its blocks
 * @property {string} file
 * @property {number} tookMs
 * @property {() => unknown} run its hooks and its body, once
 */

class Repeatable {
  /** @param {Ran} ran @param {import('./shield.js').Caught} caught */
  constructor({ name, file, tookMs, run }, caught) {
    this.name = name
    this.file = file
    /** Milliseconds a run, the shortest so far. */
    this.runMs = Math.max(0.01, tookMs)
    this.limitMs = Math.max(HANGS_MS, tookMs * HANGS_TIMES)
    this.caught = caught
    this.body = run
    this.runs = 0
    /** The latest run failed by an error that nobody caught. */
    this.isStray = false
    /** Why it is not repeated, or no more. @type {string | undefined} */
    this.why = undefined
  }

  /** Runs once more. Rejects as the test does. */
  async once() {
    const startMs = nowMs()
    /** @type {any} */
    let timer
    const { caught } = this
    try {
      // One that throws outside of its promise, or hangs, must end too.
      await new Promise((resolve, reject) => {
        caught.fail = (error) => {
          this.isStray = true
          reject(error)
        }
        timer = setTimeout(
          () => reject(new Error(`it did not end within ${Math.round(this.limitMs)} ms`)),
          this.limitMs
        )
        Promise.resolve().then(this.body).then(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
      caught.fail = undefined
    }
    this.runs++
    this.runMs = Math.min(this.runMs, Math.max(0.01, nowMs() - startMs))
  }

  /** Runs so many times more. @param {number} times @returns {Promise<boolean>} whether it can be repeated */
  async repeat(times) {
    const { caught } = this
    try {
      for (let i = 0; i < times; i++)
        await (caught.latest && caught.latest !== this ? this.afterAnother() : this.once())
      return true
    } catch (error) {
      this.fails(error)
      return false
    } finally {
      caught.latest = this
    }
  }

  /** An error that nobody caught may be that of the test before, which has ended. */
  async afterAnother() {
    const before = /** @type {Repeatable} */ (this.caught.latest)
    this.isStray = false
    try {
      await this.once()
    } catch (error) {
      if (!this.isStray) throw error
      await wait(STRAY_MS)
      await this.once()
      before.why ??= `it throws after it has ended: ${firstLine(messageOf(error))}`
    } finally {
      this.caught.latest = this
    }
  }

  /** @param {unknown} error */
  fails(error) {
    this.why = `run ${this.runs + 2} fails: ${firstLine(messageOf(error))}`
  }
}

/** @param {string} text */
const firstLine = (text) => (text.length > LINE_MAX ? `${text.slice(0, LINE_MAX)}…` : text).replace(/[:\s]+$/, '')

/** @typedef {InstanceType<typeof Repeatable>} RepeatableLike */

module.exports = { Repeatable }

// @ts-check
// Asks a process for heaps and waits for what it says: how far it is, and the report. Knows the mailbox, not how the process
// came to look into it.
'use strict'

const { setTimeout: pause } = require('node:timers/promises')
const { messageOf } = require('../../base/entry.js')
const { Mailbox } = require('../../attach/mailbox.js')
const { progressText } = require('../steps.js')
const { isThere, refused } = require('./target.js')

/** So often it is looked whether something has come. */
const LOOK_MS = 200
/** So long a process may take to see the request, and to answer once it was told to end. */
const TAKEN_MS = 10_000
const STOPPED_MS = 10_000
/** So much later than it said a process may tell its next step: a busy event loop takes none; a large heap takes minutes. */
const LATE_MS = 30_000
const CAPTURE_MS = 10 * 60_000

/** @typedef {import('./target.js').Target} Target */

class Asking {
  /** @param {Target} target @param {import('../steps.js').Steps} steps */
  constructor(target, steps) {
    this.target = target
    this.steps = steps
    this.mailbox = new Mailbox(target.temporary, target.pid)
    this.stoppedMs = Number.POSITIVE_INFINITY
    /** What stands in the mailbox is ours. */
    this.hasAsked = false
  }

  /** @param {number[]} gapsMs */
  begin(gapsMs) {
    try {
      this.mailbox.ask(gapsMs)
      this.hasAsked = true
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error)
      const { pid, temporary } = this.target
      if (code === 'EEXIST') throw refused(`another leakguard attach is asking process ${pid}: wait for it`)
      throw refused(`process ${pid} cannot be asked, as ${temporary} cannot be used: ${messageOf(error)}`)
    }
  }

  /** Whether it is being answered; false where nobody has looked into the mailbox. @returns {Promise<boolean>} */
  async isTaken() {
    for (const startMs = performance.now(); performance.now() - startMs < TAKEN_MS; await pause(LOOK_MS)) {
      if (this.mailbox.isTaken()) return true
      this.checkIsThere()
      if (this.isStopped()) throw refused('stopped before the process answered')
    }
    return false
  }

  /** @returns {Promise<any>} the report, as JSON */
  async report() {
    const { mailbox, steps, target } = this
    let [last, dueMs] = ['', performance.now() + LATE_MS]
    for (;;) {
      const answer = mailbox.answer()
      if (answer?.report) return answer.report
      if (answer?.error) throw refused(`process ${target.pid}: ${answer.error.message}`)
      const progress = mailbox.progress()
      if (this.isStopped()) steps.step('stopping')
      else if (progress) steps.step(progressText(progress), progress.leftMs)
      this.checkIsThere()
      const now = JSON.stringify(progress)
      if (progress && now !== last) dueMs = performance.now() + dueIn(progress)
      last = now
      if (performance.now() > dueMs) throw refused(`process ${target.pid} does not go on: its event loop may be busy`)
      if (performance.now() - this.stoppedMs > STOPPED_MS)
        throw refused(`process ${target.pid} has not answered within ${STOPPED_MS / 1000} s of being told to end`)
      await pause(LOOK_MS)
    }
  }

  checkIsThere() {
    const { pid } = this.target
    if (!isThere(pid)) throw refused(`process ${pid} ended before it answered`)
  }

  isStopped() {
    return this.stoppedMs < Number.POSITIVE_INFINITY
  }

  /** What is known will do. */
  stop() {
    if (this.isStopped()) return
    this.stoppedMs = performance.now()
    try {
      this.mailbox.stop()
    } catch {
      // Nothing is asked yet, or any more.
    }
  }

  end() {
    this.steps.end()
    // What another one asks is none of ours.
    if (this.hasAsked) this.mailbox.clear()
    this.hasAsked = false
  }
}

/** How long a step may take. @param {import('../../attach/mailbox.js').Progress} progress */
const dueIn = ({ phase, leftMs = 0 }) => leftMs + (phase === 'wait' ? LATE_MS : CAPTURE_MS)

module.exports = { Asking }

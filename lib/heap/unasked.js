// @ts-check
// Copies of the process that nobody asked for: whether one may be made now. They share one budget of CPU time, and none is
// made where it would take what the program itself may have. Knows times and quotas, not what a copy is for.
'use strict'

const { addon } = require('../base/addon.js')
const { nowMs } = require('../base/clock.js')

/** CPU time of copies, in milliseconds: at once, and as a share of the time since, of which an hour may be had beforehand. */
const CREDIT_MS = 20_000
const SHARE = 0.005
const AVERAGED_MS = 3_600_000
/** A copy eats the program's own share of a group that may use less, whatever its priority. */
const CPUS_MIN = 1
/** Processes and threads that must be left to the program. */
const TASKS_MIN = 16
/** That the group had to wait for CPU time counts for so long, in milliseconds. */
const THROTTLED_MS = 60_000
/** Quotas change seldom, in milliseconds. */
const ASK_MS = 10_000

/** @typedef {import('../../native.js').NativeQuotas} Quotas */

class CopyBudget {
  /** @param {() => Quotas} quotas what the control groups allow now */
  constructor(quotas) {
    this.quotas = quotas
    this.startedMs = nowMs()
    this.spentMs = 0
    /** What the newest copy of each depth took: the next may take as much. @type {Map<string, number>} */
    this.newestMs = new Map()
    this.askedMs = this.startedMs
    this.throttledMs = -Infinity
    /** So that what comes can be compared. */
    this.known = quotas()
  }

  /** A copy has used so much CPU time, asked for or not. @param {number} cpuMs @param {string} [depth] */
  spent(cpuMs, depth = 'graph') {
    this.spentMs += cpuMs
    this.newestMs.set(depth, cpuMs)
  }

  /** What the next copy may take. @param {string} depth */
  nextMs(depth) {
    return this.newestMs.get(depth) ?? 0
  }

  /** Why no copy of this depth may be made now that nobody asked for; undefined where one may. @param {string} [depth] @returns {string | undefined} */
  whyNot(depth = 'graph') {
    const now = nowMs()
    const { cpus, tasksLeft } = this.ask(now)
    if (typeof cpus === 'number' && cpus < CPUS_MIN) {
      return `the control group may use ${cpus} of a CPU, and a copy of the process would take of that`
    }
    if (now - this.throttledMs < THROTTLED_MS) {
      return `the control group had to wait for CPU time within the last ${THROTTLED_MS / 1000} s`
    }
    if (typeof tasksLeft === 'number' && tasksLeft < TASKS_MIN) {
      return `the control group may start ${tasksLeft} more processes, and ${TASKS_MIN} are left to the program`
    }
    const overMs = this.nextMs(depth) - this.leftMs(now)
    if (overMs <= 0) return
    const hour = Math.max(0, AVERAGED_MS - now + this.startedMs)
    return `copies of the process have used ${seconds(this.spentMs)} of CPU time, and may use ${seconds(CREDIT_MS)} and ${SHARE * 100} % of the time, averaged over an hour; the next one is due in ${seconds(hour + overMs / SHARE)}`
  }

  /** CPU time that copies may still use, in milliseconds. @param {number} now */
  leftMs(now) {
    return CREDIT_MS + Math.max(AVERAGED_MS, now - this.startedMs) * SHARE - this.spentMs
  }

  /** How many copies like the newest of this depth may still be made within the hour; Infinity where none was. @param {string} [depth] */
  affords(depth = 'graph') {
    const nextMs = this.nextMs(depth)
    return nextMs > 0 ? this.leftMs(nowMs()) / nextMs : Infinity
  }

  /** @param {number} now */
  ask(now) {
    const { known: before, askedMs } = this
    if (now - askedMs < ASK_MS) return before
    this.askedMs = now
    const known = this.quotas()
    // What was long ago is no reason.
    if (known.throttled > before.throttled && now - askedMs < THROTTLED_MS) this.throttledMs = now
    this.known = known
    return known
  }
}

/** @param {number} ms */
const seconds = (ms) => `${Math.max(1, Math.round(ms / 1000))} s`

/** That of the process: only its main thread can be copied. @type {CopyBudget | undefined} */
let budget
const ours = () => (budget ??= new CopyBudget(() => addon().groupQuotas()))
/** @param {number} cpuMs @param {string} [depth] */
const spent = (cpuMs, depth) => ours().spent(cpuMs, depth)
/** @param {string} [depth] */
const whyNot = (depth) => ours().whyNot(depth)
/** @param {string} [depth] */
const affords = (depth) => ours().affords(depth)
/** Whether copies of this process have been made. */
const hasCopied = () => ours().spentMs > 0

module.exports = { CopyBudget, affords, hasCopied, spent, whyNot }

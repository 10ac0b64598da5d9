// @ts-check
// The door by which a program and its event loop come in: no error of ours goes out by it. What fails again and again is
// given up, with one warning. Knows errors and how many are too many, not what is behind the door.
'use strict'

const { emitWarning } = require('./natives.js')

/** So many errors in a row at one place, and leakguard stops itself. One alone is counted, and nothing else. */
const ERRORS_IN_A_ROW_MAX = 5

/** @param {unknown} error */
function messageOf(error) {
  try {
    return error instanceof Error || typeof (/** @type {any} */ (error)?.message) === 'string'
      ? String(/** @type {any} */ (error).message).split('\n', 1)[0]
      : String(error)
  } catch {
    return 'an error that cannot be read'
  }
}

/** The program has used up its stack, and the next call of its own would have failed. @param {any} error */
const isStackUsedUp = (error) => messageOf(error) === 'Maximum call stack size exceeded'

/** Work that is to be done whatever became of what was done before. @param {() => void} work */
function attempt(work) {
  try {
    work()
  } catch {
    // What comes after it matters more.
  }
}

/** One line on stderr, unless the program listens to warnings or has switched them off. @param {string} message @param {string} code */
function warn(message, code) {
  attempt(() => emitWarning(message, { type: 'LeakguardWarning', code }))
}

class Entry {
  /** @param {(why: string) => void} [giveUp] called once, when nothing is let in any more */
  constructor(giveUp) {
    this.giveUp = giveUp
    /** Errors so far, and what the last one said. */
    this.errors = 0
    this.last = ''
    /** Why nothing is let in any more. @type {string | undefined} */
    this.closed = undefined
    /** Errors in a row, by place. @type {Map<string, number>} */
    this.inARow = new Map()
  }

  /**
   * What `work` gives; undefined where it failed, or where too much has failed before.
   * @template T @param {string} place @param {() => T} work @returns {T | undefined}
   */
  enter(place, work) {
    if (this.closed !== undefined) return
    try {
      const result = work()
      if (this.inARow.size > 0) this.inARow.delete(place)
      return result
    } catch (error) {
      this.failed(place, error)
    }
  }

  /** @param {string} place @param {unknown} error */
  failed(place, error) {
    attempt(() => {
      this.errors++
      this.last = messageOf(error)
      if (isStackUsedUp(error)) return
      const inARow = (this.inARow.get(place) ?? 0) + 1
      this.inARow.set(place, inARow)
      if (inARow < ERRORS_IN_A_ROW_MAX || this.closed !== undefined) return
      const why = `${inARow} errors in a row (${place}): ${messageOf(error)}`
      this.close(why)
      warn(`leakguard has stopped itself after ${why}. The program is not affected`, 'ERR_LEAKGUARD_STOPPED')
      this.giveUp?.(why)
    })
  }

  /** Lets nothing in any more. @param {string} why */
  close(why) {
    this.closed ??= why
  }
}

/** @typedef {InstanceType<typeof Entry>} EntryLike */

module.exports = { ERRORS_IN_A_ROW_MAX, Entry, attempt, messageOf, warn }

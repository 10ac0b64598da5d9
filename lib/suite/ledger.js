// @ts-check
// What all processes of a suite have taken so far, and have spent on repeating: lines of a file that each adds to. Knows sums.
'use strict'

const fs = require('node:fs')
const { attempt } = require('../base/entry.js')

/** Of a process, or of all of them. `ownMs`: without repeating; `screenedMs`: on repeating, without settling suspicions. @typedef {{ ownMs: number, screenedMs: number, settledMs: number }} Sums */

class Ledger {
  /** @param {string} file */
  constructor(file) {
    this.file = file
    /** What this process has added. @type {Sums} */
    this.told = { ownMs: 0, screenedMs: 0, settledMs: 0 }
  }

  /** @param {Sums} now of this process */
  tell(now) {
    const { told } = this
    const line = [now.ownMs - told.ownMs, now.screenedMs - told.screenedMs, now.settledMs - told.settledMs]
    attempt(() => {
      fs.appendFileSync(this.file, `${line.map((ms) => Math.round(ms)).join(' ')}\n`, { mode: 0o600 })
      this.told = now
    })
  }

  /** What the others have told. @returns {Sums} */
  others() {
    const { ownMs, screenedMs, settledMs } = this.told
    const sums = { ownMs: -ownMs, screenedMs: -screenedMs, settledMs: -settledMs }
    attempt(() => {
      for (const line of fs.readFileSync(this.file, 'utf8').split('\n')) {
        const [own, screened, settled] = line.split(' ').map(Number)
        if (!Number.isFinite(own + screened + settled)) continue
        sums.ownMs += own
        sums.screenedMs += screened
        sums.settledMs += settled
      }
    })
    return sums
  }
}

/** @typedef {InstanceType<typeof Ledger>} LedgerLike */

module.exports = { Ledger }

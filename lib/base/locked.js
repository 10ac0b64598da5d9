// @ts-check
// A file that processes change at the same time: one at a time does. Who died with the lock is not waited for. Must not know
// what is in the file.
'use strict'

const fs = require('node:fs')

/** Pauses are counted: a test may have a clock of its own. */
const LOCK_PAUSE_MS = 20
const LOCK_PAUSES_MAX = 250

/** @template T @param {string} file @param {() => T} work @returns {T} */
function locked(file, work) {
  const lock = `${file}.lock`
  for (let pauses = 0; ; pauses++) {
    try {
      fs.closeSync(fs.openSync(lock, 'wx', 0o600))
      break
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    }
    if (pauses % LOCK_PAUSES_MAX === LOCK_PAUSES_MAX - 1) fs.rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS)
  }
  try {
    return work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

module.exports = { locked }

// @ts-check
// Work of ours that takes long and would keep the process alive: it is told to end once nothing of the program does. Knows
// what Node lists as active, not the work.
'use strict'

const { every, stop } = require('./clock.js')
const { attempt } = require('./entry.js')

// Taken when the file loads: a program may replace it later.
const { getActiveResourcesInfo } = process
const { AbortController } = globalThis
/** So many looks in a row must see nothing of the program's, so many milliseconds apart: work in Node's threads is not listed. */
const LOOKS = 3
const LOOK_MS = 150

/** Listed once something was printed, and keep nothing alive: stdin, stdout, stderr. */
const STANDARD = new Set(['TTYWrap', 'PipeWrap'])
const STANDARD_MAX = 3

/** Nothing that is active is the program's: handles, requests and timers that keep it alive are listed, ours are not. */
function isOver() {
  const active = getActiveResourcesInfo.call(process)
  // Who has a parent to talk to waits for it.
  return !process.channel && active.length <= STANDARD_MAX && active.every((name) => STANDARD.has(name))
}

/** @template T @param {(signal: AbortSignal) => Promise<T>} work ends soon once the signal does @returns {Promise<T>} */
async function whileAlive(work) {
  const controller = new AbortController()
  /** Looks in a row that saw nothing of the program's. */
  let seen = 0
  const look = () => {
    seen = isOver() ? seen + 1 : 0
    if (seen === LOOKS) controller.abort()
  }
  const interval = every(() => attempt(look), LOOK_MS)
  try {
    return await work(controller.signal)
  } finally {
    stop(interval)
  }
}

module.exports = { whileAlive }

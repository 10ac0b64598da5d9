// @ts-check
// Work of ours that takes long and would keep the process alive: it is told to end once nothing of the program does. Knows
// what Node lists as active, not the work.
'use strict'

const { every, stop } = require('./clock.js')

// Taken when the file loads: a program may replace it later.
const { getActiveResourcesInfo } = process
const { AbortController } = globalThis
/** How long the end of a program may be put off, in milliseconds; what a look costs while it works. */
const LOOK_MS = 200

/** Listed once something was printed, and keeps nothing alive. */
const STANDARD = new Set(['TTYWrap', 'PipeWrap'])

/** Nothing that is active is the program's: handles, requests and timers that keep it alive are listed, ours are not. */
const isLeft = () => getActiveResourcesInfo.call(process).every((/** @type {string} */ name) => STANDARD.has(name))

/** @template T @param {(signal: AbortSignal) => Promise<T>} work ends soon once the signal does @returns {Promise<T>} */
async function whileAlive(work) {
  const controller = new AbortController()
  const interval = every(() => isLeft() && controller.abort(), LOOK_MS)
  try {
    return await work(controller.signal)
  } finally {
    stop(interval)
  }
}

module.exports = { whileAlive }

// @ts-check
// Knows how a program is kept at work for a while. Must not know what it does, nor leakguard.
'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/**
 * Calls `work` about `perSecond` times a second for `seconds`, in small bursts, and waits for none of them but the last.
 * @param {number} perSecond @param {number} seconds @param {(index: number) => unknown} work
 */
async function pace(perSecond, seconds, work) {
  const startMs = performance.now()
  let done = 0
  for (;;) {
    const elapsedMs = Math.min(performance.now() - startMs, seconds * 1000)
    const due = Math.floor((elapsedMs * perSecond) / 1000)
    let last
    while (done < due) last = work(done++)
    await last
    if (elapsedMs >= seconds * 1000) return
    await sleep(Math.max(4, Math.min(1000 / perSecond, 100)))
  }
}

/**
 * Calls `work` again and again for `seconds`, `lanes` at a time, each after the one before has ended.
 * @param {number} lanes @param {number} seconds @param {(index: number) => Promise<unknown>} work
 */
async function lanes(lanes, seconds, work) {
  const endMs = performance.now() + seconds * 1000
  let index = 0
  const lane = async () => {
    while (performance.now() < endMs) {
      await work(index++)
      await sleep(2)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

module.exports = { lanes, pace, sleep }

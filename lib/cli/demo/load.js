// @ts-check
// Paces rounds of requests over the seconds there are, with a rest after each third. What a round is, round.js knows.

'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { createClient } = require('./client.js')
const { playRound } = require('./round.js')

/** A round leaks one descriptor: this stays well below the usual limit of 1,024, and below macOS' 256. */
const roundsMax = 120
const roundsPerSecondMax = 20
/** A slow machine gets fewer rounds, not a heap of unanswered requests. */
const openRoundsMax = 4
const tickMs = 20

/** The load rests as often, the last time at its end. */
const restsMax = 3

/**
 * @param {{ port: number, isRunning: () => boolean }} server
 * @param {number} seconds of load; rests do not count
 * @param {(fraction: number, detail: string) => void} onProgress
 * @param {() => Promise<void>} onRest called after each third, when every request was answered and connections closed
 */
async function drive(server, seconds, onProgress, onRest) {
  const client = createClient(server.port)
  const roundsPerSecond = Math.min(roundsMax / seconds, roundsPerSecondMax)
  let startedAt = performance.now()
  let rounds = 0
  for (let rest = 1; rest <= restsMax; rest++) {
    /** @type {Set<Promise<void>>} */
    const open = new Set()
    let elapsed = 0
    while (elapsed < (seconds * rest) / restsMax && server.isRunning()) {
      while (rounds < elapsed * roundsPerSecond && open.size < openRoundsMax) {
        const round = playRound(client, rounds++)
        open.add(round)
        round.finally(() => open.delete(round))
      }
      await sleep(tickMs)
      elapsed = (performance.now() - startedAt) / 1000
      onProgress(elapsed / seconds, `${client.requests.toLocaleString('en')} requests`)
    }
    await Promise.all(open)
    client.close()
    const restedAt = performance.now()
    await onRest()
    startedAt += performance.now() - restedAt
  }
  return { requests: client.requests, failures: client.failures }
}

module.exports = { drive }

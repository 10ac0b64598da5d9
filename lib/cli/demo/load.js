// @ts-check
// Paces rounds of requests over the seconds there are. What a round is, round.js knows.

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

/**
 * @param {{ port: number, isRunning: () => boolean }} server
 * @param {number} seconds
 * @param {(fraction: number, detail: string) => void} onProgress
 */
async function drive(server, seconds, onProgress) {
  const client = createClient(server.port)
  const roundsPerSecond = Math.min(roundsMax / seconds, roundsPerSecondMax)
  const startedAt = performance.now()
  /** @type {Set<Promise<void>>} */
  const open = new Set()
  let rounds = 0
  let elapsed = 0
  while (elapsed < seconds && server.isRunning()) {
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
  return { requests: client.requests, failures: client.failures }
}

module.exports = { drive }

// @ts-check
// One run: a server, its load with a heap captured at each rest, its report. Knows the order of things, and must not
// print.

'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { drive } = require('./load.js')
const { startServer } = require('./server-process.js')

/** What is under way when the load rests may finish before anything is looked at. */
const settleMs = 300

/**
 * @typedef {object} Observation
 * @property {number} requests
 * @property {string[]} failures of requests, a line each
 * @property {string} text the report as a person reads it
 * @property {any} json the report as a program reads it
 */

/**
 * Runs `entry` under load in a process of its own and returns what its guard and its heaps say at the end.
 * @param {string} entry
 * @param {number} seconds
 * @param {(fraction: number, detail: string) => void} [onProgress]
 * @returns {Promise<Observation>}
 */
async function observe(entry, seconds, onProgress = () => {}) {
  const server = await startServer(entry)
  try {
    const { requests, failures } = await drive(server, seconds, onProgress, async () => {
      await sleep(settleMs)
      await server.capture()
    })
    await sleep(settleMs)
    const { text = '', json } = await server.report()
    return { requests, failures, text, json }
  } finally {
    await server.stop()
  }
}

module.exports = { observe }

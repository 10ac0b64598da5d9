// @ts-check
// A listener on the signal of shutdown for each operation, removed when that ends.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

const shutdown = new AbortController()

async function operation() {
  const { signal } = shutdown
  const giveUp = () => {}
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await sleep(20 + Math.random() * 40, undefined, { signal })
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function run() {
  await pace(800, 3, operation)
}

module.exports = { run }

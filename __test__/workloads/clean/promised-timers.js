// @ts-check
// Timers as promises, awaited, given up and iterated.
'use strict'

const timers = require('node:timers/promises')
const { lanes } = require('../helpers/pace.js')

async function run() {
  await lanes(20, 3, async (i) => {
    const controller = new AbortController()
    const wait = timers.setTimeout(20_000, i, { signal: controller.signal }).catch(() => {})
    for await (const _ of timers.setInterval(5, i)) break
    await timers.scheduler.wait(10)
    controller.abort()
    await wait
  })
}

module.exports = { run }

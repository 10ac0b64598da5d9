// @ts-check
// Bursts of work, each with listeners and timeouts of its own, that ebb away.
'use strict'

const { EventEmitter } = require('node:events')
const { sleep } = require('../helpers/pace.js')

const bus = new EventEmitter().setMaxListeners(0)

/** @param {number} ms */
function job(ms) {
  const listen = () => {}
  bus.on('progress', listen)
  const limit = setTimeout(() => {}, 10_000)
  return sleep(ms).then(() => {
    clearTimeout(limit)
    bus.off('progress', listen)
  })
}

async function run() {
  for (let burst = 0; burst < 3; burst++) {
    const jobs = []
    for (let i = 0; i < 400; i++) {
      jobs.push(job(100 + Math.random() * 400))
      if (i % 10 === 0) await sleep(5)
    }
    await Promise.all(jobs)
    await sleep(400)
  }
}

module.exports = { run }

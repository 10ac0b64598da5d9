// @ts-check
// What a piece of work costs its process: CPU seconds, wall seconds, peak memory above Node's own. One JSON line.
'use strict'

const fs = require('node:fs')

const peakBytes = () => {
  const match = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'utf8'))
  return match ? Number(match[1]) * 1024 : process.resourceUsage().maxRSS * 1024
}

/** @param {() => unknown} work */
async function measure(work) {
  const before = { cpu: process.cpuUsage(), at: performance.now(), peak: peakBytes() }
  let error
  let answer
  try {
    answer = await work()
  } catch (e) {
    error = String(e instanceof Error ? e.message : e).slice(0, 200)
  }
  const { user, system } = process.cpuUsage(before.cpu)
  const figures = {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - before.at) / 1000,
    peakBytes: peakBytes() - before.peak,
    answer,
    error
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0))
}

module.exports = { measure }

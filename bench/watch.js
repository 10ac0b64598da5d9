// @ts-check
// What the production watch costs: CPU and p99 of an http server with and without it, in turn, and the guard's own memory
// over a million samples. Servers run for two minutes first: the guard looks ten times a second until then, and once after.
//
// The first full collections of a process make it slower for good, guard or not (docs/design.md): `--collections 6` has all
// servers, with the guard and without, make some while they warm up, as V8 does in any that runs for hours.
//
//   npm run bench -- watch [--collections 0] [--pairs 3] [--rounds 40] [--requests 400] [--warm 130] [--samples 1000000]
'use strict'

const { fork } = require('node:child_process')
const http = require('node:http')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median, quantile, ratio, show } = require('./lib/stats.js')

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '40' },
    requests: { type: 'string', default: '400' },
    warm: { type: 'string', default: '130' },
    collections: { type: 'string', default: '0' },
    samples: { type: 'string', default: '1000000' }
  }
})
const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
const LANES = 4

/** @typedef {{ child: import('node:child_process').ChildProcess, port: number, agent: http.Agent }} Server */

/** @param {boolean} hasGuard @returns {Promise<Server>} */
async function server(hasGuard) {
  const execArgv = hasGuard ? ['--require', path.join(__dirname, '..', 'register.js')] : []
  const env = { ...process.env, GUARD: hasGuard ? '1' : '0' }
  const child = fork(path.join(__dirname, 'watch', 'server.js'), { execArgv, env })
  const { port } = await answer(child)
  return { child, port, agent: new http.Agent({ keepAlive: true, maxSockets: LANES }) }
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<any>} */
const answer = (child) => new Promise((resolve) => child.once('message', resolve))

/** @param {Server} server */
function usage({ child }) {
  const asked = answer(child)
  child.send('usage')
  return asked
}

/** @param {Server} server */
function collect({ child }) {
  const done = answer(child)
  child.send('collect')
  return done
}

/** @param {Server} server @returns {Promise<number>} milliseconds */
function get({ port, agent }) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('end', () => resolve(performance.now() - start))
    })
    request.on('error', reject)
  })
}

/** @param {Server} server @param {number} requests @returns {Promise<{ cpuUs: number, times: number[] }>} */
async function load(server, requests) {
  const before = await usage(server)
  /** @type {number[]} */
  const times = []
  let left = requests
  const lane = async () => {
    while (left-- > 0) times.push(await get(server))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const after = await usage(server)
  return { cpuUs: (after.cpuUs - before.cpuUs) / requests, times }
}

async function servers() {
  const pairs = []
  for (let i = 0; i < options.pairs; i++) pairs.push({ without: await server(false), with: await server(true) })
  const all = pairs.flatMap((pair) => [pair.without, pair.with])
  const untilMs = performance.now() + options.warm * 1000
  const startMs = performance.now()
  let collections = 0
  while (performance.now() < untilMs) {
    for (const one of all) await load(one, 50)
    if (performance.now() - startMs < ((collections + 1) * options.warm * 1000) / (options.collections + 2)) continue
    if (collections++ < options.collections) for (const one of all) await collect(one)
  }
  /** @type {{ without: number[], with: number[] }} */
  const cpu = { without: [], with: [] }
  /** @type {{ without: number[], with: number[] }} */
  const slow = { without: [], with: [] }
  for (let round = 0; round < options.rounds; round++) {
    for (const pair of pairs) {
      const order = /** @type {('without' | 'with')[]} */ (round % 2 ? ['with', 'without'] : ['without', 'with'])
      for (const which of order) {
        const { cpuUs, times } = await load(pair[which], options.requests)
        cpu[which].push(cpuUs)
        slow[which].push(quantile(times, 0.99))
      }
    }
  }
  const rss = { without: /** @type {number[]} */ ([]), with: /** @type {number[]} */ ([]) }
  let guardBytes
  for (const pair of pairs) {
    rss.without.push((await usage(pair.without)).rss)
    const seen = await usage(pair.with)
    rss.with.push(seen.rss)
    guardBytes = seen.guardBytes
  }
  for (const { child } of all) child.kill()
  console.log(
    `CPU per request: ${median(cpu.without).toFixed(0)} us without, ${median(cpu.with).toFixed(0)} with: ${show(ratio(cpu.without, cpu.with))}`
  )
  console.log(
    `p99: ${median(slow.without).toFixed(2)} ms without, ${median(slow.with).toFixed(2)} with: ${show(ratio(slow.without, slow.with))}`
  )
  console.log(
    `rss: ${mega(median(rss.without))} without, ${mega(median(rss.with))} with; the guard says ${JSON.stringify(guardBytes)}`
  )
}

/** @param {number} bytes */
const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

function samples() {
  const { start } = require('..')
  const guard = /** @type {any} */ (start({ memory: { sampleMs: 3_600_000 } }))
  const { watch } = guard.memory
  const { collectNow } = require('../lib/base/clock.js')
  const held = () => {
    collectNow()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external + guard.stats().usage.nativeBytes
  }
  const began = performance.now()
  for (let i = 0; i <= options.samples; i++) {
    // Each a reading of ten seconds: a million are 116 days.
    watch.sample(watch.startedMs + i * 10_000, { majors: i, minors: i * 3 })
    if (i % (options.samples / 10) === 0)
      console.log(`${i} samples: ${held()} bytes held, ${guard.memory.bytes()} of them the history`)
  }
  console.log(`${(((performance.now() - began) * 1000) / options.samples).toFixed(1)} us a sample`)
  const start2 = performance.now()
  watch.series.judge(1e9)
  console.log(`${(performance.now() - start2).toFixed(1)} ms to judge 256 stretches`)
  guard.stop()
}

async function main() {
  if (options.samples > 0) samples()
  if (options.pairs > 0) await servers()
}

main()

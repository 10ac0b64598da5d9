// @ts-check
// What the hooks cost: guard on and off in turn, in one process. The rival is the program without a guard.
//
//   npm run bench -- hooks [--rounds 40] [--pairs 40] [--only listener,request,check]
'use strict'

const { EventEmitter } = require('node:events')
const http = require('node:http')
const { parseArgs } = require('node:util')
const { start } = require('..')
const { median, quantile, ratio, show } = require('./lib/stats.js')

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    pairs: { type: 'string', default: '40' },
    requests: { type: 'string', default: '3000' },
    only: { type: 'string', default: '' }
  }
})
const wanted = (/** @type {string} */ name) =>
  options.only === '' || options.only.split(',').some((part) => name.includes(part))
const turn = () => new Promise((resolve) => setImmediate(resolve))
const nothing = () => {}

/** Events a round; each returns how many pairs of operations it did. */
const OPERATIONS = {
  'listener: on + off, one emitter'() {
    const emitter = new EventEmitter()
    for (let i = 0; i < 100_000; i++) {
      emitter.on('data', nothing)
      emitter.off('data', nothing)
    }
    return 100_000
  },
  'listener: on + off, one emitter that has 20 others'() {
    const emitter = new EventEmitter().setMaxListeners(0)
    for (let i = 0; i < 20; i++) emitter.on('data', () => i)
    for (let i = 0; i < 100_000; i++) {
      emitter.on('data', nothing)
      emitter.off('data', nothing)
    }
    return 100_000
  },
  'listener: an emitter for each request'() {
    for (let i = 0; i < 50_000; i++) {
      const emitter = new EventEmitter()
      emitter.on('data', nothing)
      emitter.on('end', nothing)
      emitter.off('data', nothing)
      emitter.off('end', nothing)
    }
    return 50_000
  },
  'listener: EventTarget'() {
    const target = new EventTarget()
    for (let i = 0; i < 50_000; i++) {
      target.addEventListener('abort', nothing)
      target.removeEventListener('abort', nothing)
    }
    return 50_000
  },
  'timer: setTimeout + clear'() {
    for (let i = 0; i < 50_000; i++) clearTimeout(setTimeout(nothing, 1000))
    return 50_000
  },
  'timer: setInterval + clear'() {
    for (let i = 0; i < 50_000; i++) clearInterval(setInterval(nothing, 1000))
    return 50_000
  }
}

/** @param {() => number} operation */
function nanoseconds(operation) {
  const start = process.hrtime.bigint()
  const count = operation()
  return Number(process.hrtime.bigint() - start) / count
}

/** @param {string} name @param {() => number} operation */
async function compare(name, operation) {
  const off = []
  const on = []
  for (let round = -5; round < Number(options.rounds); round++) {
    const first = round % 2 === 0
    for (const guarded of [first, !first]) {
      const guard = guarded ? start() : undefined
      operation() // the first calls after a switch warm up
      await turn()
      const ns = nanoseconds(operation)
      guard?.stop()
      if (round >= 0) (guarded ? on : off).push(ns)
      await turn()
    }
  }
  console.log(
    `${name.padEnd(52)} ${median(off).toFixed(0).padStart(5)} ns -> ${median(on).toFixed(0).padStart(5)} ns  ${show(ratio(off, on))}`
  )
}

/** A server and its load in two processes, so that the CPU time measured is the server's. */
async function requests() {
  const { fork } = require('node:child_process')
  const load = fork(require.resolve('./lib/load.js'))
  const server = http.createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end(JSON.stringify({ url: request.url, at: 1 })))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const port = /** @type {import('node:net').AddressInfo} */ (server.address()).port
  const drive = () =>
    new Promise((resolve) => {
      load.once('message', resolve)
      load.send({ port, requests: Number(options.requests) })
    })
  const off = []
  const on = []
  for (let pair = -4; pair < Number(options.pairs); pair++) {
    const first = pair % 2 === 0
    for (const guarded of [first, !first]) {
      const guard = guarded ? start() : undefined
      await drive() // hooks in place, code warm again
      const before = process.cpuUsage()
      await drive()
      const { user, system } = process.cpuUsage(before)
      guard?.stop()
      if (pair >= 0) (guarded ? on : off).push((user + system) / Number(options.requests))
    }
  }
  load.disconnect()
  server.close()
  console.log(
    `${'request: node:http, CPU a request'.padEnd(52)} ${median(off).toFixed(1)} µs -> ${median(on).toFixed(1)} µs  ${show(ratio(off, on))}  (${on.length} pairs of ${options.requests} requests)`
  )
}

/** `check()` with a million listeners on a hundred thousand emitters, each after 4,096 fresh additions and removals. */
async function checks() {
  const guard = start()
  const emitters = Array.from({ length: 100_000 }, () => new EventEmitter())
  for (let i = 0; i < emitters.length; i++) {
    for (let k = 0; k < 10; k++) emitters[i].on('data', () => k)
    if (i % 1000 === 0) await turn()
  }
  const times = []
  // What a call that does nearly nothing takes at the same moment: the garbage collector's own steps over a million
  // listeners fall into any call.
  const control = []
  for (let i = 0; i < 2000; i++) {
    for (let k = 0; k < 4096; k++) {
      const emitter = emitters[(i * 4096 + k) % emitters.length]
      emitter.on('end', nothing)
      emitter.off('end', nothing)
    }
    if (i % 10 === 0) await turn()
    const before = performance.now()
    if (i % 2 === 0) guard.check()
    else process.memoryUsage()
    const took = performance.now() - before
    if (i % 2 === 0) times.push(took)
    else control.push(took)
  }
  const { nativeBytes, jsBytes } = guard.stats().usage
  guard.stop()
  const line = (/** @type {number[]} */ all) =>
    `median ${median(all).toFixed(3)} ms, 99th percentile ${quantile(all, 0.99).toFixed(3)} ms`
  console.log(`${'check(): 1,000,000 listeners on 100,000 emitters'.padEnd(52)} ${line(times)}`)
  console.log(`${'  beside it, process.memoryUsage()'.padEnd(52)} ${line(control)}`)
  console.log(`${'  the guard itself holds'.padEnd(52)} ${((nativeBytes + jsBytes) / 1e6).toFixed(1)} MB`)
}

async function main() {
  console.log(
    `Node ${process.versions.node}, ${process.platform}-${process.arch}; median of off, median of on, ratio with 95 % interval`
  )
  for (const [name, operation] of Object.entries(OPERATIONS)) if (wanted(name)) await compare(name, operation)
  if (wanted('request')) await requests()
  if (wanted('check')) await checks()
}

main()

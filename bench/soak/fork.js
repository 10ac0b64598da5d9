// @ts-check
// Captures in copies of the process, one after the other, under load: old-generation churn and marking in flight, a busy
// worker, zlib and files on the thread pool, http traffic, child processes started meanwhile. Every graph must be right,
// no request lost, no child mistaken; no zombie; descriptors flat.
//
// The heap holds things of two small objects each and a text of its own, by default three quarters of the bytes.
//
//   npm run soak -- fork     or
//   node bench/soak/fork.js [--mb 20] [--text 300] [--captures 40] [--minutes 10] [--depth graph|census|both]
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const { setTimeout: wait } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { Worker } = require('node:worker_threads')
const zlib = require('node:zlib')
const { captureHeap, countHeap } = require('../..')
const native = require('../../lib/base/native.js')
const { median, quantile } = require('../lib/stats.js')

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '20' },
    text: { type: 'string', default: '300' },
    captures: { type: 'string', default: '40' },
    minutes: { type: 'string', default: '10' },
    depth: { type: 'string', default: 'graph' }
  }
})

const TEXT_BYTES = Number(options.text)
/** Bytes of one of the things that are kept, with what it holds. */
const THING_BYTES = 100 + TEXT_BYTES
const CHURN_MS = 4
const CHURN_OLD = 200_000
const BUSY_WORKER = `
  const old = new Map()
  let n = 0
  setInterval(() => { for (let i = 0; i < 5000; i++) old.set(n++ % 50000, { n, more: [n] }) }, 4)`

class Thing {
  /** @param {number} i */
  constructor(i) {
    this.i = i
    this.more = [i]
    // Read back from a Buffer it is one piece, and nobody else's.
    this.text = Buffer.alloc(TEXT_BYTES, `thing ${i} `).toString('latin1')
  }
}
const things = Array.from({ length: (Number(options.mb) * 1e6) / THING_BYTES }, (_, i) => new Thing(i))
let isOver = false
const seen = { requests: 0, lost: 0, children: 0, wrongExits: 0 }

/** Half of the time of the main thread, in objects that live for a while and die old. */
async function churn() {
  const ring = new Array(CHURN_OLD)
  for (let at = 0; !isOver; ) {
    const endMs = performance.now() + CHURN_MS
    while (performance.now() < endMs) {
      for (let i = 0; i < 200; i++) ring[at++ % CHURN_OLD] = { at, more: [at, i] }
    }
    await wait(CHURN_MS)
  }
}

async function poolWork() {
  const data = Buffer.alloc(200_000, 'abcdefgh')
  while (!isOver) {
    await Promise.all([new Promise((resolve) => zlib.gzip(data, resolve)), fs.promises.readFile(__filename)])
    await wait(5)
  }
}

async function traffic() {
  const server = http.createServer((_request, response) => response.end('pong')).listen(0, '127.0.0.1')
  // However long this thread is busy with a graph: a connection that the server ends in that moment is no loss of ours.
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const agent = new http.Agent({ keepAlive: true })
  while (!isOver) {
    const body = await new Promise((resolve) => {
      const request = http.get({ port, agent }, (response) => {
        let text = ''
        response.on('data', (piece) => {
          text += piece
        })
        response.on('end', () => resolve(text))
      })
      request.on('error', resolve)
    })
    seen.requests++
    if (body !== 'pong') {
      seen.lost++
      console.log('a request was lost:', body)
    }
    await wait(2)
  }
  agent.destroy()
  server.close()
}

async function childProcesses() {
  while (!isOver) {
    const [code] = await once(spawn('/bin/sh', ['-c', 'exit 7']), 'exit')
    seen.children++
    if (code !== 7) seen.wrongExits++
    await wait(50)
  }
}

/** Children of this process that have ended and were not buried. */
function zombies() {
  return fs.readdirSync('/proc').filter((name) => {
    try {
      const stat = /^\d+$/.test(name) ? fs.readFileSync(`/proc/${name}/stat`, 'utf8') : ''
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state === 'Z' && Number(parent) === process.pid
    } catch {
      return false
    }
  }).length
}

async function main() {
  const why = native.forkUnsupported()
  if (why) return console.log(why)
  const worker = new Worker(BUSY_WORKER, { eval: true })
  const work = [churn(), poolWork(), traffic(), childProcesses()]
  const endMs = performance.now() + Number(options.minutes) * 60_000
  /** @type {number[]} */
  const pauses = []
  /** @type {number[]} */
  const totals = []
  let first = 0
  let tries = 0
  let flatSince = { fds: 0, rss: 0 }
  for (let n = 0; n < Number(options.captures) && performance.now() < endMs; n++) {
    const isCensus = options.depth === 'census' || (options.depth === 'both' && n % 2 === 1)
    const graph = isCensus ? undefined : await captureHeap({ mode: 'fork', eager: false, force: true })
    const heap = graph ?? (await countHeap({ mode: 'fork', force: true }))
    const found = heap.classes({ limit: 1e6 }).find(({ name }) => name === 'Thing')
    assert.equal(found?.count, things.length, 'the graph is wrong')
    const { attempts = 0, pauseMs = 0, totalMs = 0, failures = [] } = heap.capture ?? {}
    for (const why of failures) console.log(`${isCensus ? 'census' : 'graph'}: a copy failed: ${why}`)
    graph?.dispose()
    pauses.push(pauseMs / attempts)
    totals.push(totalMs)
    tries += attempts
    if (attempts === 1) first++
    if (n === 2) flatSince = { fds: fs.readdirSync('/proc/self/fd').length, rss: process.memoryUsage.rss() }
  }
  isOver = true
  await Promise.all(work)
  await worker.terminate()
  const fds = fs.readdirSync('/proc/self/fd').length
  const rss = process.memoryUsage.rss()
  console.log(
    `Node ${process.versions.node}: ${pauses.length} captures of ${options.mb} MB (${options.depth}), ${first} at the first try, ${tries} tries;` +
      ` pause ${median(pauses).toFixed(1)} ms (p95 ${quantile(pauses, 0.95).toFixed(1)}, longest ${Math.max(...pauses).toFixed(0)}), total ${median(totals).toFixed(0)} ms;` +
      ` ${seen.requests} requests, ${seen.lost} lost; ${seen.children} child processes, ${seen.wrongExits} mistaken;` +
      ` ${zombies()} zombies; descriptors ${flatSince.fds} -> ${fds}, rss ${(flatSince.rss / 1e6).toFixed(0)} -> ${(rss / 1e6).toFixed(0)} MB`
  )
  assert.deepEqual([seen.lost, seen.wrongExits, zombies()], [0, 0, 0])
  assert.ok(fds <= flatSince.fds + 8, 'descriptors stay open')
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})

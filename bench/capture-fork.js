// @ts-check
// A capture in a copy of the process beside an inline one, of the same heap in a new process each: how long the program
// stood still as a ticker of 1 ms sees it (and the same ticker for as long without a capture), how long all took, what
// requests to its http server waited, resident memory at its peak of program and copy, and minor collections afterwards.
//
//   npm run bench -- capture-fork [--mb 50,500] [--text 0] [--nodes 20,24] [--modes fork,thinned,census,inline]
//
// `census` is a census in a copy, `thinned` a graph of a copy in which large containers were thinned out first. With --text N each object holds a text of N bytes of its own: fewer objects a megabyte.
'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const http = require('node:http')
const { setTimeout: wait } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { median, quantile } = require('./lib/stats.js')
const { nodeBinaries } = require('../scripts/nodes.js')

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '50,500' },
    text: { type: 'string', default: '0' },
    nodes: { type: 'string', default: '' },
    modes: { type: 'string', default: 'fork,thinned,census,inline' },
    child: { type: 'boolean', default: false }
  }
})

const TEXT_BYTES = Number(options.text)
/** Bytes of one of the objects that are kept. */
const OBJECT_BYTES = 112 + TEXT_BYTES
/** Rounds of minor collections before and after. */
const MINOR_ROUNDS = 5
const QUIET_MS = 3000
const BETWEEN_REQUESTS_MS = 2

/** Gaps of a ticker, in ms. */
function ticker() {
  /** @type {number[]} */
  const gaps = []
  let lastMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    gaps.push(nowMs - lastMs)
    lastMs = nowMs
  }, 1)
  return () => {
    clearInterval(timer)
    gaps.push(performance.now() - lastMs)
    return Math.max(...gaps)
  }
}

/** Time of a minor collection, in ms: the fifth that is the fastest, since a busy machine only ever makes them longer. */
function minorMs() {
  const { GCProfiler } = require('node:v8')
  const profiler = new GCProfiler()
  profiler.start()
  const ring = new Array(20_000)
  for (let i = 0; i < 2_000_000; i++) {
    const one = { i, more: [i] }
    if (i % 10 === 0) ring[(i / 10) % ring.length] = one
  }
  const minors = profiler.stop().statistics.filter(({ gcType }) => gcType === 'Scavenge')
  return quantile(
    minors.map(({ cost }) => cost / 1000),
    0.2
  )
}

/** The middle one of some rounds, in ms. */
const minorsMs = () => median(Array.from({ length: MINOR_ROUNDS }, minorMs))

async function child() {
  const { captureHeap, countHeap } = require('..')
  const { captureThinned } = require('../lib/heap/heap.js')
  const native = require('../lib/base/native.js')
  const { forkHeap } = native
  /** @type {InstanceType<typeof native.NativeFork> | undefined} */
  let copy
  native.forkHeap = (...args) => {
    copy = forkHeap(...args)
    return copy
  }
  const textOf = (/** @type {number} */ i) => TEXT_BYTES && Buffer.alloc(TEXT_BYTES, `thing ${i} `).toString('latin1')
  const kept = Array.from({ length: (Number(options.mb) * 1e6) / OBJECT_BYTES }, (_, i) => {
    return { i, a: i + 0.5, b: [i], text: textOf(i) }
  })
  const server = http.createServer((_request, response) => response.end('pong')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (let i = 0; i < 3; i++) minorMs()
  process.send?.(server.address())
  const [mode] = await once(process, 'message')
  const before = minorsMs()
  const quiet = ticker()
  await wait(QUIET_MS)
  const quietGap = quiet()
  process.send?.('capturing')
  const busy = ticker()
  const isCensus = mode === 'census'
  const take = () => (mode === 'thinned' ? captureThinned({}) : captureHeap({ mode, eager: false, force: true }))
  const graph = isCensus ? undefined : await take()
  const { capture } = graph ?? (await countHeap({ mode: 'fork', force: true }))
  const gap = busy()
  process.send?.('captured')
  const peak = process.resourceUsage().maxRSS * 1024
  graph?.dispose()
  const after = minorsMs()
  process.send?.({
    gap,
    quietGap,
    peak,
    copyPeak: copy?.peakBytes() ?? 0,
    minor: after / before,
    kept: kept.length,
    ...capture,
    what: isCensus ? 'census in a fork' : mode
  })
}

/** Times of requests, until told to stop. @param {number} port */
function traffic(port) {
  const agent = new http.Agent({ keepAlive: true })
  /** @type {number[]} */
  const times = []
  let isOver = false
  const done = (async () => {
    while (!isOver) {
      const startedMs = performance.now()
      await new Promise((resolve, reject) => {
        http.get({ port, agent }, (response) => response.resume().on('end', resolve)).on('error', reject)
      })
      times.push(performance.now() - startedMs)
      await wait(BETWEEN_REQUESTS_MS)
    }
    agent.destroy()
  })()
  return {
    take: () => times.splice(0),
    stop: () => {
      isOver = true
      return done
    }
  }
}

/** @param {string} file @param {string} mb @param {string} mode */
async function run(file, mb, mode) {
  const one = fork(__filename, ['--child', '--mb', mb, '--text', options.text], {
    execPath: file,
    execArgv: ['--max-old-space-size=8000', '--min-semi-space-size=16', '--max-semi-space-size=16'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const [{ port }] = await once(one, 'message')
  const requests = traffic(port)
  one.send(mode)
  await once(one, 'message')
  const quiet = requests.take()
  await once(one, 'message')
  const busy = requests.take()
  const [result] = await once(one, 'message')
  await requests.stop()
  one.kill()
  return { ...result, quietP99: quantile(quiet, 0.99), busyP99: quantile(busy, 0.99) }
}

async function main() {
  const wanted = options.nodes.split(',').filter(Boolean)
  const nodes = nodeBinaries().filter(({ major }) => wanted.length === 0 || wanted.includes(String(major)))
  if (nodes.length === 0) nodes.push({ major: 0, version: process.version, file: process.execPath })
  console.log(
    '| Node, heap, mode | longest gap of the ticker (without a capture) | fork | all | http p99 (without) | peak rss: program, copy | minor collections after / before |'
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const { version, file } of nodes) {
    for (const mb of options.mb.split(',')) {
      for (const mode of options.modes.split(',')) {
        const r = await run(file, mb, mode)
        const ms = (/** @type {number} */ n) => `${n.toFixed(n < 100 ? 1 : 0)} ms`
        const mega = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(0)} MB`
        const cells = [
          `${version.replace(/^v/, '')}, ${mb} MB, ${r.what}${r.attempts > 1 ? `, ${r.attempts} tries` : ''}`,
          `${ms(r.gap)} (${ms(r.quietGap)})`,
          r.mode === 'fork' ? ms(r.pauseMs) : '',
          ms(r.totalMs),
          `${ms(r.busyP99)} (${ms(r.quietP99)})`,
          `${mega(r.peak)}${r.copyPeak ? `, ${mega(r.copyPeak)}` : ''}`,
          `${r.minor.toFixed(2)}x`
        ]
        console.log(`| ${cells.join(' | ')} |`)
      }
    }
  }
}

if (options.child) child()
else main()

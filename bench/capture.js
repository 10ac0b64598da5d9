// @ts-check
// What an inline capture leaves behind: time of minor collections, and resident memory with the graph and without it,
// of a process with a heap of some 100 MB. Two such processes live side by side, of which one captures. Both do the same
// work in turn, a block each, before and after: the same objects, the same number of them, timed by V8 itself. What the
// machine does meanwhile meets both; the ratio is (after / before) of the one over (after / before) of the other.
//
//   npm run bench -- capture [--mb 100] [--rounds 3] [--blocks 5] [--nodes 20,24] [--write]     on each Node that there is
'use strict'

const { fork } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { median, quantile } = require('./lib/stats.js')
const { nodeBinaries } = require('../scripts/nodes.js')

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    blocks: { type: 'string', default: '5' },
    nodes: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    child: { type: 'boolean', default: false }
  }
})

/** Bytes of one of the objects that are kept. */
const OBJECT_BYTES = 112
/**
 * A young generation of fixed size: else it grows and shrinks with the load, and minor collections with it. And no
 * threads that help to collect: on a machine that is busy they are waited for.
 */
const FLAGS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16', '--single-threaded-gc']
/** Which of the times counts: what others do on the machine only ever makes them longer. */
const QUANTILE = 0.2
const WARM_UP_TURNS = 600
const TURNS = 120
const OBJECTS_A_TURN = 20_000
const SETTLE_MS = 200

/** Objects of which a tenth survives its first minor collection. @param {number} turns */
function churn(turns) {
  const ring = new Array(20_000)
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < OBJECTS_A_TURN; i++) {
      const one = { turn, i, more: [i, turn] }
      if (i % 10 === 0) ring[(turn * 2000 + i / 10) % ring.length] = one
    }
  }
  return ring.length
}

/** Times of the minor collections of one block of work, in ms. */
function minorCollections() {
  const { GCProfiler } = require('node:v8')
  const profiler = new GCProfiler()
  profiler.start()
  churn(TURNS)
  const { statistics } = profiler.stop()
  return statistics.filter(({ gcType }) => gcType === 'Scavenge').map(({ cost }) => cost / 1000)
}

/** What is resident once V8 has given back the pages that it holds in reserve: a snapshot makes it do so, load does not. */
async function settledRss() {
  const { Session } = require('node:inspector')
  for (let i = 0; i < 3; i++) {
    const session = new Session()
    session.connect()
    session.post('HeapProfiler.collectGarbage')
    session.disconnect()
    await wait(SETTLE_MS)
  }
  return process.memoryUsage().rss
}

/** The most that was resident so far, in bytes. */
const peakRss = () => process.resourceUsage().maxRSS * 1024

/** What a capture costs while it lasts, and what is resident with its graph and at once without. */
async function capture() {
  const { captureHeap, writeHeap } = require('..')
  const peakBefore = peakRss()
  if (options.write) {
    const file = path.join(os.tmpdir(), `leakguard-bench-${process.pid}.heapsnapshot`)
    const startedMs = performance.now()
    await writeHeap(file, { mode: 'inline', force: true })
    const pauseMs = performance.now() - startedMs
    fs.rmSync(file)
    const rss = process.memoryUsage().rss
    return { pauseMs, withGraph: rss, atOnce: rss, peak: peakRss() - peakBefore }
  }
  const graph = await captureHeap({ mode: 'inline', force: true })
  const peak = peakRss() - peakBefore
  const withGraph = await settledRss()
  graph.dispose()
  return { pauseMs: graph.capture?.pauseMs ?? 0, withGraph, atOnce: process.memoryUsage().rss, peak }
}

/** Does what it is told, one thing at a time. */
function child() {
  const kept = Array.from({ length: (Number(options.mb) * 1e6) / OBJECT_BYTES }, (_, i) => ({ i, a: i + 0.5, b: [i] }))
  /** @type {Record<string, () => unknown>} */
  const orders = {
    warmUp: () => churn(WARM_UP_TURNS),
    minors: minorCollections,
    rss: settledRss,
    capture,
    kept: () => kept.length
  }
  process.on('message', async (order) => process.send?.(await orders[String(order)]()))
}

/** A process that lives until it is ended. @param {string} file */
function begin(file) {
  const args = ['--child', '--mb', options.mb, ...(options.write ? ['--write'] : [])]
  const one = fork(__filename, args, {
    execPath: file,
    execArgv: FLAGS,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  /** @type {(answer: any) => void} */
  let answered = () => {}
  /** @type {(error: Error) => void} */
  let failed = () => {}
  one.on('message', (answer) => answered(answer))
  one.on('exit', (code, signal) => failed(new Error(`a child ended: ${code ?? signal}`)))
  return {
    /** @param {string} order @returns {Promise<any>} */
    tell: (order) =>
      new Promise((resolve, reject) => {
        answered = resolve
        failed = reject
        one.send(order)
      }),
    end: () => one.disconnect()
  }
}

/** @typedef {Record<'minor' | 'minorMs' | 'minors' | 'withGraph' | 'atOnce' | 'rss' | 'otherRss' | 'peak' | 'pauseMs', number>} Run */

/** One pair of processes. @param {string} file @param {boolean} isFirst whether the one that captures goes first @returns {Promise<Run>} */
async function pair(file, isFirst) {
  const [one, other] = [begin(file), begin(file)]
  const both = isFirst ? [one, other] : [other, one]
  const inTurn = async () => {
    /** @type {Map<any, number[]>} */
    const times = new Map(both.map((it) => [it, []]))
    for (let block = 0; block < Number(options.blocks); block++) {
      for (const it of both) times.get(it)?.push(...(await it.tell('minors')))
    }
    const rss = new Map()
    for (const it of both) rss.set(it, await it.tell('rss'))
    return { times, rss }
  }
  /** @param {Awaited<ReturnType<typeof inTurn>>} state @param {any} it */
  const minorMs = ({ times }, it) => quantile(times.get(it) ?? [], QUANTILE)
  // At rest: work leaves V8 with pages in reserve, which a snapshot makes it give back, and would flatter what follows.
  const restRss = await one.tell('rss')
  for (const it of both) await it.tell('warmUp')
  // The first readings belong to the warm-up.
  await inTurn()
  const before = await inTurn()
  const { pauseMs, withGraph, atOnce, peak } = await one.tell('capture')
  const after = await inTurn()
  for (const it of both) it.end()
  return {
    minor: minorMs(after, one) / minorMs(before, one) / (minorMs(after, other) / minorMs(before, other)),
    minorMs: minorMs(before, one),
    minors: after.times.get(one)?.length ?? 0,
    withGraph: withGraph / Math.min(restRss, before.rss.get(one)),
    atOnce: atOnce / Math.min(restRss, before.rss.get(one)),
    rss: after.rss.get(one) / before.rss.get(one),
    otherRss: after.rss.get(other) / before.rss.get(other),
    peak: peak / 1e6,
    pauseMs
  }
}

/** A cell of the table: the median of what each process saw. @param {Run[]} runs @param {keyof Run} what @param {number} [digits] */
const cell = (runs, what, digits = 2) => median(runs.map((one) => one[what])).toFixed(digits)

async function main() {
  const wanted = options.nodes.split(',').filter(Boolean)
  const nodes = nodeBinaries().filter(({ major }) => wanted.length === 0 || wanted.includes(String(major)))
  if (nodes.length === 0) nodes.push({ major: 0, version: process.version, file: process.execPath })
  console.log(
    'after over before; in brackets the smallest and largest of all pairs, and the process that did not capture\n'
  )
  console.log(
    '| Node | minor collections | rss with the graph | at once without it | after more work | pause | peak above |'
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const { version, file } of nodes) {
    /** @type {Run[]} */
    const runs = []
    for (let round = 0; round < Number(options.rounds); round++) runs.push(await pair(file, round % 2 === 0))
    const minors = runs.map(({ minor }) => minor)
    const cells = [
      version.replace(/^v/, ''),
      `${cell(runs, 'minor')}x [${Math.min(...minors).toFixed(2)}, ${Math.max(...minors).toFixed(2)}] of ${cell(runs, 'minorMs')} ms`,
      `${cell(runs, 'withGraph')}x`,
      `${cell(runs, 'atOnce')}x`,
      `${cell(runs, 'rss')}x (${cell(runs, 'otherRss')}x)`,
      `${cell(runs, 'pauseMs', 0)} ms`,
      `${cell(runs, 'peak', 0)} MB`
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

if (options.child) child()
else main()

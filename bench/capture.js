// @ts-check
// What an inline capture leaves behind: time of minor collections and resident memory of a process with a heap of
// some 100 MB, before and after. A process that captures and one that does not, in turn; medians.
//
//   npm run bench -- capture [--mb 100] [--rounds 3]      on each Node that there is
'use strict'

const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median } = require('./lib/stats.js')
const { nodeBinaries } = require('../scripts/nodes.js')

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '' },
    child: { type: 'string' }
  }
})

/** Bytes of one of the objects that are kept. */
const OBJECT_BYTES = 112
const MINOR_COLLECTIONS = 60
const SETTLE_MS = 300

if (options.child === undefined) main()
else child(options.child === 'capture')

/** @param {boolean} captures */
async function child(captures) {
  const { PerformanceObserver, constants } = require('node:perf_hooks')
  /** @type {number[]} */
  let minorMs = []
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = /** @type {any} */ (entry).detail?.kind
      if (kind === constants.NODE_PERFORMANCE_GC_MINOR) minorMs.push(entry.duration)
    }
  })
  observer.observe({ entryTypes: ['gc'] })

  const kept = Array.from({ length: (Number(options.mb) * 1e6) / OBJECT_BYTES }, (_, i) => ({ i, a: i + 0.5, b: [i] }))
  // The same work each time: a young generation that is filled again and again, some of which survives.
  const churn = async () => {
    minorMs = []
    const ring = new Array(20_000)
    for (let turn = 0; minorMs.length < MINOR_COLLECTIONS && turn < 2000; turn++) {
      for (let i = 0; i < 20_000; i++) ring[(turn + i) % ring.length] = { turn, i, more: [i, turn] }
      await new Promise((resolve) => setTimeout(resolve))
    }
    return minorMs.length > 0 ? median(minorMs) : Number.NaN
  }
  const settle = async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    }
    return process.memoryUsage().rss
  }
  const measure = async () => ({ rss: await settle(), minorMs: await churn() })

  await churn()
  const before = await measure()
  let pauseMs = 0
  if (captures) {
    const { captureHeap } = require('..')
    const heap = await captureHeap({ mode: 'inline', force: true })
    pauseMs = heap.capture?.pauseMs ?? 0
    heap.dispose()
  }
  const after = await measure()
  observer.disconnect()
  console.log(JSON.stringify({ before, after, pauseMs, kept: kept.length }))
}

function main() {
  const wanted = options.nodes.split(',').filter(Boolean)
  const nodes = nodeBinaries().filter(
    ({ version }) => wanted.length === 0 || wanted.some((v) => version.startsWith(`v${v}.`))
  )
  for (const { version, file } of nodes.length > 0 ? nodes : [{ version: process.version, file: process.execPath }]) {
    /** @type {Record<string, { minor: number, rss: number, pauseMs: number }[]>} */
    const runs = { capture: [], none: [] }
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const kind of round % 2 === 0 ? ['capture', 'none'] : ['none', 'capture']) runs[kind].push(run(file, kind))
    }
    const of = (/** @type {string} */ kind, /** @type {'minor' | 'rss' | 'pauseMs'} */ what) =>
      median(runs[kind].map((one) => one[what]))
    console.log(
      `${version}  minor collections ${of('capture', 'minor').toFixed(3)}x (without a capture ${of('none', 'minor').toFixed(3)}x),` +
        ` rss ${of('capture', 'rss').toFixed(3)}x (${of('none', 'rss').toFixed(3)}x), pause ${Math.round(of('capture', 'pauseMs'))} ms`
    )
  }
}

/** After over before. @param {string} file @param {string} kind */
function run(file, kind) {
  const args = ['--expose-gc', __filename, '--child', kind, '--mb', options.mb]
  const { before, after, pauseMs } = JSON.parse(execFileSync(file, args, { cwd: path.dirname(__dirname) }).toString())
  return { minor: after.minorMs / before.minorMs, rss: after.rss / before.rss, pauseMs }
}

// @ts-check
// The guard's own memory over a long life: ten million listeners added and removed, a million emitters that live for
// a moment, a million timers, thousands of call sites. Its tables must be flat, and the process with them.
'use strict'

const { EventEmitter } = require('node:events')
const v8 = require('node:v8')
const vm = require('node:vm')
const { start } = require('../..')

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc')
const turn = () => new Promise((resolve) => setImmediate(resolve))
const nothing = () => {}

const ROUNDS = 70
/** Rounds after which nothing may grow any more. */
const WARM = 30
/** What the tables may grow by after that. */
const GROWTH_MAX = 1.25
/** What the heap may grow by, in bytes: its own noise. */
const HEAP_GROWTH_MAX_BYTES = 1.5e6

/** Functions of a file of their own each, so that each is another call site: more than the ledger remembers. */
const ADDERS = Array.from({ length: 6000 }, (_, i) =>
  vm.runInThisContext(`(function add${i} (emitter, listener) { emitter.on('data', listener) })`, {
    filename: `/soak/site-${i}.js`
  })
)

/** Work without an end in sight, sampled. */
async function work() {
  const shared = new EventEmitter()
  for (let i = 0; i < 150_000; i++) {
    shared.on('data', nothing)
    shared.off('data', nothing)
    if (i % 10_000 === 0) await turn()
  }
  for (let i = 0; i < 20_000; i++) {
    const emitter = new EventEmitter()
    for (let k = 0; k < 2; k++) emitter.on('data', () => k)
    emitter.removeAllListeners()
    clearTimeout(setTimeout(nothing, 60_000))
    if (i % 500 === 0) await turn()
  }
}

/** The same with every call site taken, from thousands of them. */
async function sites(/** @type {number} */ n) {
  for (let i = 0; i < 600; i++) {
    const crowded = new EventEmitter().setMaxListeners(0)
    for (let k = 0; k < 12; k++) ADDERS[(n * 600 + i * 12 + k) % ADDERS.length](crowded, () => k)
    if (i % 50 === 0) await turn()
  }
}

/** @param {string} name @param {import('../..').GuardOptions} options @param {(n: number) => Promise<void>} round */
async function soak(name, options, round) {
  const guard = start(options)
  let warm = { tables: 0, heap: 0 }
  for (let n = 1; n <= ROUNDS; n++) {
    await round(n)
    if (n !== WARM && n !== ROUNDS) continue
    for (let i = 0; i < 6; i++) {
      await turn()
      gc()
      guard.check()
    }
    const { nativeBytes, jsBytes } = guard.stats().usage
    const now = { tables: nativeBytes + jsBytes, heap: process.memoryUsage().heapUsed }
    const rss = process.memoryUsage.rss()
    console.log(`${name}, after ${n} rounds: tables ${mega(now.tables)}, heap ${mega(now.heap)}, rss ${mega(rss)}`)
    if (n === WARM) warm = now
    else if (now.tables > warm.tables * GROWTH_MAX || now.heap > warm.heap + HEAP_GROWTH_MAX_BYTES) {
      throw new Error('the guard grows')
    }
  }
  const report = guard.check()
  if (report.findings.length > 0) throw new Error(`the guard accuses a clean program:\n${report}`)
  guard.stop()
}

const mega = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(2)} MB`

async function main() {
  await soak('sampled', {}, work)
  await soak('exact', { callSites: 'all' }, sites)
  console.log(
    `${(ROUNDS * 190_000) / 1e6} million listeners, ${(ROUNDS * 20_000) / 1e6} million emitters, ${ADDERS.length} call sites: flat`
  )
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})

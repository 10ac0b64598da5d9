'use strict'
// @ts-check
// What a change costs: the same work with two checkouts of leakguard, by turns, each in a process of its own. CPU time of
// the process; medians of pairs, and their interval of 95 %.
//
//   node bench/beside.js OTHER_CHECKOUT [--pairs 30] [--only NAME]      both built with `npm run build`

const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { median, ratio, show } = require('./lib/stats.js')

/** What is measured: `run` gives CPU milliseconds of the part that counts. @type {Record<string, (leakguard: any) => number | Promise<number>>} */
const WORKS = {
  'hooks: 400,000 listeners added and removed': (leakguard) => {
    const { EventEmitter } = require('node:events')
    const guard = leakguard.start()
    const emitter = new EventEmitter()
    const listener = () => {}
    return timed(
      400_000,
      () => {
        emitter.on('news', listener)
        emitter.off('news', listener)
      },
      () => guard.stop()
    )
  },
  'check: 2,000 of 10,000 live listeners': (leakguard) => {
    const { EventEmitter } = require('node:events')
    const guard = leakguard.start()
    const emitters = Array.from({ length: 1000 }, () => new EventEmitter().setMaxListeners(0))
    for (const emitter of emitters) for (let i = 0; i < 10; i++) emitter.on(`event ${i}`, () => {})
    return timed(
      2000,
      () => guard.check(),
      () => guard.stop()
    )
  },
  'cache: 3,000,000 hits': (leakguard) => {
    const cache = new leakguard.WeakLruCache({ max: 10_000 })
    const keys = Array.from({ length: 10_000 }, (_, i) => `key ${i}`)
    for (const key of keys) cache.set(key, { key })
    let at = 0
    return timed(3_000_000, () => {
      cache.get(keys[at])
      at = at + 7 < keys.length ? at + 7 : at + 7 - keys.length
    })
  },
  'heap: capture twice, compare': async (leakguard) => {
    const kept = []
    const fill = () => {
      for (let i = 0; i < 60_000; i++) kept.push({ i, text: `text ${i}`, list: [i] })
    }
    fill()
    const startMs = cpuMs()
    const before = await leakguard.captureHeap()
    fill()
    const after = await leakguard.captureHeap()
    const { verdict } = await leakguard.diffHeaps(before, after)
    if (verdict !== 'leaking') throw new Error(`the comparison says ${verdict}`)
    return cpuMs() - startMs
  }
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** @param {number} times @param {() => void} work @param {() => void} [end] */
function timed(times, work, end) {
  for (let i = 0; i < times / 10; i++) work()
  const startMs = cpuMs()
  for (let i = 0; i < times; i++) work()
  const ms = cpuMs() - startMs
  end?.()
  return ms
}

/** @param {string} checkout @param {string} name @returns {number} */
function measure(checkout, name) {
  const output = execFileSync(process.execPath, [__filename, '--run', name, checkout], { encoding: 'utf8' })
  return Number(output.trim())
}

function main() {
  const [other] = process.argv.slice(2)
  if (!other || other.startsWith('--')) {
    console.error('usage: node bench/beside.js OTHER_CHECKOUT [--pairs 30] [--only NAME]')
    process.exit(2)
  }
  const option = (/** @type {string} */ name) => process.argv[process.argv.indexOf(name) + 1]
  const pairs = process.argv.includes('--pairs') ? Number(option('--pairs')) : 30
  const only = process.argv.includes('--only') ? option('--only') : ''
  const own = path.resolve(__dirname, '..')
  console.log('| work | other, CPU ms | this, CPU ms | this / other | n |\n|---|---|---|---|---|')
  for (const name of Object.keys(WORKS).filter((name) => name.includes(only))) {
    /** @type {number[]} */
    const before = []
    /** @type {number[]} */
    const after = []
    for (let i = 0; i < pairs; i++) {
      // Who begins takes turns too.
      const isFirst = i % 2 === 0
      if (isFirst) before.push(measure(other, name))
      after.push(measure(own, name))
      if (!isFirst) before.push(measure(other, name))
    }
    const [a, b] = [median(before), median(after)].map((ms) => ms.toFixed(0))
    console.log(`| ${name} | ${a} | ${b} | ${show(ratio(before, after))} | ${pairs} |`)
  }
}

if (process.argv[2] === '--run') {
  Promise.resolve(WORKS[process.argv[3]](require(path.resolve(process.argv[4])))).then((ms) => {
    console.log(ms)
    process.exit(0)
  })
} else {
  main()
}

// @ts-check
// Clean operations measured thousands of times, as suites do it: many after one another in one process, in an order by
// chance, and each in a fresh one. Prints false alarms and what was undecided; a false alarm fails.
//
//   node bench/soak/clean-operations.js [ROUNDS] [SEED]    or SOAK_ROUNDS: a round measures every operation once
'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { clopperPearson } = require('../lib/rates.js')
const { CLEAN } = require('../../__test__/measure/operations/clean.js')

const RUNNER = path.join(__dirname, '../../__test__/measure/operations/run.js')
/** Some 3,000 measurements. */
const ROUNDS = 48
/** Of so many rounds one has a process for each measurement. */
const FRESH_EVERY = 4
const MEASUREMENT_MS_MAX = 60_000

/** @typedef {{ name: string, verdict: string, ms: number, text?: string }} Outcome */

/** Numbers by chance that are the same for a seed (mulberry32). @param {number} seed */
function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Fisher-Yates. @param {string[]} names @param {() => number} next */
function shuffled(names, next) {
  const order = [...names]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** Measures these in one process; one that ends before them all is told as a crash of the next. @param {string[]} names @param {(outcome: Outcome) => void} tell @returns {Promise<void>} */
function inOneProcess(names, tell) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [RUNNER, JSON.stringify(names)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const kill = () => child.kill('SIGKILL')
    let timer = setTimeout(kill, MEASUREMENT_MS_MAX)
    let heard = 0
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(timer)
      timer = setTimeout(kill, MEASUREMENT_MS_MAX)
      heard++
      tell(JSON.parse(line))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code !== 0 || heard < names.length) {
        const text = `the process ended with ${signal ?? code}: ${JSON.stringify(names.slice(0, heard + 1))}`
        tell({ name: names[heard] ?? 'the end', verdict: 'crashed', ms: 0, text })
      }
      resolve()
    })
  })
}

/** With the bound above it of 95 %. @param {string} what @param {number} seen @param {number} all */
const rateOf = (what, seen, all) =>
  `${what}: ${seen} of ${all} (${((seen / all) * 100).toFixed(2)} %, below ${(clopperPearson(seen, all, 0.9).high * 100).toFixed(2)} % with 95 %)`

async function main() {
  const rounds = Number(process.argv[2] ?? process.env.SOAK_ROUNDS ?? ROUNDS)
  const seed = Number(process.argv[3] ?? Date.now() % 1e6)
  const names = Object.keys(CLEAN)
  console.log(`Node ${process.versions.node}: ${names.length} operations, ${rounds} rounds, seed ${seed}`)
  /** @type {Outcome[]} */
  const outcomes = []
  const next = random(seed)
  for (let round = 1; round <= rounds; round++) {
    const order = shuffled(names, next)
    const isFresh = round % FRESH_EVERY === 0
    const tell = (/** @type {Outcome} */ outcome) => {
      outcomes.push(outcome)
      if (outcome.verdict === 'clean') return
      const before = order.slice(0, order.indexOf(outcome.name))
      const where = isFresh ? 'in a fresh process' : `after ${before.length} others (${before.slice(-3).join(', ')})`
      console.log(`round ${round}: '${outcome.name}' is ${outcome.verdict} ${where}\n${outcome.text}`)
    }
    for (const batch of isFresh ? order.map((name) => [name]) : [order]) await inOneProcess(batch, tell)
    console.log(`round ${round} of ${rounds}: ${outcomes.length} measurements`)
  }
  const count = (/** @type {string} */ verdict) => outcomes.filter((outcome) => outcome.verdict === verdict).length
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b)
  console.log(rateOf('false alarms', count('leaking'), outcomes.length))
  console.log(rateOf('undecided', count('undecided'), outcomes.length))
  console.log(`median ${times[times.length >> 1]} ms, 95th percentile ${times[Math.floor(times.length * 0.95)]} ms`)
  if (count('crashed') > 0) console.log(`${count('crashed')} processes crashed`)
  if (count('leaking') + count('crashed') > 0) process.exitCode = 1
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})

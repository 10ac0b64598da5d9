'use strict'
// @ts-check
// Knows what happens to the outcome of a live case: it is recorded, and what is wrong fails at once. Only who did not
// decide, or who was kept from it by something that is not about leaks, may try again; each such try is said.
// Must not know how an outcome comes about.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { commit } = require('./commit.js')
const { keepDrawing } = require('./draw.js')

/** What scripts/live-rates.js reads; git does not see it. */
const FILE = process.env.LEAKGUARD_LIVE_FILE ?? path.join(__dirname, '../../.cache/live.jsonl')
const TRIES_MAX = 3
/** Leaks that are not told now and then, by kind and name, with what is known of it. Nothing clean may stand here. */
const MISSED_FILE = '__test__/missed-at-times.json'
/** @type {Record<string, Record<string, string>>} */
const MISSED = JSON.parse(fs.readFileSync(path.join(__dirname, '../..', MISSED_FILE), 'utf8'))
/** Failures of the surroundings, by the words of the error: code, and what is said of it. */
const UNRELATED = [{ code: 'EADDRINUSE', says: 'a port was in use' }]

/**
 * @typedef {object} Case
 * @property {string} kind `workload`, `operation`, `package`, …
 * @property {string} name
 * @property {'clean' | 'leaking'} expected
 *
 * @typedef {object} Outcome
 * @property {string} verdict
 * @property {string} wrong what is wrong with it, '' when nothing is
 * @property {number} [ms] where it was measured among others; else the time until it is there
 *
 * @typedef {Case & { verdict: string, isRight: boolean, tries: number, ms: number }} Recorded
 */

/** One line for each measurement. @param {Recorded} recorded @param {string} [file] */
function record(recorded, file = FILE) {
  const { kind, name, expected, verdict, isRight, tries, ms } = recorded
  const load = Number(os.loadavg()[0].toFixed(2))
  const line = {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    load,
    cores: os.cpus().length
  }
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const outcome = { kind, name, verdict, expected, isRight, tries, ms: Math.round(ms) }
  fs.appendFileSync(file, `${JSON.stringify({ ...line, ...outcome })}\n`)
}

/**
 * Measures until it is decided, at most three times, and fails with what is wrong.
 * @param {import('node:test').TestContext} t
 * @param {Case} one
 * @param {() => Promise<Outcome> | Outcome} measure
 * @param {string} [file] of the record
 */
async function judgeLive(t, one, measure, file) {
  let wrong = ''
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const startMs = performance.now()
    const { verdict, ms = performance.now() - startMs, ...outcome } = await outcomeOf(measure)
    wrong = outcome.wrong
    record({ ...one, verdict, isRight: wrong === '', tries, ms }, file)
    if (wrong === '') return
    const reason = outcome.again ?? (verdict === 'undecided' ? 'undecided' : undefined)
    const missed = one.expected === 'leaking' ? MISSED[one.kind]?.[one.name] : undefined
    if (missed)
      return t.diagnostic(`MISSED: ${one.kind} '${one.name}' was ${verdict}, and wrong as it is at times: ${missed}`)
    if (reason === undefined) break
    t.diagnostic(`try ${tries} of ${TRIES_MAX} of ${one.kind} '${one.name}': ${reason}`)
  }
  assert.fail(`${wrong}\n${keepDrawing(one.kind, one.name)}`)
}

/** @param {() => Promise<Outcome> | Outcome} measure @returns {Promise<Outcome & { again?: string }>} */
async function outcomeOf(measure) {
  try {
    return await measure()
  } catch (error) {
    const wrong = String(/** @type {any} */ (error)?.stack ?? error)
    return { verdict: 'error', wrong, again: UNRELATED.find(({ code }) => wrong.includes(code))?.says }
  }
}

module.exports = { judgeLive, record, FILE, TRIES_MAX }

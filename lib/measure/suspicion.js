// @ts-check
// What grew with the calls of an operation, and what can be said of it by itself. Knows numbers and names, no operation.
'use strict'

const { isOfLists, labelOfLists } = require('./lists.js')

/** A suspicion is the same when its rate is between these shares of what it was. */
const SAME_MIN = 0.6
const SAME_MAX = 1.8
/** Tables of so few entries are filled, cut back and filled again by many programs: below it a stage may come late. */
const LITTLE_COUNT = 600
/** Of what the system has few so many are enough: it runs out soonest. */
const ENOUGH_HANDLES = 64
/** What comes more rarely than so often a call has to come to these numbers before it is a leak. */
const OFTEN = 0.5
/** @type {Record<string, number>} */
const RARE_MAX = { count: ENOUGH_HANDLES, container: 128 }
/** It ebbs when so much of what it grew by has gone. */
const EBB_SHARE = 0.4

/**
 * @typedef {object} Suspicion something that grew with the calls
 * @property {'count' | 'class' | 'container' | 'bytes' | 'memory'} source
 * @property {string} name
 * @property {string} response
 * @property {number} total
 * @property {number} perCall
 * @property {number} late
 * @property {number[]} readings
 * @property {number} [row] of the census
 * @property {Dose} [most] the stage in which it grew fastest, this one or one before
 */

/** @typedef {{ total: number, calls: number }} Dose what came, in so many calls */

/** @typedef {{ doses: number[], found: Map<unknown, Suspicion>, isCut?: boolean }} Stage `isCut`: time ended before its last round */

/** @typedef {{ verdict: import('../..').Verdict, suspicions: Suspicion[], why: { reason: string, text: string }[] }} Judgement */

/** @param {Suspicion[]} suspicions */
const namesOf = (suspicions) =>
  suspicions
    .slice(0, 3)
    .map(({ name }) => (isOfLists(name) ? `'${labelOfLists(name).replace('\n', "' listeners on ")}` : name))
    .join(', ')

/** @returns {Judgement} */
const clean = () => ({ verdict: 'clean', suspicions: [], why: [] })

/**
 * Objects explain memory, not the other way round; and V8 takes native memory for a heap that grows.
 * @param {Suspicion[]} sure @returns {Judgement}
 */
function leaking(sure) {
  const counted = sure.filter(({ source }) => source !== 'memory')
  const most = Math.max(...sure.map(({ perCall }) => perCall))
  const memory = sure.filter(({ perCall }) => perCall >= most / 2)
  return { verdict: 'leaking', suspicions: counted.length > 0 ? counted : memory, why: [] }
}

/** Tables that hold much grow by doubling: memory need not be in proportion within one stage. @param {Suspicion} suspicion */
const isSure = ({ response, source, name }) =>
  response === 'proportional' || (source === 'memory' && name === 'heap' && response === 'unsteady')

/** What the system has few of. @param {Suspicion} suspicion */
const isHandle = ({ source }) => source === 'count'

/**
 * Few, and not with every second call: a pool whose widest use comes ever more rarely, or many short lists that each have
 * a bound, look so for long.
 * @param {Suspicion} suspicion
 */
const isRare = ({ source, perCall, total }) => perCall < OFTEN && total < (RARE_MAX[source] ?? LITTLE_COUNT)

/** @param {Suspicion | undefined} before @param {Suspicion} now */
function isSame(before, now) {
  if (!before) return false
  const ratio = now.perCall / before.perCall
  const slack = now.source === 'memory' ? 1.6 : 1
  return ratio >= SAME_MIN / slack && ratio <= SAME_MAX * slack
}

/** The same whole number for each call. @param {Suspicion} suspicion @param {number[]} doses */
function isExact({ readings, perCall }, doses) {
  const each = Math.round(perCall)
  return each >= 1 && doses.every((dose, i) => Math.abs(readings[i + 1] - readings[i] - each * dose) <= 1)
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)

module.exports = {
  EBB_SHARE,
  ENOUGH_HANDLES,
  LITTLE_COUNT,
  OFTEN,
  SAME_MIN,
  clean,
  isExact,
  isHandle,
  isRare,
  isSame,
  isSure,
  leaking,
  namesOf,
  sum
}

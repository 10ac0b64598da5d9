// @ts-check
// Sampled timers, and promises that a timer settles, which do not tell whether they are.
'use strict'

const { nowMs } = require('../../base/clock.js')
const { endsByItself } = require('../../v8/open-resources.js')
const { own } = require('../../watch/own-data.js')
const { GONE } = require('./kind.js')

/** Timers that last as long, in milliseconds, pile up as if they never ended; shorter ones are level after that time. */
const LASTING_MS = 3_600_000
/** A timer may be this late, in milliseconds. */
const LATE_MS = 200

/** @type {import('./kind.js').Kind} */
const TIMER = {
  pool: 'timer',
  read(slots, slot) {
    const timer = /** @type {any} */ (slots.target(slot))
    if (!timer) return GONE
    return timer._destroyed ? 0 : slots.entry(slot).weight
  }
}

/** @type {import('./kind.js').Kind} */
const PROMISE = {
  pool: 'timer',
  isProven: true,
  read(slots, slot) {
    const entry = slots.entry(slot)
    if (nowMs() > (entry.endsAtMs ?? Infinity)) return GONE
    if (!slots.isProvable(entry)) return slots.page[slot]
    const object = /** @type {any} */ (slots.target(slot))
    return !object || object.aborted === true ? GONE : entry.weight
  }
}

/** After how long such a timer ends by itself, in milliseconds; 0 where it does not, or where that is as good as never. @param {string} kind @param {unknown} delayMs */
const lastsMs = (kind, delayMs) => {
  if (kind === 'setInterval' || typeof delayMs !== 'number' || !(delayMs < LASTING_MS)) return 0
  return Math.max(1, delayMs)
}

/**
 * @param {import('./kind.js').Slots} slots
 * @param {{ kind: string, timer: object, isTimer: boolean, weight: number, delayMs?: unknown }} record @param {string} site @param {() => void} [full]
 */
function add(slots, { kind, timer, isTimer, weight, delayMs }, site, full) {
  if (endsByItself({ kind, delayMs })) return
  // A promise does not tell whether it is settled: what keeps one longer than its delay keeps no timer.
  const endsAtMs = typeof delayMs === 'number' ? nowMs() + Math.max(1, delayMs) + LATE_MS : undefined
  const entry = { kind: isTimer ? TIMER : PROMISE, weight, endsAtMs }
  slots.claim(kind, site, timer, entry, full, {
    lastsMs: lastsMs(kind, isTimer ? own(timer, '_idleTimeout') : delayMs)
  })
}

module.exports = { add }

// @ts-check
// Knows the fake clocks: how each is put up and taken down, how its time is moved, and when real timers are back.
// Must not know when a guard starts and stops. Which clock is meant is the program's first argument.
'use strict'

const assert = require('node:assert/strict')
const { live, until } = require('../../../support/leaks.js')
const { HOUR, many } = require('./many.js')

/** @typedef {{ put(): void, move(ms: number): void, take(): void }} Clock */

/** Their packages are required when they are asked for. @type {Record<string, () => Clock>} */
const CLOCKS = {
  '@sinonjs/fake-timers': () => {
    // It has no types of its own.
    const FakeTimers = /** @type {any} */ (require)('@sinonjs/fake-timers')
    /** @type {any} */
    let clock
    return {
      put: () => {
        clock = FakeTimers.install()
      },
      move: (ms) => clock.tick(ms),
      take: () => clock.uninstall()
    }
  },
  'mock.timers of node:test': () => {
    const { mock } = require('node:test')
    return {
      put: () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] }),
      move: (ms) => mock.timers.tick(ms),
      take: () => mock.timers.reset()
    }
  }
}

const clock = CLOCKS[process.argv[2]]()

/** What stands for the three of them now. */
const faces = () => [setTimeout, setInterval, setImmediate]

/** The fakes fire when time is moved; gives the intervals, which still run. */
function fakesWork() {
  let fired = 0
  const made = many(() => setInterval(() => fired++, 10))
  setTimeout(() => fired++, 5)
  setTimeout(() => fired++, 10000)
  clock.move(10)
  assert.equal(fired, 21)
  return made
}

/** @param {import('leakguard').Guard} guard */
async function realAreCounted(guard) {
  /** @type {NodeJS.Timeout[]} */
  let made = []
  await until(() => {
    made.forEach(clearInterval)
    const before = live(guard, 'setInterval')
    made = many(() => setInterval(() => {}, HOUR))
    return live(guard, 'setInterval') - before === 20
  })
  made.forEach(clearInterval)
}

module.exports = { clock, faces, fakesWork, realAreCounted }

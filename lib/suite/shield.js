// @ts-check
// Keeps from the runner what happens while tests are repeated: errors that nobody catches, what is printed, the exit code.
// Knows the process, no runner.
'use strict'

const { messageOf } = require('../base/entry.js')
const { turn } = require('../base/clock.js')

const EVENTS = /** @type {const} */ (['uncaughtException', 'unhandledRejection'])
const PRINTS = ['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'dirxml', 'table', 'group', 'groupCollapsed']

/** Who is told of an error that nobody catches, and the latest test that was repeated. @typedef {{ fail?: (error: Error) => void, latest?: import('./once.js').RepeatableLike }} Caught */

/**
 * @template T
 * @param {Caught} caught told of errors that nobody catches @param {any[]} consoles that are to print nothing
 * @param {() => Promise<T>} work @returns {Promise<T>}
 */
async function shielded(caught, consoles, work) {
  const { exitCode } = process
  const before = EVENTS.map((event) => process.rawListeners(event))
  const hear = (/** @type {unknown} */ error) =>
    caught.fail?.(error instanceof Error ? error : new Error(messageOf(error)))
  for (const event of EVENTS) process.removeAllListeners(event).on(event, hear)
  const unmute = consoles.map(mute)
  try {
    return await work()
  } finally {
    // What was thrown last is told a turn later.
    await turn()
    for (const put of unmute) put()
    EVENTS.forEach((event, i) => {
      process.off(event, hear)
      // Those that tests have added since stay behind those that were there.
      const added = process.rawListeners(event)
      process.removeAllListeners(event)
      for (const listener of [...before[i], ...added]) process.on(event, /** @type {any} */ (listener))
    })
    process.exitCode = exitCode
  }
}

/** @param {any} target a console @returns {() => void} puts its functions back */
function mute(target) {
  /** @type {[string, any, any][]} */
  const muted = []
  for (const name of PRINTS) {
    const original = target?.[name]
    // A spy is a test's own, and asked for its calls.
    if (typeof original !== 'function' || original.mock || original._isMockFunction || original.calls) continue
    const silent = () => {}
    try {
      target[name] = silent
      muted.push([name, original, silent])
    } catch {
      // A frozen one prints.
    }
  }
  return () => {
    // What a test put there and left there is its own.
    for (const [name, original, silent] of muted) if (target[name] === silent) target[name] = original
  }
}

module.exports = { shielded }

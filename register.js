// @ts-check
// `node --import leakguard/register app.js` (or --require): starts the guard in this thread; worker threads inherit
// the flag and start theirs. Options come from the environment; nothing here may stop the program from starting.
'use strict'

const { env } = process

/** @param {string} message @param {string} code */
const warn = (message, code) => require('./lib/base/entry.js').warn(message, code)

/** What is wrong, in one line; the rest holds. @param {{ name: string, why: string }[]} problems */
function complain(problems) {
  if (problems.length === 0) return
  const isUnknown = problems.every(({ why }) => /^is (?:unknown|no longer read)/.test(why))
  const what = problems.map(({ name, why }) => `${name} ${why}`).join('; ')
  warn(
    `${what}${isUnknown ? '' : '; what is wrong counts as not set'}`,
    isUnknown ? 'ERR_LEAKGUARD_UNKNOWN_OPTION' : 'ERR_LEAKGUARD_INVALID_ARG'
  )
}

if (!/^(?:1|true)$/.test(env.LEAKGUARD_DISABLE ?? '')) {
  /** @type {ReturnType<typeof import('./lib/guard/guard.js').start> | undefined} */
  let guard
  try {
    // The rest of the package is loaded by who uses it.
    const { isMainThread } = require('node:worker_threads')
    const { options, settings, problems } = require('./lib/guard/environment.js').readEnvironment(env)
    // Worker threads are seen by the guard of the main thread, and have its environment.
    if (isMainThread) complain(problems)
    const { attend, recordOf } = require('./lib/guard/unattended.js')
    if (options.memory?.record) options.memory.record = recordOf(options.memory.record)
    guard = require('./lib/guard/guard.js').start(options)
    // Worker threads are seen by the guard of the main thread; only what V8 allows each of them is its own.
    attend(guard, settings)
  } catch (error) {
    guard?.stop()
    warn(`leakguard does not run: ${error instanceof Error ? error.message : error}`, /** @type {any} */ (error)?.code)
  }
}

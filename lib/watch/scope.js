// @ts-check
// In which scope the program runs just now: a thing of this thread, followed over awaits by AsyncLocalStorage. Knows
// scopes' names and whether they have ended, not what is watched in them.
'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const events = require('node:events')
const { types } = require('node:util')
const { kScopes } = require('../base/symbols.js')

/** What runs later keeps the scope in which it was started, so a scope keeps nothing. @typedef {{ label: string, isOver: boolean }} Scope */

/**
 * Node lists every storage that was ever run, and with it the test file's realm that made it: one for the thread, made
 * when it is first needed, serves all copies of this package.
 * @returns {AsyncLocalStorage<Scope>}
 */
function storage() {
  const host = /** @type {any} */ (events)
  if (!host[kScopes]) Object.defineProperty(host, kScopes, { value: new AsyncLocalStorage() })
  return host[kScopes]
}

/** @returns {Scope | undefined} */
const currentScope = () => /** @type {any} */ (events)[kScopes]?.getStore()

/**
 * Runs `fn` in a scope that ends when it returns, or when the promise that it returns is settled.
 * @template R @param {string} label @param {() => R} fn @returns {R}
 */
function runInScope(label, fn) {
  const scope = { label, isOver: false }
  const end = () => {
    scope.isOver = true
  }
  /** @type {any} */
  let result
  try {
    result = storage().run(scope, fn)
  } catch (error) {
    end()
    throw error
  }
  // Only a promise: to call the `then` of something else may start its work.
  if (types.isPromise(result)) return /** @type {any} */ (result.finally(end))
  end()
  return result
}

module.exports = { currentScope, runInScope }

// @ts-check
// Tells when an object has been collected. One registry for all, that stays as long as the process: up to Node 24 V8 runs no
// finalizer of a thread any more, anybody's, once a registry was itself collected while it had something to tell.
'use strict'

const events = require('node:events')
const { runInThisContext } = require('node:vm')
const { Finalizers } = require('./natives.js')
const { kFinalizers } = require('./symbols.js')

const MADE = 'new FinalizationRegistry((tell) => tell())'

/** In the outermost realm: one of a test file's realm would keep that alive. @returns {FinalizationRegistry<() => void>} */
function makeRegistry() {
  try {
    if (runInThisContext('globalThis') !== globalThis) return runInThisContext(MADE)
  } catch {
    // what stands there is no registry
  }
  return new Finalizers((tell) => tell())
}

/** Where the module takes no property, as under --frozen-intrinsics. @type {FinalizationRegistry<() => void> | undefined} */
let kept

/** @returns {FinalizationRegistry<() => void>} */
function registry() {
  const host = /** @type {any} */ (events)
  if (host[kFinalizers]) return host[kFinalizers]
  kept ??= makeRegistry()
  Reflect.defineProperty(host, kFinalizers, { value: kept })
  return kept
}

/**
 * Calls `tell` a while after the target was collected, by a job of its own; never after the thread has ended.
 * @param {object | symbol} target held weakly @param {() => void} tell must hold nothing of the target, and throw nothing
 */
const whenCollected = (target, tell) => registry().register(/** @type {any} */ (target), tell)

module.exports = { whenCollected }

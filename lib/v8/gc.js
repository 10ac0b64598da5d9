// @ts-check
// Has V8 collect garbage now. Knows how, not when.
'use strict'

const v8 = require('node:v8')
const vm = require('node:vm')

/** @type {(() => void) | undefined} */
let collect

/** @returns {() => void} a full collection, sync; does nothing where V8 does not let us */
function collector() {
  const global = /** @type {any} */ (globalThis).gc
  if (typeof global === 'function') return () => global()
  try {
    v8.setFlagsFromString('--expose-gc')
    const gc = vm.runInNewContext('gc')
    v8.setFlagsFromString('--no-expose-gc')
    return () => gc()
  } catch {
    return () => {}
  }
}

/** A full collection of this thread's heap. */
function collectNow() {
  collect ??= collector()
  collect()
}

module.exports = { collectNow }

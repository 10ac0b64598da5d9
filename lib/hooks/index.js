// @ts-check
// Finds the hub of this thread, or makes it. A hub made in a short-lived realm (a test file's vm context) would keep
// that realm alive, so it is loaded through Node's own loader, outside of it, where that can be reached.
'use strict'

const events = require('node:events')
const { runInThisContext } = require('node:vm')
const { kHub } = require('../base/symbols.js')

/** @returns {typeof import('./hub.js')} */
function loadHub() {
  try {
    // In a test file's realm `process` and `require` are the test runner's: the outermost realm has Node's own.
    const outer = runInThisContext('process')
    const { createRequire } = outer.getBuiltinModule('node:module')
    return createRequire(__filename)('./hub.js')
  } catch {
    return require('./hub.js') // bundled, or a Node without getBuiltinModule: this realm's own
  }
}

/** @returns {import('./hub.js').HubLike} */
function hub() {
  const host = /** @type {any} */ (events)
  if (!host[kHub]) Object.defineProperty(host, kHub, { value: new (loadHub().Hub)() })
  return host[kHub]
}

module.exports = { hub }

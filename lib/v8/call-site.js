// @ts-check
// Where a call came from: frames of the program, without Node's own, ours and those of tracing tools.
// Knows stacks only; positions are V8's, not source-mapped.
'use strict'

const { isOwn } = require('../base/own.js')
const { PATH_MAX, cut } = require('../base/cut.js')
const { scriptName } = require('../base/script-name.js')

/** Frames kept: the call and its nearest callers. */
const FRAMES_MAX = 4
/** Frames looked at: internals may lie above the program's. */
const DEPTH_MAX = 24

// What stands between a program and the function it called, without having called it itself.
const INSTRUMENTATION =
  /[\\/]node_modules[\\/](?:dd-trace|@opentelemetry|shimmer|newrelic|elastic-apm-node|@elastic|@sentry|emitter-listener|import-in-the-middle|cls-hooked|async-listener)[\\/]/

/** @param {string} file */
const isProgram = (file) => !file.startsWith('node:') && !isOwn(file)

/** @param {NodeJS.CallSite} site */
function fileOf(site) {
  const file = site.getFileName() ?? /** @type {any} */ (site).getScriptNameOrSourceURL?.()
  return typeof file === 'string' && file !== '' ? scriptName(file) : undefined
}

/** @param {NodeJS.CallSite} site @param {string} file */
function frameLine(site, file) {
  const name = cut(site.getFunctionName() ?? '').replace(/[\t\n]/g, ' ')
  return `${name}\t${cut(file, PATH_MAX)}\t${site.getLineNumber() ?? 0}\t${site.getColumnNumber() ?? 0}`
}

// As it was when this was loaded: a program may put its own in place.
const { captureStackTrace } = Error

/** What `pick` found: a setter of the program's may hand the stack to something else, so it is not read from there. */
let picked = ''

/**
 * Ends the key of what fetch() did for the program. It listens to the signals it is given until the request is
 * collected: what there is before a collection says nothing.
 */
const BY_FETCH = '\n~'
const FETCH = 'node:internal/deps/undici'

/** @param {unknown} _error @param {NodeJS.CallSite[]} sites */
function pick(_error, sites) {
  let key = ''
  let instrumented = ''
  let count = 0
  let isFetch = false
  for (const site of sites) {
    const file = fileOf(site)
    if (count === 0 && file?.startsWith(FETCH)) isFetch = true
    if (file === undefined || !isProgram(file)) continue
    if (INSTRUMENTATION.test(file)) {
      instrumented ||= frameLine(site, file)
      continue
    }
    key += (count === 0 ? '' : '\n') + frameLine(site, file)
    if (++count === FRAMES_MAX) break
  }
  picked = (key || instrumented) + (isFetch ? BY_FETCH : '')
  return picked
}

/** Puts a property of Error back. @param {string} name @param {boolean} wasThere @param {unknown} value */
function putBack(name, wasThere, value) {
  const error = /** @type {any} */ (Error)
  try {
    if (wasThere) error[name] = value
    else delete error[name]
  } catch {}
}

/**
 * Key of the call site: frames on lines of their own, `function \t file \t line \t column`; '' when there is none
 * or stacks cannot be taken (frozen intrinsics, a hardened realm): counts go on without. 2-4 µs in a loop, 20-80 in a server.
 * @param {Function} [above] leave out this function and what it called
 * @returns {string}
 */
function callSite(above) {
  const { stackTraceLimit, prepareStackTrace } = Error
  const hadLimit = Object.hasOwn(Error, 'stackTraceLimit')
  const hadPrepare = Object.hasOwn(Error, 'prepareStackTrace')
  const holder = { stack: '' }
  picked = ''
  try {
    Error.stackTraceLimit = DEPTH_MAX
    Error.prepareStackTrace = pick
    captureStackTrace(holder, above ?? callSite)
    void holder.stack
  } catch {
    // Something here is not ours to change.
  } finally {
    putBack('prepareStackTrace', hadPrepare, prepareStackTrace)
    putBack('stackTraceLimit', hadLimit, stackTraceLimit)
  }
  return picked
}

module.exports = { BY_FETCH, callSite }

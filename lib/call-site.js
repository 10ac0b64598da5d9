// @ts-check
// Where a call came from: frames of the program, without Node's own, ours and those of tracing tools.
// Knows stacks only; positions are V8's, not source-mapped.
'use strict'

const path = require('node:path')

/** Frames kept: the call and its nearest callers. */
const FRAMES_MAX = 4
/** Frames looked at: internals may lie above the program's. */
const DEPTH_MAX = 24

const OWN = path.join(__dirname, path.sep)
// What stands between a program and the function it called, without having called it itself.
const INSTRUMENTATION =
  /[\\/]node_modules[\\/](?:dd-trace|@opentelemetry|shimmer|newrelic|elastic-apm-node|@elastic|@sentry|emitter-listener|import-in-the-middle|cls-hooked|async-listener)[\\/]/

/** @param {string} file */
const isProgram = (file) => !file.startsWith('node:') && !file.startsWith(OWN)

/** @param {NodeJS.CallSite} site */
function fileOf(site) {
  const file = site.getFileName() ?? /** @type {any} */ (site).getScriptNameOrSourceURL?.()
  return typeof file === 'string' && file !== '' ? file : undefined
}

/** @param {NodeJS.CallSite} site @param {string} file */
function frameLine(site, file) {
  const name = (site.getFunctionName() ?? '').replace(/[\t\n]/g, ' ')
  return `${name}\t${file}\t${site.getLineNumber() ?? 0}\t${site.getColumnNumber() ?? 0}`
}

/** @param {unknown} _error @param {NodeJS.CallSite[]} sites */
function pick(_error, sites) {
  let key = ''
  let instrumented = ''
  let count = 0
  for (const site of sites) {
    const file = fileOf(site)
    if (file === undefined || !isProgram(file)) continue
    if (INSTRUMENTATION.test(file)) {
      instrumented ||= frameLine(site, file)
      continue
    }
    key += (count === 0 ? '' : '\n') + frameLine(site, file)
    if (++count === FRAMES_MAX) break
  }
  return key || instrumented
}

/**
 * Key of the call site: frames on lines of their own, `function \t file \t line \t column`; '' when there is none
 * or stacks cannot be taken. About 2-4 µs.
 * @param {Function} [above] leave out this function and what it called
 * @returns {string}
 */
function callSite(above) {
  const { stackTraceLimit, prepareStackTrace } = Error
  const holder = { stack: '' }
  try {
    Error.stackTraceLimit = DEPTH_MAX
    Error.prepareStackTrace = pick
    Error.captureStackTrace(holder, above ?? callSite)
    return typeof holder.stack === 'string' ? holder.stack : ''
  } catch {
    // Frozen intrinsics or a hardened realm: no sites, but counts go on.
    return ''
  } finally {
    try {
      Error.prepareStackTrace = prepareStackTrace
      Error.stackTraceLimit = stackTraceLimit
    } catch {}
  }
}

module.exports = { callSite }

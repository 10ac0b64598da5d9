// @ts-check
// leakguard/pprof: a handler of HTTP requests that answers with the newest profile, as collectors scrape it. Knows requests and
// a timer; a request never takes a profile.
'use strict'

const { nowMs } = require('../base/clock.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { start } = require('../guard/guard.js')

/** A program that has just started has little to show, and work to do, in milliseconds. */
const FIRST_MS = 60_000
const RULES = Object.freeze({
  guard: { type: /** @type {const} */ ('any'), default: undefined },
  everyMs: { type: /** @type {const} */ ('number'), min: 0, max: 86_400_000, default: 600_000 }
})
/** After so many seconds a collector is to ask again, where there is nothing yet. */
const RETRY_S = 60

/** See pprof.d.ts. @param {any} [options] */
function pprofHandler(options) {
  const { guard: wanted, everyMs } = readOptions('pprofHandler', RULES, options)
  if (wanted !== undefined && typeof wanted?.profile !== 'function')
    throw invalidArg(`pprofHandler: option 'guard' must be a Guard of start(), not ${given(wanted)}`)
  const guard = wanted ?? start()
  const abort = new AbortController()
  const stop = everyMs > 0 ? takeEvery(guard, everyMs, abort.signal) : () => {}
  const handler = (/** @type {any} */ request, /** @type {any} */ response) => answer(guard, request, response)
  handler.stop = () => {
    stop()
    abort.abort()
  }
  return handler
}

/** Takes a profile now and then, one at a time, for as long as the guard runs. @param {any} guard @param {number} everyMs @param {AbortSignal} signal */
function takeEvery(guard, everyMs, signal) {
  const take = async () => {
    if (!guard.running || signal.aborted) return
    const before = nowMs()
    // What fails is tried again next time; the last profile stays.
    await guard.profileUnasked(signal).catch(() => {})
    wait(Math.max(0, everyMs - (nowMs() - before)))
  }
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const wait = (/** @type {number} */ ms) => {
    if (signal.aborted) return
    timer = setTimeout(() => void take(), ms)
    timer.unref()
  }
  wait(Math.min(everyMs, FIRST_MS))
  return () => clearTimeout(timer)
}

/** @param {any} guard @param {any} request @param {any} response */
function answer(guard, request, response) {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD')
    return say(response, 405, { Allow: 'GET, HEAD' }, `${method} is not allowed: GET the profile\n`)
  const taken = guard.lastProfile
  if (!taken)
    return say(
      response,
      503,
      { 'Retry-After': String(RETRY_S) },
      'no profile has been taken yet: guard.profile() takes one\n'
    )
  const { bytes, atMs } = taken
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': 'attachment; filename="heap.pb.gz"',
    'Content-Length': bytes.length,
    'Last-Modified': new Date(atMs).toUTCString(),
    Age: Math.max(0, Math.round((Date.now() - atMs) / 1000)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff'
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}

/** @param {any} response @param {number} status @param {Record<string, string>} headers @param {string} text */
function say(response, status, headers, text) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers })
  response.end(text)
}

module.exports = { pprofHandler }

// @ts-check
// leakguard/pprof: a handler of HTTP requests that answers with the newest profile, as collectors scrape it, and one that
// pushes. Knows requests; a request never takes a profile.
'use strict'

const { readOptions } = require('../base/options.js')
const { guardOf, takeEvery } = require('./profiles.js')
const { pushProfiles } = require('./pprof-push.js')

const RULES = Object.freeze({
  guard: { type: /** @type {const} */ ('any'), default: undefined },
  everyMs: { type: /** @type {const} */ ('number'), min: 0, max: 86_400_000, default: 600_000 }
})
/** After so many seconds a collector is to ask again, where there is nothing yet. */
const RETRY_S = 60

/** See pprof.d.ts. @param {any} [options] */
function pprofHandler(options) {
  const { guard: wanted, everyMs } = readOptions('pprofHandler', RULES, options)
  const guard = guardOf('pprofHandler', wanted)
  const abort = new AbortController()
  const stop = everyMs > 0 ? takeEvery(guard, everyMs, abort.signal) : () => {}
  const handler = (/** @type {any} */ request, /** @type {any} */ response) => answer(guard, request, response)
  handler.stop = () => {
    stop()
    abort.abort()
  }
  return handler
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

module.exports = { pprofHandler, pushProfiles }

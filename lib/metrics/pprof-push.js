// @ts-check
// Sends profiles to Pyroscope and Parca, as each takes them. Knows their endpoints, not what is in a profile. What fails loses
// that profile and nothing else.
'use strict'

const http = require('node:http')
const https = require('node:https')
const { messageOf } = require('../base/entry.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { service } = require('../base/service.js')
const { guardOf, takeEvery } = require('./profiles.js')

const RULES = Object.freeze({
  to: { type: /** @type {const} */ ('string'), default: undefined },
  kind: { type: /** @type {const} */ ('enum'), values: ['pyroscope', 'parca'], default: 'pyroscope' },
  everyMs: { type: /** @type {const} */ ('number'), min: 1000, max: 86_400_000, default: 600_000 },
  headers: { type: /** @type {const} */ ('any'), default: Object.freeze({}) },
  guard: { type: /** @type {const} */ ('any'), default: undefined }
})
/** A receiver has so long to answer, in milliseconds. */
const PATIENCE_MS = 10_000
/** What a series of memory profiles is called. */
const NAME = 'memory'

/** @typedef {{ name: string, value: string }} Label */

/** @type {Record<string, { path: string, body: (labels: Label[], rawProfile: string) => unknown }>} */
const KINDS = {
  pyroscope: {
    path: 'push.v1.PusherService/Push',
    body: (labels, rawProfile) => ({ series: [{ labels, samples: [{ rawProfile }] }] })
  },
  parca: {
    path: 'profiles/writeraw',
    body: (labels, rawProfile) => ({ series: [{ labels: { labels }, samples: [{ rawProfile }] }] })
  }
}

/** @returns {Label[]} */
function labelsOf() {
  const { name, version, pod } = service()
  const all = { __name__: NAME, service_name: name ?? 'node', service_version: version, pod }
  return Object.entries(all).flatMap(([label, value]) => (value === undefined ? [] : [{ name: label, value }]))
}

/** The endpoint. @param {unknown} to @param {string} kind */
function endpointOf(to, kind) {
  const where = "pushProfiles: option 'to' must be an http or https address, such as 'http://pyroscope:4040'"
  if (typeof to !== 'string') throw invalidArg(`${where}, not ${given(to)}`)
  try {
    const base = new URL(to.endsWith('/') ? to : `${to}/`)
    if (/^https?:$/.test(base.protocol)) return new URL(KINDS[kind].path, base)
  } catch {
    // told below, without the address: a password may be in it
  }
  throw invalidArg(where)
}

/** @param {any} headers */
function checkHeaders(headers) {
  const isPlain = typeof headers === 'object' && headers !== null && !Array.isArray(headers)
  if (!isPlain || Object.values(headers).some((value) => typeof value !== 'string'))
    throw invalidArg(`pushProfiles: option 'headers' must be an object of strings, not ${given(headers)}`)
  for (const [name, value] of Object.entries(headers)) {
    try {
      http.validateHeaderName(name)
      http.validateHeaderValue(name, value)
    } catch {
      throw invalidArg(`pushProfiles: option 'headers' has a header that HTTP does not allow`)
    }
  }
}

/** Posts it; keeps no process alive. @param {URL} url @param {Record<string, string>} headers @param {string} text @param {AbortSignal} signal @returns {Promise<void>} */
function post(url, headers, text, signal) {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const sent = request(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: { 'content-type': 'application/json', ...headers, 'content-length': Buffer.byteLength(text) }
    })
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
    timer.unref()
    sent.on('socket', (socket) => socket.unref())
    sent.on('close', () => clearTimeout(timer))
    sent.on('error', reject)
    sent.on('response', (response) => {
      response.resume()
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0 } = response
        if (statusCode >= 200 && statusCode < 300) resolve()
        else reject(new Error(`it answers ${statusCode}`))
      })
    })
    sent.end(text)
  })
}

/** See pprof.d.ts. @param {any} options */
function pushProfiles(options) {
  const { to, kind, everyMs, headers, guard: wanted } = readOptions('pushProfiles', RULES, options)
  const url = endpointOf(to, kind)
  checkHeaders(headers)
  const guard = guardOf('pushProfiles', wanted)
  const abort = new AbortController()
  /** @type {{ pushed: number, failed: number, lastError?: string }} */
  const counts = { pushed: 0, failed: 0 }
  const push = async () => {
    const raw = Buffer.from(guard.lastProfile.bytes).toString('base64')
    try {
      await post(url, headers, JSON.stringify(KINDS[kind].body(labelsOf(), raw)), abort.signal)
      counts.pushed++
    } catch (error) {
      if (abort.signal.aborted) return
      counts.failed++
      counts.lastError = messageOf(error)
    }
  }
  const end = takeEvery(guard, everyMs, abort.signal, push)
  const stop = () => {
    end()
    abort.abort()
  }
  return { stop, stats: () => ({ ...counts }) }
}

module.exports = { pushProfiles }

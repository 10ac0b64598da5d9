// @ts-check
// HTTP requests to one local server, counted: over kept connections, or each over a fresh one.
// Knows no path of that server. A failed request is noted, never thrown, for load goes on.

'use strict'

const http = require('node:http')

const timeoutMs = 10_000
const keptSocketsMax = 16

/**
 * @typedef {object} Call
 * @property {string} [method]
 * @property {string} [token]
 * @property {unknown} [json] body, sent as JSON
 * @property {Buffer} [bytes] body, sent as it is
 * @property {boolean} [fresh] over a connection of its own
 * @property {boolean} [leave] go as soon as the first bytes of the answer are there
 */
/** @typedef {ReturnType<typeof createClient>} Client */

/** @param {number} port */
function createClient(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: keptSocketsMax })
  const target = { host: '127.0.0.1', port }
  const client = {
    requests: 0,
    /** @type {string[]} */
    failures: [],
    /**
     * The body of the answer; undefined when it is not of that status.
     * @param {number} expected status
     * @param {string} path
     * @param {Call} [call]
     */
    async call(expected, path, call = {}) {
      client.requests += 1
      try {
        const { status, body } = await request({ ...target, path, agent: call.fresh ? false : agent }, call)
        if (status === expected) return body
        client.failures.push(`${path}: status ${status} instead of ${expected}`)
      } catch (error) {
        client.failures.push(`${path}: ${/** @type {Error} */ (error).message}`)
      }
    },
    /** Closes the connections that are kept; the next call opens new ones. */
    close: () => agent.destroy()
  }
  return client
}

/**
 * @param {import('node:http').RequestOptions} target
 * @param {Call} call
 * @returns {Promise<{ status: number | undefined, body: string }>}
 */
function request(target, { method, token, json, bytes, leave }) {
  const content = json === undefined ? bytes : Buffer.from(JSON.stringify(json))
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(content && { 'content-length': content.length })
  }
  return new Promise((resolve, reject) => {
    const req = http.request({ ...target, headers, method: method ?? (content ? 'POST' : 'GET'), timeout: timeoutMs })
    req.on('timeout', () => req.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)))
    req.on('error', reject)
    req.on('response', (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (text) => {
        body += text
        if (leave) req.destroy()
      })
      // Also what 'leave' ends in.
      res.on('close', () => resolve({ status: res.statusCode, body }))
      res.on('error', (error) => (leave ? undefined : reject(error)))
    })
    req.end(content)
  })
}

module.exports = { createClient }

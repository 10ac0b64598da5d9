// @ts-check
// Reading requests and writing responses. Knows nothing of parcels.

'use strict'

/**
 * @typedef {object} Context What a handler gets.
 * @property {import('node:http').IncomingMessage} req
 * @property {import('node:http').ServerResponse} res
 * @property {string[]} params what the route's pattern captured
 * @property {URLSearchParams} query
 * @property {import('./sessions.js').Session | undefined} session of routes that require one
 */

const jsonBytesMax = 4096

class HttpError extends Error {
  /** @param {number} status @param {string} message @param {Record<string, string>} [headers] */
  constructor(status, message, headers = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** The body was not read to its end, so the connection cannot carry another request. */
function tooLarge() {
  return new HttpError(413, 'Body too large', { connection: 'close' })
}

/**
 * @param {import('node:http').ServerResponse} res
 * @param {number} status
 * @param {unknown} value
 * @param {Record<string, string>} [headers]
 */
function sendJson(res, status, value, headers = {}) {
  const body = JSON.stringify(value)
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers
  })
  res.end(body)
}

/** @param {import('node:http').IncomingMessage} req */
async function readJson(req) {
  const chunks = []
  let bytes = 0
  for await (const chunk of limited(req, jsonBytesMax)) {
    chunks.push(chunk)
    bytes += chunk.length
  }
  try {
    return JSON.parse(Buffer.concat(chunks, bytes).toString())
  } catch {
    throw new HttpError(400, 'The body must be JSON')
  }
}

/**
 * The body's chunks. Throws a 413 beyond `bytesMax`, at once where the length is announced.
 * @param {import('node:http').IncomingMessage} req
 * @param {number} bytesMax
 * @returns {AsyncGenerator<Buffer>}
 */
async function* limited(req, bytesMax) {
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) throw tooLarge()
  let bytes = 0
  // The request must outlive the loop: its socket carries the answer.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge()
    yield chunk
  }
}

module.exports = { HttpError, limited, readJson, sendJson }

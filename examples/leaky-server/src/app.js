// @ts-check
// Routes: which request goes to which function, and which error becomes which status. No state.

'use strict'

const { showParcel, scanParcel } = require('./parcels.js')
const { streamScans } = require('./poller.js')
const { showFlag, changeFlag } = require('./flags.js')
const { acceptPhoto, sendPhoto } = require('./uploads.js')
const { login } = require('./login.js')
const { logRequest } = require('./request-log.js')
const { requireSession } = require('./sessions.js')
const { HttpError, sendJson } = require('./http.js')

/** @typedef {(context: import('./http.js').Context) => unknown} Handler */

/** @type {[method: string, path: RegExp, handler: Handler][]} */
const routes = [
  ['GET', /^\/health$/, ({ res }) => sendJson(res, 200, { ok: true })],
  ['POST', /^\/login$/, login],
  ['GET', /^\/parcels\/(\d+)$/, withSession(showParcel)],
  ['POST', /^\/parcels\/(\d+)\/scans$/, withSession(scanParcel)],
  ['GET', /^\/scans\/live$/, streamScans],
  ['GET', /^\/flags\/([\w-]+)$/, showFlag],
  ['PUT', /^\/flags\/([\w-]+)$/, withSession(changeFlag)],
  ['POST', /^\/photos$/, withSession(acceptPhoto)],
  ['GET', /^\/photos\/([\w-]+)$/, withSession(sendPhoto)]
]

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
async function handle(req, res) {
  logRequest(req, res)
  try {
    const [path, query] = (req.url ?? '/').split('?', 2)
    const { handler, params } = findRoute(req.method, path)
    await handler({ req, res, params, query: new URLSearchParams(query), session: undefined })
  } catch (error) {
    sendError(res, error)
  }
}

/** @param {string | undefined} method @param {string} path */
function findRoute(method, path) {
  const matching = routes.filter(([, pattern]) => pattern.test(path))
  if (matching.length === 0) throw new HttpError(404, 'No such page')
  const route = matching.find(([allowed]) => allowed === method)
  if (!route) throw new HttpError(405, 'Method not allowed', { allow: matching.map(([allowed]) => allowed).join(', ') })
  const [, pattern, handler] = route
  return { handler, params: /** @type {RegExpExecArray} */ (pattern.exec(path)).slice(1) }
}

/** @param {Handler} handler @returns {Handler} */
function withSession(handler) {
  return (context) => handler({ ...context, session: requireSession(context.req) })
}

/** @param {import('node:http').ServerResponse} res @param {any} error */
function sendError(res, error) {
  if (res.headersSent || res.destroyed) return res.destroy()
  if (error instanceof HttpError) return sendJson(res, error.status, { error: error.message }, error.headers)
  if (error.name === 'AbortError') return sendJson(res, 503, { error: error.message }, { 'retry-after': '5' })
  console.error(error)
  sendJson(res, 500, { error: 'Internal error' })
}

module.exports = { handle }

// @ts-check
// leakguard/express: the report of the running guard at a path of Express 4 and 5, Connect, and what calls handlers as
// these do. Knows where a handler stands, not what it answers.
'use strict'

const { Leaks } = require('./leaks.js')

/** Where the report is if the handler stands at no path of its own. */
const PATH = '/internal/leaks'

/** What is asked for; undefined for what is not ours. @param {any} request @returns {import('./leaks.js').Work | undefined} */
function workOf({ baseUrl, route, url }) {
  const path = String(url).split('?', 1)[0].replace(/\/+$/, '')
  // A route of its own: `app.get('/leaks', leaks())`.
  if (route) return path.endsWith('/explain') ? 'explain' : ''
  const below = path.startsWith(PATH) ? path.slice(PATH.length) : baseUrl ? path : undefined
  if (below === '') return ''
  return below === '/explain' ? 'explain' : undefined
}

/** See express.d.ts. @param {unknown} [options] */
function leaks(options) {
  const served = new Leaks('leaks', options)
  return function leakguardReport(
    /** @type {any} */ request,
    /** @type {any} */ response,
    /** @type {(error?: unknown) => void} */ next
  ) {
    const work = workOf(request)
    if (work === undefined) return next()
    const isProxied = Boolean(request.app?.get?.('trust proxy'))
    served.answer(request, response, work, isProxied).then(({ status, headers, body }) => {
      if (response.headersSent || response.destroyed) return
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body)
    }, next)
  }
}

module.exports = { leaks }

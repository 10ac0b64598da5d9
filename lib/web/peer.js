// @ts-check
// Who may read the reports of a running program: who has the token; without one, processes of this machine that ask
// directly. In doubt nobody. Knows requests of Node's servers, not what is served.
'use strict'

const { createHash, timingSafeEqual } = require('node:crypto')

/** Headers that a proxy adds: the peer is the proxy then, and not who asks. */
const OF_PROXIES =
  /^(?:forwarded|via|x-forwarded-.*|x-original-.*|x-real-ip|x-client-ip|x-cluster-client-ip|x-envoy-.*|true-client-ip|[a-z]+-(?:connecting|client)-ip)$/
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i
/** A page that a browser shows from elsewhere may send requests to this machine under a name of its own. */
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i
const FROM_ELSEWHERE = /^(?:cross-site|same-site)$/

/** @typedef {import('node:http').IncomingMessage} Request */
/** Why not, and the status that says so. @typedef {{ status: 401 | 403, why: string }} Refusal */

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest()

/** The same time for any two texts: digests have one length. @param {string} one @param {string} other */
const isSame = (one, other) => timingSafeEqual(digest(one), digest(other))

/** @param {Request} request @param {string} token */
function hasToken({ headers }, token) {
  const [, given] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  return given !== undefined && isSame(given, token)
}

/** Why the peer is not known to be a process of this machine; undefined where it is. @param {Request} request @param {boolean} isProxied whether the server trusts a proxy */
function whyNotLocal({ headers, httpVersionMajor, httpVersionMinor, socket }, isProxied) {
  // A proxy on this machine that adds no header looks like a process of it.
  if (process.env.NODE_ENV === 'production') return 'in production a process of this machine may be a proxy'
  if (!LOOPBACK.test(socket?.remoteAddress ?? '')) return 'the request does not come from this machine'
  const name = Object.keys(headers).find((header) => OF_PROXIES.test(header))
  if (name) return `the header '${name}' shows a proxy, so who asks is not known`
  if (isProxied) return 'the server trusts a proxy, so who asks is not known'
  // Proxies ask in HTTP/1.0 that add no header.
  if (httpVersionMajor === 1 && httpVersionMinor === 0) return 'it is a request of HTTP/1.0, as a proxy sends it'
  const host = headers[':authority'] ?? headers.host
  if (!LOCAL_HOST.test(String(host ?? ''))) return 'the request was sent to another name than localhost'
  if (FROM_ELSEWHERE.test(String(headers['sec-fetch-site'] ?? ''))) return 'a page of another site has sent it'
}

/**
 * Why a request gets nothing; undefined where it may be answered.
 * @param {Request} request @param {string | undefined} token
 * @param {{ isProxied: boolean, needsToken: boolean }} how `needsToken`: to be on this machine is not enough
 * @returns {Refusal | undefined}
 */
function refusal(request, token, { isProxied, needsToken }) {
  if (token !== undefined) {
    if (hasToken(request, token)) return
    return { status: 401, why: "the header 'authorization: Bearer TOKEN' is missing or wrong" }
  }
  const why = needsToken ? 'it costs more than a look' : whyNotLocal(request, isProxied)
  return why ? { status: 403, why: `${why}: set the option 'token', and send it` } : undefined
}

module.exports = { refusal }

// @ts-check
// The report of the running guard as an answer to a request of HTTP: GET looks, POST …/explain compares heaps. Knows
// requests and answers of Node's own servers, no framework.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { runningGuard } = require('../guard/guard.js')
const { FORMS, TYPES, acceptedForm } = require('./accept.js')
const { refusal } = require('./peer.js')

const RULES = Object.freeze({
  token: { type: /** @type {const} */ ('string'), default: undefined },
  guard: { type: /** @type {const} */ ('any'), default: undefined }
})
const HEADERS = Object.freeze({
  'cache-control': 'no-store',
  vary: 'accept, authorization',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer'
})
/** What errors of ours mean to who asks; all others are this server's. @type {Record<string, number>} */
const STATUSES = {
  ERR_LEAKGUARD_INVALID_ARG: 400,
  ERR_LEAKGUARD_UNKNOWN_OPTION: 400,
  ERR_LEAKGUARD_BUSY: 409,
  ERR_LEAKGUARD_MEMORY: 503,
  ERR_LEAKGUARD_NOT_RUNNING: 503
}
const NO_GUARD =
  'no guard runs in this process: call start() of leakguard, or run node with --import leakguard/register'

/** @typedef {import('./accept.js').Form} Form */
/** @typedef {{ status: number, headers: Record<string, string>, body: string }} Answer */
/** What is asked for below the place where reports are served: the report, or an explanation. @typedef {'' | 'explain'} Work */

class Leaks {
  /** @param {string} where @param {unknown} options */
  constructor(where, options) {
    const { token, guard } = readOptions(where, RULES, options)
    if (guard !== undefined && typeof guard?.check !== 'function')
      throw invalidArg(`${where}: option 'guard' must be a guard, as start() gives it, not ${given(guard)}`)
    if (token !== undefined && /\s/.test(token))
      throw invalidArg(`${where}: option 'token' must have no white space: a header has to carry it`)
    this.token = token
    this.guard = guard
  }

  /**
   * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response whose end ends an explanation
   * @param {Work} work @param {boolean} isProxied @returns {Promise<Answer>}
   */
  async answer(request, response, work, isProxied) {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    const wanted = query.get('format')
    const form = wanted === null ? acceptedForm(request.headers.accept) : FORMS.find((name) => name === wanted)
    const isExplained = work === 'explain'
    const refused = refusal(request, this.token, { isProxied, needsToken: isExplained })
    const said = (
      /** @type {number} */ status,
      /** @type {string} */ why,
      /** @type {Record<string, string>} */ more
    ) => toldAs(form ?? 'text', status, why, more)
    if (refused) {
      /** @type {Record<string, string>} */
      const asks = refused.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
      return said(refused.status, refused.why, asks)
    }
    const allow = isExplained ? 'POST' : 'GET, HEAD'
    if (!allow.split(', ').includes(request.method ?? '')) return said(405, `only ${allow} is served here`, { allow })
    if (!form)
      return wanted === null
        ? said(406, `served are ${FORMS.map((name) => TYPES[name]).join(', ')}`, {})
        : said(400, `format must be ${FORMS.slice(0, -1).join(', ')} or ${FORMS.at(-1)}`, {})
    const guard = this.guard ?? runningGuard()
    if (!guard?.running) return said(503, NO_GUARD, {})
    try {
      const report = isExplained ? await explained(guard, query, response) : guard.check()
      // Code is for whoever has the token.
      return answerOf(form, 200, report.render(form, { source: this.token !== undefined && form !== 'json' }))
    } catch (error) {
      const { code, message } = /** @type {any} */ (error)
      return said(STATUSES[code] ?? 500, String(message), {})
    }
  }
}

/** Who has gone away waits for nothing. @param {any} guard @param {URLSearchParams} query @param {import('node:http').ServerResponse} response */
async function explained(guard, query, response) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  response.once('close', abort)
  const everyMs = query.get('everyMs')
  try {
    return await guard.explain({
      signal: controller.signal,
      ...(everyMs === null ? {} : { everyMs: everyMs === '' ? Number.NaN : Number(everyMs) })
    })
  } finally {
    response.off('close', abort)
  }
}

/** @param {Form} form @param {number} status @param {string} body @param {Record<string, string>} [more] @returns {Answer} */
function answerOf(form, status, body, more = {}) {
  const headers = { ...HEADERS, ...more, 'content-type': `${TYPES[form]}; charset=utf-8` }
  return { status, headers, body: body.endsWith('\n') ? body : `${body}\n` }
}

/** Why there is no report. @param {Form} form @param {number} status @param {string} why @param {Record<string, string>} more */
function toldAs(form, status, why, more) {
  if (form === 'json') return answerOf('json', status, JSON.stringify({ error: why }), more)
  return answerOf('text', status, `leakguard: ${why}`, more)
}

module.exports = { Leaks }

// @ts-check
// leakguard/fastify: a plugin for Fastify 5 that serves the report of the running guard. Knows routes, not what they
// answer.
'use strict'

const { Leaks } = require('./leaks.js')

/** Where the report is, unless the plugin is registered with a prefix of its own. */
const PATH = '/internal/leaks'

/** See fastify.d.ts. @param {any} fastify @param {any} [options] */
async function leaks(fastify, { prefix, logLevel: _, logSerializers: __, ...options } = {}) {
  const served = new Leaks('leaks', options)
  const handler =
    (/** @type {import('./leaks.js').Work} */ work) => async (/** @type {any} */ request, /** @type {any} */ reply) => {
      // There are some where a proxy is trusted.
      const isProxied = request.ips !== undefined
      const { status, headers, body } = await served.answer(request.raw, reply.raw, work, isProxied)
      return reply.code(status).headers(headers).send(body)
    }
  const path = prefix === undefined ? PATH : ''
  const method = ['GET', 'POST']
  fastify.route({ method, url: path || '/', handler: handler('') })
  fastify.route({ method, url: `${path}/explain`, handler: handler('explain') })
}

module.exports = { leaks }

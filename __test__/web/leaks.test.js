'use strict'
// @ts-check
// The report of a running guard, served by the real frameworks: who may read it, in which form, and what costs more.

const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const { after, before, describe, test } = require('node:test')
const { start } = require('leakguard')
const express = require('leakguard/express')
const fastify = require('leakguard/fastify')

const TOKEN = 'correct-horse-battery-staple'
const PATH = '/internal/leaks'

/** @typedef {{ port: number, close: () => Promise<unknown> }} Served */
/** @typedef {{ trust?: boolean, at?: string, token?: string, guard?: any }} How */

/** @param {any} app @returns {Promise<Served>} */
const listening = (app) =>
  new Promise((resolve) => {
    const server = http.createServer(app)
    const close = () => new Promise((done) => server.close(done))
    server.listen(0, '127.0.0.1', () => resolve({ port: /** @type {any} */ (server.address()).port, close }))
  })

/** @param {any} framework @returns {(how: How) => Promise<Served>} */
const byExpress =
  (framework) =>
  ({ trust, at = PATH, ...options }) => {
    const app = framework()
    if (trust) app.set('trust proxy', true)
    if (at) app.use(at, express.leaks(options))
    else app.use(express.leaks(options))
    app.get('/', (/** @type {any} */ _request, /** @type {any} */ response) => response.send('home'))
    return listening(app)
  }

/** @param {How} how @returns {Promise<Served>} */
async function byFastify({ trust, at = PATH, ...options }) {
  const app = require('fastify')({ trustProxy: trust === true })
  app.register(fastify.leaks, at ? { ...options, prefix: at } : options)
  app.get('/', async () => 'home')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: /** @type {any} */ (app.server.address()).port, close: () => app.close() }
}

/**
 * @param {Served} served @param {string} [path] @param {{ method?: string, headers?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, headers: http.IncomingHttpHeaders, body: string }>}
 */
const ask = ({ port }, path = PATH, { method = 'GET', headers = {} } = {}) =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path, method, headers, agent: false }
    const request = http.request(options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text) => {
        body += text
      })
      response.on('end', () => resolve({ status: Number(response.statusCode), headers: response.headers, body }))
    })
    request.on('error', reject).end()
  })

/** @param {Served} served @param {string} text */
const askPlainly = ({ port }, text) =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (bytes) => {
      answer += bytes
    })
    socket.on('error', reject).on('close', () => resolve(answer))
  })

const bearer = (token = TOKEN) => ({ authorization: `Bearer ${token}` })

/** @type {[string, (how: How) => Promise<Served>][]} */
const FRAMEWORKS = [
  ['Express 5', byExpress(require('express'))],
  ['Express 4', byExpress(require('express-4'))],
  ['Fastify 5', byFastify]
]

for (const [name, serve] of FRAMEWORKS) {
  describe(`${name} with leakguard's report`, () => {
    /** @type {ReturnType<typeof start>} */
    let guard
    before(() => {
      guard = start()
    })
    after(() => guard.stop())

    /** @param {How} how @param {(served: Served) => Promise<void>} work */
    async function within(how, work) {
      const served = await serve(how)
      try {
        await work(served)
      } finally {
        await served.close()
      }
    }

    test('answers a process of this machine as text, JSON or HTML', () =>
      within({}, async (served) => {
        const text = await ask(served)
        assert.equal(text.status, 200)
        assert.match(text.body, /^leakguard: (?:clean|undecided|leaking)/)
        assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
        assert.equal(text.headers['cache-control'], 'no-store')
        const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
        for (const [path, accept, starts] of /** @type {const} */ ([
          [PATH, browser, '<!doctype html>'],
          [PATH, 'application/json', '{'],
          [PATH, 'application/json;q=0.1, text/plain', 'leakguard:'],
          [PATH, 'text/html;q=0, */*', 'leakguard:'],
          [`${PATH}?format=json`, browser, '{'],
          [`${PATH}?format=html`, 'text/plain', '<!doctype html>'],
          [`${PATH}/`, '*/*', 'leakguard:']
        ])) {
          const { status, body } = await ask(served, path, { headers: { accept } })
          assert.equal(status, 200, accept)
          assert.ok(body.startsWith(starts), `${accept}: ${body.slice(0, 40)}`)
        }
        assert.equal(JSON.parse((await ask(served, `${PATH}?format=json`)).body).schemaVersion, 2)
        assert.deepEqual(
          [(await ask(served, PATH, { method: 'HEAD' })).body, (await ask(served, '/')).body],
          ['', 'home']
        )
      }))

    test('says what it does not serve', () =>
      within({}, async (served) => {
        const wrong = await ask(served, `${PATH}?format=pdf`)
        assert.equal(wrong.status, 400)
        assert.match(wrong.body, /format must be text, json or html/)
        assert.equal((await ask(served, PATH, { headers: { accept: 'image/png' } })).status, 406)
        const posted = await ask(served, PATH, { method: 'POST' })
        assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD'])
        assert.equal((await ask(served, `${PATH}/other`)).status, 404)
      }))

    test('refuses in doubt where there is no token', () =>
      within({}, async (served) => {
        for (const headers of /** @type {Record<string, string>[]} */ ([
          { 'x-forwarded-for': '127.0.0.1' },
          { 'X-Forwarded-Host': 'example.com' },
          { forwarded: 'for=127.0.0.1' },
          { via: '1.1 proxy' },
          { 'x-real-ip': '127.0.0.1' },
          { 'cf-connecting-ip': '1.2.3.4' },
          { host: 'rebound.example' },
          { 'sec-fetch-site': 'cross-site' }
        ])) {
          const { status, body } = await ask(served, PATH, { headers })
          assert.equal(status, 403, JSON.stringify(headers))
          assert.match(body, /set the option 'token'/)
        }
        const old = await askPlainly(served, `GET ${PATH} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
        assert.match(String(old), /^HTTP\/1\.1 403/)
      }))

    test('refuses without a token in production', () =>
      within({}, async (served) => {
        const { NODE_ENV } = process.env
        process.env.NODE_ENV = 'production'
        try {
          const { status, body } = await ask(served)
          assert.deepEqual([status, /may be a proxy: set the option 'token'/.test(body)], [403, true])
        } finally {
          if (NODE_ENV === undefined) delete process.env.NODE_ENV
          else process.env.NODE_ENV = NODE_ENV
        }
        assert.equal((await ask(served)).status, 200)
      }))

    test('refuses where the server trusts a proxy', () =>
      within({ trust: true }, async (served) => assert.equal((await ask(served)).status, 403)))

    test('with a token answers who has it, and nobody else', () =>
      within({ token: TOKEN }, async (served) => {
        for (const headers of [{}, bearer('another'), bearer(`${TOKEN}x`), { authorization: `Basic ${TOKEN}` }]) {
          const { status, headers: said } = await ask(served, PATH, { headers })
          assert.deepEqual([status, said['www-authenticate']], [401, 'Bearer'])
        }
        const through = { ...bearer(), 'x-forwarded-for': '1.2.3.4', host: 'example.com' }
        assert.equal((await ask(served, PATH, { headers: through })).status, 200)
      }))

    test('explains with the token alone', async () => {
      await within({}, async (served) => {
        const { status, body } = await ask(served, `${PATH}/explain`, { method: 'POST' })
        assert.equal(status, 403)
        assert.match(body, /it costs more than a look: set the option 'token'/)
      })
      await within({ token: TOKEN }, async (served) => {
        const explain = (/** @type {string} */ query, method = 'POST') =>
          ask(served, `${PATH}/explain?format=json${query}`, { method, headers: bearer() })
        assert.equal((await explain('', 'GET')).status, 405)
        assert.equal((await explain('&everyMs=1')).status, 400)
        const [first, second] = await Promise.all([explain('&everyMs=50'), explain('&everyMs=50')])
        assert.deepEqual([first.status, second.status].sort(), [200, 409])
        const { examined } = JSON.parse((first.status === 200 ? first : second).body)
        assert.ok(examined.some((/** @type {any} */ { text }) => text.includes('3 heap graphs')))
      })
    })

    test('says that no guard runs', () =>
      within({}, async (served) => {
        guard.stop()
        const { status, body } = await ask(served)
        assert.equal(status, 503)
        assert.match(body, /no guard runs in this process: .*leakguard\/register/)
        assert.match(JSON.parse((await ask(served, `${PATH}?format=json`)).body).error, /no guard runs/)
        guard = start()
        assert.equal((await ask(served)).status, 200)
      }))

    test('is at /internal/leaks where it is mounted at no path, and leaves the rest alone', () =>
      within({ at: '' }, async (served) => {
        assert.equal((await ask(served)).status, 200)
        assert.equal((await ask(served, '/')).body, 'home')
        assert.equal((await ask(served, `${PATH}er`)).status, 404)
      }))
  })
}

test('a handler may be a route of its own', async () => {
  const app = require('express')()
  app.get('/leaks', express.leaks())
  const served = await listening(app)
  const { status } = await ask(served, '/leaks')
  await served.close()
  assert.equal(status, 503)
})

test('options are checked', async () => {
  assert.throws(() => express.leaks({ token: '' }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  assert.throws(() => express.leaks({ token: 'two words' }), /no white space/)
  assert.throws(() => express.leaks(/** @type {any} */ ({ tokn: 'x' })), /did you mean 'token'/)
  assert.throws(() => express.leaks(/** @type {any} */ ({ guard: {} })), /must be a guard/)
  await assert.rejects(async () => byFastify({ token: '' }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
})

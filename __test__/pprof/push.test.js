// @ts-check
// Profiles that are pushed: what a receiver gets, byte by byte, and receivers that are slow, refuse or are not there.
'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { afterEach, describe, test } = require('node:test')
const { start } = require('../..')
const { pushProfiles } = require('leakguard/pprof')
const { runNode, tempFolder } = require('../support/child.js')
const { until } = require('../support/leaks.js')
const { readOfficial } = require('../support/pprof/official.js')

afterEach(() => start().stop())

/** @typedef {{ url?: string, method?: string, headers: http.IncomingHttpHeaders, body: any }} Got */

/** A receiver that keeps what it gets. @param {import('node:test').TestContext} t @param {(response: http.ServerResponse) => void} answer */
async function receiver(t, answer) {
  /** @type {Got[]} */
  const got = []
  const server = http.createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    const { url, method, headers } = request
    got.push({ url, method, headers, body: JSON.parse(Buffer.concat(parts).toString()) })
    answer(response)
  })
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { got, to: `http://127.0.0.1:${port}` }
}

/** @param {import('node:test').TestContext} t @param {import('leakguard/pprof').PushOptions} options */
function pushing(t, options) {
  const push = pushProfiles({ everyMs: 1000, guard: start(), ...options })
  t.after(() => push.stop())
  return push
}

describe('pushProfiles', () => {
  for (const [kind, url, labelsIn] of /** @type {['pyroscope' | 'parca', string, (series: any) => any[]][]} */ ([
    ['pyroscope', '/push.v1.PusherService/Push', (series) => series.labels],
    ['parca', '/base/profiles/writeraw', (series) => series.labels.labels]
  ])) {
    test(`sends what ${kind} takes`, async (t) => {
      const { got, to } = await receiver(t, (response) => response.end('{}'))
      const at = kind === 'parca' ? `${to}/base` : to
      const push = pushing(t, { to: at, kind, headers: { authorization: 'Bearer token' } })
      await until(() => push.stats().pushed > 0)
      push.stop()
      const [{ method, headers, body, ...first }] = got
      assert.deepEqual([method, first.url, headers['content-type']], ['POST', url, 'application/json'])
      assert.equal(headers.authorization, 'Bearer token')
      assert.equal(body.series.length, 1)
      const labels = Object.fromEntries(labelsIn(body.series[0]).map(({ name, value }) => [name, value]))
      assert.equal(labels.__name__, 'memory')
      assert.equal(labels.service_name, 'leakguard')
      assert.ok(labels.pod)
      const [{ rawProfile }] = body.series[0].samples
      const read = readOfficial(Buffer.from(rawProfile, 'base64'))
      assert.ok(read.types.some((/** @type {any} */ { type }) => type === 'leak_objects'))
      assert.deepEqual(push.stats(), { pushed: push.stats().pushed, failed: 0 })
    })
  }

  test('counts what a receiver refuses, and goes on', async (t) => {
    let status = 503
    const { to } = await receiver(t, (response) => response.writeHead(status).end())
    const push = pushing(t, { to })
    await until(() => push.stats().failed > 0)
    assert.equal(push.stats().lastError, 'it answers 503')
    status = 200
    await until(() => push.stats().pushed > 0)
  })

  test('counts one that is not there', async (t) => {
    const push = pushing(t, { to: 'http://127.0.0.1:1' })
    await until(() => push.stats().failed > 0)
    assert.match(push.stats().lastError ?? '', /ECONNREFUSED/)
  })

  test('keeps no process alive, not even while a receiver does not answer', async (t) => {
    const { got, to } = await receiver(t, () => {})
    const folder = tempFolder(t, {
      'app.js': `
        require('leakguard/pprof').pushProfiles({ to: ${JSON.stringify(to)}, everyMs: 1000 })
        setTimeout(() => {}, 4000)`
    })
    const { code, stderr } = await runNode(['app.js'], { cwd: folder, timeoutMs: 30_000 })
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(got.length <= 1)
  })

  test('refuses options that are wrong, without telling what may be a password', () => {
    const any = /** @type {any} */ (pushProfiles)
    for (const options of [
      {},
      { to: '' },
      { to: 'pyroscope:4040' },
      { to: 'ftp://x:planted@host' },
      { to: 'http://x', headers: { 'a b': 'x' } },
      { to: 'http://x', headers: [] },
      { to: 'http://x', kind: 'datadog' },
      { to: 'http://x', everyMs: 1 },
      { to: 'http://x', guard: {} }
    ])
      assert.throws(
        () => any(options),
        (/** @type {any} */ error) => error.code === 'ERR_LEAKGUARD_INVALID_ARG' && !error.message.includes('planted')
      )
    assert.throws(() => any({ to: 'http://x', url: 'y' }), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
  })
})

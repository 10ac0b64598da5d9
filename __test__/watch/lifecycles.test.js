'use strict'
// @ts-check
// Life cycles in a running program: requests that are kept are told with what holds them, and accused once they outlive
// thousands of later ones; what only looks like it is never more than possible.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { start } = require('leakguard')
const { collectGarbage } = require('../support/gc.js')

/** After so many a request that stays is accused. */
const LATER = 5000
const STEP = 400
const canFork = process.platform === 'linux' && !process.env.LEAKGUARD_NO_FORK

/** @param {http.RequestListener} answer */
async function service(answer) {
  const guard = start()
  const server = http.createServer(answer)
  server.listen(0)
  await once(server, 'listening')
  const port = /** @type {import('node:net').AddressInfo} */ (server.address()).port
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
  const ask = () =>
    new Promise((resolve) => {
      const request = http.get({ port, agent, path: '/items/42?token=secret' }, (response) => {
        response.resume()
        response.once('close', resolve)
      })
      request.once('error', resolve)
    })
  return {
    guard,
    /** Some requests, and a collection or two. @param {number} count */
    async load(count) {
      for (let sent = 0; sent < count; sent += STEP) {
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            for (let i = 0; i < STEP / 8; i++) await ask()
          })
        )
        await wait(120)
        await collectGarbage()
        await wait(120)
      }
    },
    /** @param {() => boolean} isTrue */
    async until(isTrue) {
      for (let i = 0; i < 300 && !isTrue(); i++) await wait(100)
    },
    lives: () =>
      guard.check().findings.filter(({ evidence }) => evidence.some((line) => line.includes('that ended more than'))),
    stop() {
      guard.stop()
      agent.destroy()
      server.closeAllConnections()
      server.close()
    }
  }
}

/** @param {any} report */
const words = ({ findings }) =>
  findings.map((/** @type {any} */ { confidence, message }) => `${confidence}: ${message}`).join('\n')

describe('requests', () => {
  test('that are kept are possible at once, with their holder, and accused after 5,000 later ones', async (t) => {
    /** @type {object[]} */
    const slow = []
    const { guard, load, until, lives, stop } = await service((request, response) => {
      Object.assign(request, { route: { path: '/items/:id' } })
      slow.push({ request })
      response.end('x')
    })
    t.after(stop)
    await load(STEP * 4)
    const [early] = lives()
    assert.equal(early?.confidence, 'possible', JSON.stringify([guard.stats().lifecycles, words(guard.check())]))
    if (canFork) {
      await until(() => lives()[0]?.culprit.name === 'slow')
      assert.equal(lives()[0].culprit.name, 'slow', words(guard.check()))
      assert.equal(lives()[0].culprit.file, __filename)
    }
    await load(LATER)
    await until(() => lives()[0]?.confidence !== 'possible')
    const [late] = lives()
    assert.equal(lives().length, 1, words(guard.check()))
    assert.equal(late.confidence, canFork ? late.confidence : 'possible')
    if (canFork) assert.match(late.confidence, /likely|certain/, words(guard.check()))
    if (canFork) assert.equal(late.fingerprint, lives()[0].fingerprint)
    const text = JSON.stringify(guard.check())
    assert.match(text, /GET \/items\/:id/)
    assert.doesNotMatch(text, /items\/42|token|secret/)
    const { lifecycles } = guard.stats()
    const requests = lifecycles.find(({ kind }) => kind === 'server request')
    assert.ok(requests && requests.begun >= slow.length - 2 && requests.retained >= 5, JSON.stringify(lifecycles))
    assert.ok(lifecycles.reduce((sum, { followed }) => sum + followed, 0) <= 64)
  })

  test('say the pattern of their route where only a framework has it', {
    skip: !canFork && 'no copy here'
  }, async (t) => {
    /** As Fastify and @koa/router lay theirs out. @type {object[]} */
    const held = []
    const { load, until, lives, stop } = await service((request, response) => {
      const isOdd = held.length % 2 === 1
      held.push(
        isOdd
          ? { req: request, res: response, _matchedRoute: '/users/:name' }
          : { raw: request, [Symbol('fastify.context')]: { config: { url: '/api'.concat('/things/:id') } } }
      )
      response.end('x')
    })
    t.after(stop)
    await load(STEP * 4)
    const said = () => JSON.stringify(lives())
    await until(() => said().includes('routes: '))
    assert.match(said(), /routes: [^"]*GET \/users\/:name \(\d+\)/)
    assert.match(said(), /routes: [^"]*GET \/api\/things\/:id \(\d+\)/)
    assert.doesNotMatch(said(), /items\/42|token|secret/)
  })

  /** @type {[string, () => http.RequestListener][]} */
  const healthy = [
    ['collected', () => (_, response) => void response.end('x')],
    [
      'kept in a ring of the last 200',
      () => {
        /** @type {object[]} */
        const ring = []
        return (request, response) => {
          ring.push({ request, response })
          if (ring.length > 200) ring.shift()
          response.end('x')
        }
      }
    ],
    [
      'kept in a ring of the last 10,000, which is filling',
      () => {
        /** @type {object[]} */
        const recent = []
        return (request, response) => {
          recent.push({ request, response })
          if (recent.length > 10_000) recent.shift()
          response.end('x')
        }
      }
    ],
    [
      'held by a timer of a minute that nobody waits for',
      () => (request, response) => {
        setTimeout(() => request.url, 60_000).unref()
        response.end('x')
      }
    ]
  ]
  for (const [what, make] of healthy)
    test(`that are ${what} are not accused`, async (t) => {
      const { guard, load, lives, stop } = await service(make())
      t.after(stop)
      await load(LATER + STEP * 2)
      await wait(1500)
      assert.ok(
        lives().every(({ confidence }) => confidence === 'possible'),
        words(guard.check())
      )
      if (/collected|200/.test(what)) assert.equal(lives().length, 0, words(guard.check()))
      const begun = guard.stats().lifecycles.find(({ kind }) => kind === 'server request')?.begun ?? 0
      assert.ok(begun > LATER, `${begun}`)
    })
})

test('those of a worker are told by the thread that is asked', async (t) => {
  const guard = start()
  const worker = new Worker(path.join(__dirname, '..', 'programs', 'watched', 'a-worker-that-serves.js'))
  t.after(async () => {
    await worker.terminate()
    guard.stop()
  })
  const told = () =>
    guard.check().findings.find(({ evidence }) => evidence.some((line) => /^held in worker \d+$/.test(line)))
  for (let i = 0; i < 600 && !told(); i++) await wait(100)
  assert.match(told()?.message ?? words(guard.check()), /followed server requests have ended and are still in memory/)
})

test('following takes no listener of the program and leaves none', async (t) => {
  const server = http.createServer((_, response) => response.end('x'))
  /** @type {string[][]} */
  const seen = []
  server.on('request', (request, response) => {
    const count = (/** @type {any} */ emitter) =>
      emitter.eventNames().map((/** @type {any} */ name) => `${String(name)}:${emitter.listenerCount(name)}`)
    seen.push([...count(request), ...count(response), ...count(request.socket)])
  })
  server.listen(0)
  t.after(() => server.close())
  await once(server, 'listening')
  const port = /** @type {import('node:net').AddressInfo} */ (server.address()).port
  const ask = async () => {
    const [response] = await once(http.get({ port, agent: false }), 'response')
    response.resume()
    await once(response, 'end')
  }
  await ask()
  const guard = start()
  await ask()
  guard.stop()
  await ask()
  assert.deepEqual(seen[1], seen[0])
  assert.deepEqual(seen[2], seen[0])
})

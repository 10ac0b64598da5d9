'use strict'
// @ts-check
// What Node's objects say of their ends: each kind of life is read as over when it is, and not before, on the Node that
// runs this, without a line of the program's code being run.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const channel = require('node:diagnostics_channel')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const { describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { isClosed, own } = require('../../lib/watch/own-data.js')
const { LIVES, routeOf } = require('../../lib/watch/over.js')

const isOver = (/** @type {string} */ kind, /** @type {any[]} */ ...parts) => LIVES[kind].isOver(...parts)

/** @param {http.RequestListener} answer @param {(port: number, seen: [any, any][]) => Promise<void>} visit */
async function served(answer, visit) {
  /** @type {[any, any][]} */
  const seen = []
  const server = http.createServer((request, response) => {
    seen.push([request, response])
    answer(request, response)
  })
  server.listen(0)
  await once(server, 'listening')
  try {
    await visit(/** @type {net.AddressInfo} */ (server.address()).port, seen)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** @param {number} port @param {http.RequestOptions} [options] */
function ask(port, options) {
  const request = http.request({ port, ...options })
  request.on('error', () => {})
  return request
}

describe('server requests', () => {
  test('one that is answered is over, and not while it is being answered', async () => {
    /** @type {boolean[]} */
    const during = []
    await served(
      (request, response) => {
        during.push(isOver('server request', request, response))
        response.write('a')
        during.push(isOver('server request', request, response))
        response.end('b')
      },
      async (port) => {
        const agent = new http.Agent({ keepAlive: true })
        const request = ask(port, { agent }).end()
        const [response] = await once(request, 'response')
        response.resume()
        await once(response, 'end')
        await wait(20)
        assert.deepEqual(during, [false, false])
        agent.destroy()
      }
    )
  })

  /** @type {[string, (request: any, response: any) => void, (request: http.ClientRequest) => void, boolean][]} */
  const ends = [
    ['kept alive', (_, response) => response.end('x'), (request) => request.end(), true],
    ['destroyed by the server', (_, response) => response.destroy(), (request) => request.end(), true],
    ['never answered', () => {}, (request) => request.end(), false],
    ['aborted by the client', () => {}, (request) => request.end(() => setTimeout(() => request.destroy(), 30)), true],
    [
      'answered before its upload has ended',
      (_, response) => response.end('early'),
      (request) => request.write('begin'),
      false
    ]
  ]
  for (const [what, answer, send, wanted] of ends)
    test(`one that is ${what} is ${wanted ? '' : 'not '}over`, async () => {
      await served(answer, async (port, seen) => {
        const agent = new http.Agent({ keepAlive: true })
        const request = ask(port, { agent, method: 'POST', headers: { 'transfer-encoding': 'chunked' } })
        request.on('response', (response) => response.resume())
        send(request)
        await wait(150)
        assert.equal(seen.length, 1)
        assert.equal(isOver('server request', ...seen[0]), wanted)
        assert.equal(isOver('server request', undefined, seen[0][1]), wanted || what.startsWith('answered'))
        request.destroy()
        agent.destroy()
        await wait(50)
        assert.ok(isOver('server request', ...seen[0]) || what === 'never answered')
      })
    })
})

test('client requests are over with the end of the response, and when they fail', async () => {
  await served(
    (request, response) => (request.url === '/slow' ? response.write('a') : response.end('x')),
    async (port) => {
      const agent = new http.Agent({ keepAlive: true })
      const good = ask(port, { agent }).end()
      assert.ok(!isOver('client request', good))
      const [response] = await once(good, 'response')
      response.resume()
      await once(response, 'end')
      await wait(20)
      assert.ok(isOver('client request', good))
      const slow = ask(port, { agent, path: '/slow' }).end()
      const [unended] = await once(slow, 'response')
      unended.resume()
      await wait(30)
      assert.ok(!isOver('client request', slow))
      slow.destroy()
      await wait(30)
      assert.ok(isOver('client request', slow))
      agent.destroy()
    }
  )
  const refused = ask(1).end()
  await new Promise((resolve) => refused.once('close', resolve))
  assert.ok(isOver('client request', refused))
})

test('sockets are over when they are closed, on both sides', async () => {
  const server = net.createServer().listen(0)
  await once(server, 'listening')
  const client = net.connect(/** @type {net.AddressInfo} */ (server.address()).port)
  assert.equal(isOver('client socket', client), false)
  const [socket] = await once(server, 'connection')
  assert.equal(isOver('server socket', socket), false)
  client.destroy()
  socket.resume()
  await once(socket, 'close')
  assert.equal(isOver('server socket', socket), true)
  assert.equal(isOver('client socket', client), true)
  server.close()
})

test('processes and workers are over when they have ended, and when they could not begin', async () => {
  const child = spawn(process.execPath, ['-e', '0'])
  assert.equal(isOver('child process', child), false)
  await once(child, 'exit')
  assert.equal(isOver('child process', child), true)
  const killed = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e6)'])
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  assert.equal(isOver('child process', killed), true)
  const failed = spawn('/nowhere/at/all')
  await once(failed, 'error')
  assert.equal(isOver('child process', failed), true)
  const worker = new Worker('0', { eval: true })
  assert.equal(isOver('worker', worker), false)
  await once(worker, 'exit')
  assert.equal(isOver('worker', worker), true)
})

test('streams of HTTP/2 are over when they are closed, where Node tells of them', async (t) => {
  /** @type {any[]} */
  const streams = []
  const heard = (/** @type {any} */ { stream }) => streams.push(stream)
  channel.subscribe('http2.server.stream.created', heard)
  t.after(() => channel.unsubscribe('http2.server.stream.created', heard))
  const server = http2.createServer((request, response) => {
    if (request.url === '/slow') response.write('a')
    else response.end('x')
  })
  server.listen(0)
  await once(server, 'listening')
  const session = http2.connect(`http://localhost:${/** @type {net.AddressInfo} */ (server.address()).port}`)
  const stream = session.request({ ':path': '/' })
  stream.resume()
  await once(stream, 'close')
  const slow = session.request({ ':path': '/slow' })
  slow.resume()
  await once(slow, 'response')
  await wait(30)
  assert.equal(isOver('client stream', stream), true)
  assert.equal(isOver('client stream', slow), false)
  if (Number(process.versions.node.split('.')[0]) < 22) assert.equal(streams.length, 0)
  else
    assert.deepEqual(
      streams.map((one) => isOver('server stream', one)),
      [true, false]
    )
  session.destroy()
  server.close()
})

test('no getter and no trap of the program is run', () => {
  const loud = () => {
    throw new Error('code of the program')
  }
  const getters = Object.defineProperties(
    {},
    Object.fromEntries(
      ['_closed', 'destroyed', 'complete', 'socket', '_readableState', 'res', 'exitCode', 'route'].map((key) => [
        key,
        { get: loud }
      ])
    )
  )
  const proxy = new Proxy({}, { getOwnPropertyDescriptor: loud, get: loud, ownKeys: loud })
  for (const strange of [getters, proxy, { socket: proxy, route: proxy, res: getters }, Object.create(null)])
    for (const [kind, { isOver: over }] of Object.entries(LIVES)) {
      assert.equal(over(strange, strange), false, kind)
      assert.equal(routeOf(strange), undefined)
    }
  assert.equal(own({ complete: true }, 'complete'), true)
  assert.equal(isClosed({}), undefined)
})

test('a route is told as its pattern', () => {
  assert.equal(routeOf({ method: 'GET', url: '/users/42?token=1', route: { path: '/users/:id' } }), 'GET /users/:id')
  assert.equal(routeOf({ method: 'GET', url: '/users/42', route: { path: /users/ } }), undefined)
  assert.equal(routeOf({ url: '/users/42' }), undefined)
  // A program's own code may put its URL there.
  assert.equal(routeOf({ method: 'GET', route: { path: '/users/42?token=1' } }), undefined)
})

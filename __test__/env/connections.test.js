// @ts-check
// Connections that servers have accepted: those whose clients are there are counted apart, and a ramp of clients is no leak.
'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')
const { start } = require('../..')
const { Connections } = require('../../lib/guard/connections.js')
const { TestClock } = require('../support/clock.js')
const { until } = require('../support/leaks.js')

/** @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  /** @type {net.Socket[]} */
  const clients = []
  t.after(() => {
    for (const client of clients) client.destroy()
    server.close()
  })
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  return { server, clients, come: () => clients.push(net.connect(port, '127.0.0.1')) }
}

test('a server says how many connections it has', async (t) => {
  const { server, come, clients } = await serve(t)
  const connections = new Connections()
  connections.add(server)
  connections.add(server)
  for (let i = 0; i < 3; i++) come()
  await until(() => connections.open().TCPSocketWrap === 3)
  assert.equal(connections.open().PipeWrap, 0)
  assert.equal(connections.has(clients[0]), false)
  for (const client of clients) client.destroy()
})

test('what a TLS server accepts does not tell when its client has gone, and is counted with all others', async () => {
  const server = tls.createServer({})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connections = new Connections()
  connections.add(server)
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const client = net.connect(port, '127.0.0.1')
  const [accepted] = await once(server, 'connection')
  assert.deepEqual([connections.has(accepted), connections.open().TCPSocketWrap], [false, 0])
  const plain = net.createServer()
  connections.add(plain)
  assert.equal(connections.has({ server: plain }), true)
  client.destroy()
  server.close()
})

test('clients that come one after the other are no growth of what the server accepts', async (t) => {
  const clock = new TestClock()
  t.after(clock.restore)
  const guard = start()
  t.after(() => guard.stop())
  const { come } = await serve(t)
  for (let i = 0; i < 60; i++) {
    come()
    await clock.advance(200)
    await new Promise((resolve) => setTimeout(resolve, 2))
    // What the clients of this process open is growth, at the line that connects; nothing is told of the listening line.
    const told = guard.check().findings.filter(({ culprit }) => (culprit.function ?? '') === 'serve')
    assert.deepEqual(told, [], String(told))
  }
})

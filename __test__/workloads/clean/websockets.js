// @ts-check
// Long-lived connections with a ping interval each: they grow to thirty, then clients come and go.
'use strict'

const net = require('node:net')
const { EventEmitter, once } = require('node:events')
const { portOf } = require('../helpers/http.js')
const { sleep } = require('../helpers/pace.js')

const room = new EventEmitter().setMaxListeners(0)

/** @param {net.Socket} socket */
function welcome(socket) {
  const ping = setInterval(() => socket.write('ping'), 200)
  const say = (/** @type {string} */ text) => socket.write(text)
  room.on('message', say)
  socket.on('data', (data) => room.emit('message', String(data)))
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(ping)
    room.off('message', say)
  })
}

async function run() {
  const server = net.createServer(welcome)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  /** @type {net.Socket[]} */
  const clients = []
  for (let i = 0; i < 80; i++) {
    const client = net.connect(portOf(server), '127.0.0.1')
    client.on('data', () => {})
    client.on('error', () => {})
    clients.push(client)
    if (clients.length > 30) clients.shift()?.destroy()
    clients[i % clients.length].write('hello')
    await sleep(50)
  }
}

module.exports = { run }

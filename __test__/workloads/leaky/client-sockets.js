// @ts-check
// Connections that their client never ends.
'use strict'

const net = require('node:net')
const { once } = require('node:events')
const { portOf } = require('../helpers/http.js')
const { pace } = require('../helpers/pace.js')

async function run() {
  const server = net.createServer((socket) => socket.on('error', () => {})) // accepted sockets stay as well
  server.listen(0, '127.0.0.1') // also leaks
  await once(server, 'listening')
  await pace(40, 3.5, () => {
    net.connect(portOf(server), '127.0.0.1') // leaks
  })
}

module.exports = { kind: 'handle', run }

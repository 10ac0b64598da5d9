// @ts-check
// Connections that the server never ends, though their clients went long ago.
'use strict'

const net = require('node:net')
const { once } = require('node:events')
const { portOf } = require('../helpers/http.js')
const { pace } = require('../helpers/pace.js')

async function run() {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.resume())
  server.listen(0, '127.0.0.1') // leaks
  await once(server, 'listening')
  await pace(40, 3.5, () => {
    const client = net.connect(portOf(server), '127.0.0.1', () => client.end(() => client.destroy()))
  })
}

module.exports = { kind: 'handle', run }

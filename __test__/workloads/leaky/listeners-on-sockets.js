// @ts-check
// A listener for each request on the connection that the client keeps.
'use strict'

const http = require('node:http')
const { ask, portOf, serve } = require('../helpers/http.js')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const server = await serve((request, response) => {
    request.socket.setMaxListeners(0)
    request.socket.on('close', () => response.destroy()) // leaks
    response.end('ok')
  })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  await lanes(4, 3, () => ask({ port: portOf(server), agent }))
}

module.exports = { kind: 'listener', run }

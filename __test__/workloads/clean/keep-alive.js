// @ts-check
// An HTTP server and clients that keep their connections.
'use strict'

const http = require('node:http')
const { ask, portOf, serve } = require('../helpers/http.js')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const server = await serve((request, response) => {
    request.on('close', () => {})
    response.end(JSON.stringify({ path: request.url, at: Date.now() }))
  })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
  await lanes(16, 3, (i) => ask({ port: portOf(server), path: `/${i}`, agent }))
}

module.exports = { run }

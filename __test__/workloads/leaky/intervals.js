// @ts-check
// An interval for each request of a server.
'use strict'

const http = require('node:http')
const { ask, portOf, serve } = require('../helpers/http.js')
const { pace } = require('../helpers/pace.js')

async function run() {
  const server = await serve((_request, response) => {
    setInterval(() => response.writableEnded, 10_000) // leaks
    response.end('ok')
  })
  const agent = new http.Agent({ keepAlive: true })
  await pace(50, 3.5, () => ask({ port: portOf(server), agent }))
}

module.exports = { kind: 'timer', run }

// @ts-check
// An HTTP server whose clients come, ask once and go.
'use strict'

const http = require('node:http')
const { ask, portOf, serve } = require('../helpers/http.js')
const { lanes } = require('../helpers/pace.js')

async function run() {
  const server = await serve((_request, response) => {
    const timer = setTimeout(() => response.end('late'), 5000)
    setTimeout(() => response.end('ok', () => clearTimeout(timer)), 5)
  })
  const agent = new http.Agent({ keepAlive: false })
  await lanes(10, 3, () => ask({ port: portOf(server), agent }))
}

module.exports = { run }

// @ts-check
// Knows how to serve and ask over HTTP and TCP on a port of this machine.
'use strict'

const http = require('node:http')
const { once } = require('node:events')

/** @param {http.RequestListener} handler */
async function serve(handler) {
  const server = http.createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** @param {import('node:net').Server} server */
const portOf = (server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port

/** @param {http.RequestOptions} options @returns {Promise<string>} the body */
function ask(options) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', ...options }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve(body))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

module.exports = { ask, portOf, serve }

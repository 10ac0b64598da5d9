// @ts-check
// The entry: starts the process-wide parts (port, signals, clean-up). What the service answers is app.js' affair.

'use strict'

require('leakguard').start()

const http = require('node:http')
const { handle } = require('./app.js')
const shutdown = require('./shutdown.js')
const uploads = require('./uploads.js')

const graceMs = 500

const server = http.createServer(handle)
server.requestTimeout = 30_000

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`parcel depot listening on http://127.0.0.1:${port}`)
  process.send?.({ type: 'listening', port })
})

function stop() {
  shutdown.begin()
  server.close(() => {
    uploads.removeAll()
    process.exit()
  })
  server.closeIdleConnections()
  // Live streams never end by themselves.
  setTimeout(() => server.closeAllConnections(), graceMs)
}

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

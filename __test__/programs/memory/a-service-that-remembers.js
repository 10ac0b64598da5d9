// @ts-check
// A service under its own load: `remember` keeps something of every request, `render` nothing.
'use strict'

const http = require('node:http')

const sessions = new Map()
let requests = 0

/** @param {string | undefined} url */
function remember(url) {
  for (let i = 0; i < 40; i++)
    sessions.set(sessions.size, { url, user: `user ${requests}`, tags: [requests, i, 3, 4, 5, 6, 7, 8] })
}

function render() {
  const rows = Array.from({ length: 300 }, (_, i) => ({ i, text: `row ${i}` }))
  return JSON.stringify(rows).length
}

const server = http.createServer((request, response) => {
  requests++
  remember(request.url)
  const size = render()
  setTimeout(() => response.end(String(size)), 50)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  setInterval(() => http.get({ port, agent }, (response) => response.resume()).on('error', () => {}), 20)
})

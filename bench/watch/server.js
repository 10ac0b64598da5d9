// @ts-check
// An http server for bench/watch.js: tells its port, and on message what it has used.
'use strict'

const { EventEmitter } = require('node:events')
const http = require('node:http')

const bus = new EventEmitter()
const server = http.createServer((request, response) => {
  const body = Array.from({ length: 150 }, (_, i) => ({ i, path: request.url, text: `row ${i}` }))
  const timer = setTimeout(() => response.destroy(), 5000)
  const done = () => bus.emit('done')
  bus.once('done', () => clearTimeout(timer))
  response.on('finish', done)
  response.end(JSON.stringify(body))
})
process.on('message', (wanted) => {
  if (wanted === 'collect') return collect()
  const { user, system } = process.cpuUsage()
  const guardBytes = process.env.GUARD === '1' ? require('../..').start().stats().usage : undefined
  process.send?.({ cpuUs: user + system, rss: process.memoryUsage.rss(), guardBytes })
})
function collect() {
  require('../../lib/base/clock.js').collectNow()
  process.send?.({})
}
// Not longer than who asks.
process.on('disconnect', () => process.exit())
// Connections wait their turn.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: /** @type {any} */ (server.address()).port }))

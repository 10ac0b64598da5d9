// @ts-check
// GET /scans/live: the number of scans as server-sent events, polled per connection. `?events=n` ends after n of them.

'use strict'

const { HttpError } = require('./http.js')
const { scanCount } = require('./parcels.js')

const pollMs = 250
const eventsMax = 10_000

/** @param {import('./http.js').Context} context */
function streamScans({ res, query }) {
  const limit = Number(query.get('events') ?? eventsMax)
  if (!(limit >= 1 && limit <= eventsMax)) throw new HttpError(400, `events must be from 1 to ${eventsMax}`)

  let events = 0
  let last = -1
  const poll = () => {
    const count = scanCount()
    if (count === last || res.writableEnded) return
    last = count
    res.write(`data: ${count}\n\n`)
    // Clients reconnect by themselves, to a younger instance if there is one.
    if (++events >= limit) res.end()
  }

  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const timer = setInterval(poll, pollMs)
  res.on('close', () => clearInterval(timer))
  poll()
}

module.exports = { streamScans }

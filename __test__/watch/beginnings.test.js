// @ts-check
// Requests that have come to the program's servers, as the hooks hear of them.
'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { once } = require('node:events')
const { test } = require('node:test')
const { hub } = require('../../lib/hooks/index.js')
const { start } = require('../..')

test('requests are counted as they come', async () => {
  const guard = start()
  const server = http.createServer((_, response) => void response.end('ok')).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const before = hub().lives.requests()
    for (let i = 0; i < 7; i++) await (await fetch(`http://127.0.0.1:${port}`)).text()
    assert.equal(hub().lives.requests() - before, 7)
  } finally {
    server.close()
    guard.stop()
  }
})

// @ts-check
// fetch() with the signal of shutdown itself: Node.js listens to it until the request is collected.
'use strict'

const { portOf, serve } = require('../helpers/http.js')
const { lanes } = require('../helpers/pace.js')

const shutdown = new AbortController()

async function run() {
  const server = await serve((_request, response) => response.end('{"ok":true}'))
  const url = `http://127.0.0.1:${portOf(server)}/`
  await lanes(4, 3.5, async () => {
    const response = await fetch(url, { signal: shutdown.signal })
    await response.text()
  })
}

module.exports = { run }

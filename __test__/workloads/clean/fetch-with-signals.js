// @ts-check
// fetch() with a signal made of a long-lived one and a timeout, for each request.
'use strict'

const { portOf, serve } = require('../helpers/http.js')
const { lanes } = require('../helpers/pace.js')

const shutdown = new AbortController()

async function run() {
  const server = await serve((_request, response) => response.end('{"ok":true}'))
  const url = `http://127.0.0.1:${portOf(server)}/`
  await lanes(8, 3, async () => {
    const signal = AbortSignal.any([shutdown.signal, AbortSignal.timeout(5000)])
    const response = await fetch(url, { signal })
    await response.json()
  })
}

module.exports = { run }

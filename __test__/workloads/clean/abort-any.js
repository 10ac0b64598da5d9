// @ts-check
// A combined signal for each request, listened to, and dropped when the request is done.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

const shutdown = new AbortController()

async function request() {
  const own = new AbortController()
  const signal = AbortSignal.any([shutdown.signal, own.signal])
  const onAbort = () => {}
  signal.addEventListener('abort', onAbort)
  await sleep(10, undefined, { signal })
  signal.removeEventListener('abort', onAbort)
}

async function run() {
  await pace(300, 3, request)
}

module.exports = { run }

// @ts-check
// Watched requests that are kept, each in a way of its own; the line that is to be named bears the name of the way.
// Prints the report.
'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { EventEmitter } = require('node:events')
const { checkWatched, scope, watch } = require('leakguard')

const HOUR = 3_600_000

class Request {}

const als = new AsyncLocalStorage()
/** @type {unknown[]} */
const recent = [] // array
const byId = new Map() // map
const bus = new EventEmitter()
const never = new Promise(() => {})
const state = {
  last: /** @type {unknown} */ (null) // property
}
/** @type {unknown} */
let current // variable

/** @type {Record<string, (request: Request) => void>} */
const ways = {
  array(request) {
    recent.push({ at: 1, request })
  },
  map(request) {
    byId.set(1, request)
  },
  property(request) {
    state.last = request
  },
  variable(request) {
    current = request
  },
  listener(request) {
    bus.on('done', () => request) // listener
  },
  promise(request) {
    const waits = async () => [await never, request] // promise
    waits()
  },
  store(request) {
    als.run({ request }, () => {
      setInterval(() => {}, HOUR).unref() // store
    })
  },
  storeOfPromise(request) {
    als.run({ request }, () => {
      never.then(() => {}) // storeOfPromise
    })
  },
  timer(request) {
    setTimeout(() => request, HOUR).unref() // timer
  },
  nothing() {}
}

async function main() {
  for (const [name, way] of Object.entries(ways)) {
    await scope('request', async () => {
      const request = watch(new Request(), name)
      await null
      way(request)
    })
  }
  console.log(JSON.stringify(await checkWatched()))
}

main()

// @ts-check
// What following costs: a request that is not followed, and one look at all that are. The rival is the same channel with
// a subscriber that does nothing, and without one.
//
//   npm run bench -- lives [--rounds 40]
'use strict'

const channel = require('node:diagnostics_channel')
const { parseArgs } = require('node:util')
const { Followed } = require('../lib/watch/followed.js')
const { LifeHooks } = require('../lib/hooks/lives.js')
const { median, quantile } = require('./lib/stats.js')

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } })
const EVENTS = 200_000
const LOOKS = 500
const name = 'http.server.request.start'
const start = channel.channel(name)
const nothing = () => {}

/** As node:http does it: the message is made only where somebody listens. @param {object} request @param {object} response */
function publish(request, response) {
  for (let i = 0; i < EVENTS; i++)
    if (start.hasSubscribers) start.publish({ request, response, socket: undefined, server: undefined })
}

/** @param {() => void} operation @param {number} count */
function nanoseconds(operation, count) {
  const before = process.hrtime.bigint()
  operation()
  return Number(process.hrtime.bigint() - before) / count
}

const hub = /** @type {any} */ ({ quiet: false, each: nothing })
const lives = new LifeHooks(hub)
/** @type {Record<string, { on: () => void, off: () => void }>} */
const cases = {
  'no subscriber': { on: nothing, off: nothing },
  'a subscriber that does nothing': {
    on: () => channel.subscribe(name, nothing),
    off: () => channel.unsubscribe(name, nothing)
  },
  'a request that is not followed': { on: () => lives.install(), off: () => lives.uninstall() }
}
/** @type {Record<string, number[]>} */
const took = Object.fromEntries(Object.keys(cases).map((label) => [label, []]))
const request = { complete: true }
const response = { _closed: true }
for (let round = -5; round < Number(options.rounds); round++) {
  for (const [label, { on, off }] of Object.entries(cases)) {
    on()
    const ns = nanoseconds(() => publish(request, response), EVENTS)
    off()
    if (round >= 0) took[label].push(ns)
  }
}
console.log(
  `Node ${process.versions.node}, ${process.platform}-${process.arch}; median of ${options.rounds} rounds, and 95th percentile`
)
const show = (/** @type {string} */ label, /** @type {string} */ text) => console.log(`${label.padEnd(44)} ${text}`)
for (const [label, all] of Object.entries(took))
  show(label, `${median(all).toFixed(1).padStart(7)} ns  (${quantile(all, 0.95).toFixed(1)} ns)`)

const kept = Array.from({ length: 64 }, () => [{ complete: true }, { _closed: true }])
let begun = 0
const followed = new Followed({ begun: () => begun, ask: nothing })
for (const parts of kept) {
  begun++
  followed.add('server request', parts)
  followed.look(begun)
}
const looks = Array.from({ length: 40 }, () =>
  nanoseconds(() => {
    for (let i = 0; i < LOOKS; i++) followed.look(begun + i)
  }, LOOKS)
)
const { entries } = /** @type {any} */ (followed.kinds.get('server request'))
show(`a look at ${entries.length} that are followed`, `${(median(looks) / 1000).toFixed(1).padStart(7)} µs`)

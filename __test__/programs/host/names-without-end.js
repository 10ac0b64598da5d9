// @ts-check
// Functions, classes, events, labels and scopes whose names have no end. Prints what the guard holds of them; wants
// --expose-gc.
'use strict'

const { EventEmitter } = require('node:events')
const { scope, start, track, watch } = require('leakguard')

const LONG = 'x'.repeat(100_000)
const HOUR = 3_600_000

const gc = /** @type {() => void} */ (globalThis.gc)
const guard = start({ callSites: 'all' })
const bus = new EventEmitter().setMaxListeners(0)
/** @type {unknown[]} */
const kept = []
for (let i = 0; i < 500; i++) {
  const name = i + LONG
  const fn = {
    [name]() {
      kept.push(setInterval(() => {}, HOUR).unref())
    }
  }[name]
  fn()
  const Bus = { [name]: class extends EventEmitter {} }[name]
  kept.push(new Bus().on('news', () => {}))
  new EventEmitter().on(name, () => {})
  new EventEmitter().on(Symbol(name), () => {})
  new EventTarget().addEventListener(name, () => {})
  kept.push(track(new Map(), name))
  scope(name, () => kept.push(watch({}, name)))
}
const { nativeBytes, jsBytes } = guard.stats().usage
const json = JSON.stringify(guard.check()).length
gc()
console.log(JSON.stringify({ nativeBytes, jsBytes, json, heap: process.memoryUsage().heapUsed }))
process.exit()

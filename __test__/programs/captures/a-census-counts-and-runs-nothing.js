// @ts-check
// A census of a heap full of traps: it counts classes, containers, listeners and buffers, and none of the traps is run.
// The first argument is the mode.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const vm = require('node:vm')
const { countHeap } = require('leakguard')
const kept = require('./helpers/store.js')

const mode = /** @type {'inline' | 'fork'} */ (process.argv[2])
/** What is in the heap for as long as it lives. @type {Record<string, any>} */
const here = globalThis

class Visit {}
class Bus extends EventEmitter {}
here.table = {}
for (let i = 0; i < 250; i++) here.table[`key ${i}`] = i
here.kept = [kept, Array.from({ length: 321 }, () => new Visit()), new Uint8Array(3_000_000)]
here.buses = Array.from({ length: 3 }, () => new Bus())
for (const [n, bus] of here.buses.entries()) for (let i = 0; i <= n; i++) bus.on('job', () => {})
here.buses[0].on(Symbol('own'), () => {})
here.target = new EventTarget()
for (let i = 0; i < 7; i++) here.target.addEventListener('turn', () => {})
here.context = vm.createContext({})
const inThere = 'class InThere {}; globalThis.all = Array.from({ length: 55 }, () => new InThere())'
vm.runInContext(inThere, here.context)

let calls = 0
class Trap {
  get size() {
    calls++
    return 1
  }
}
Object.defineProperty(Trap.prototype, Symbol.toStringTag, {
  get() {
    calls++
    return 'Trap'
  }
})
const handler = new Proxy(
  {},
  {
    get: (_, trap) => () => {
      calls++
      throw new Error(String(trap))
    }
  }
)
function Strange() {}
Strange.prototype = Object.create(new Proxy({}, handler))
/** @type {any} */
const emitter = new EventEmitter()
emitter._events = new Proxy({}, handler)
const withGetter = {
  get toJSON() {
    calls++
    return undefined
  }
}
const proxies = [new Proxy({}, handler), new Proxy(new Map(), handler)]
here.traps = [new /** @type {any} */ (Strange)(), emitter, new Trap(), ...proxies, withGetter]

async function main() {
  const census = await countHeap({ mode })
  assert.equal(census.capture.mode, mode)
  assert.ok(census.capture.pauseMs > 0 && census.capture.totalMs >= census.capture.pauseMs)
  assert.equal(calls, 0)

  const count = (/** @type {string} */ name) => census.classes({ limit: 1e6 }).find((one) => one.name === name)?.count
  assert.equal(count('Visit'), 321)
  assert.equal(count('InThere'), 55)
  assert.equal(count('Trap'), 1)

  const containers = census.containers({ limit: 1e6 })
  const held = (/** @type {string} */ heldBy) => {
    const found = containers.find((one) => one.heldBy === heldBy)
    return [found?.name, found?.kind, found?.size]
  }
  assert.deepEqual(held('Store.byId'), ['Map', 'map', 4000])
  assert.deepEqual(held('Store.seen'), ['Set', 'set', 300])
  assert.deepEqual(held('Store.names'), ['Object', 'object', 500])
  assert.deepEqual(held('globalThis.table'), ['Object', 'object', 250])
  assert.match(String(containers.find(({ size }) => size === 700)?.heldBy), /^exports of .*store\.js\.rows$/)
  assert.equal(census.containers({ limit: 1 }).length, 1)
  assert.ok(!JSON.stringify(census).includes('name 7'))

  const listeners = (/** @type {string} */ of) => census.listeners({ limit: 1e6 }).filter((one) => one.emitter === of)
  assert.deepEqual(listeners('Bus'), [
    { emitter: 'Bus', event: 'job', count: 6, emitters: 3, most: 3 },
    { emitter: 'Bus', event: 'Symbol(own)', count: 1, emitters: 1, most: 1 }
  ])
  const ofTarget = listeners('EventTarget').map(({ event, count }) => [event, count])
  assert.deepEqual(ofTarget, [['turn', 7]])

  assert.ok(census.buffers.bytes >= 3_000_000 && census.buffers.count >= 1)
  assert.ok(census.objects > 4000)
  const { schemaVersion, classes } = JSON.parse(JSON.stringify(census))
  assert.deepEqual([schemaVersion, classes.length > 10], [1, true])
}

main()

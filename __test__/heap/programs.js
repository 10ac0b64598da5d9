// @ts-check
// Programs that leak in one way each, and programs that do not. Values only: text of the program, what is to be said
// of it. A program exports (or runs) `step(i)`, called some hundred times between captures; the line that is to be
// named bears `// here`.
'use strict'

/**
 * @typedef {object} Leak
 * @property {string} text of the program
 * @property {string} [name] of the variable or property that holds what is leaked
 * @property {RegExp} [kind] which kinds are right
 * @property {string} [file] when it is not store.js
 * @property {RegExp} [says] what the message or advice says
 */

/** @type {Record<string, Leak>} */
const LEAKS = {
  'a variable of a closure': {
    name: 'kept',
    text: `class Session {}
function createStore() {
  const kept = new Map() // here
  return { put: (key) => kept.set(key, new Session()) }
}
const store = createStore()
exports.step = (i) => store.put('key ' + i)`
  },
  'a variable of a CommonJS module': {
    name: 'sessions',
    text: `class Session {}
const sessions = [] // here
exports.step = () => sessions.push(new Session())`
  },
  'a variable of an ES module': {
    name: 'sessions',
    file: 'store.mjs',
    text: `class Session {}
const sessions = new Set() // here
export const step = () => sessions.add(new Session())`
  },
  'an exported array': {
    name: 'queue',
    text: `exports.queue = []
exports.step = (i) => exports.queue.push({ job: i, at: 'now' })`
  },
  'a dictionary without a prototype': {
    name: 'byToken',
    text: `const byToken = Object.create(null) // here
exports.step = (i) => { byToken['token-' + i] = { user: i } }`
  },
  'a plain object as a dictionary': {
    name: 'byToken',
    text: `const byToken = {} // here
exports.step = (i) => { byToken['token-' + i] = { user: i } }`
  },
  'a public field': {
    name: 'pending',
    text: `class Job {}
class Queue {
  pending = [] // here
  add() { this.pending.push(new Job()) }
}
const queue = new Queue()
exports.step = () => queue.add()`
  },
  'a private field': {
    name: '#pending',
    text: `class Job {}
class Queue {
  #pending = new Map() // here
  add(i) { this.#pending.set(i, new Job()) }
}
const queue = new Queue()
exports.step = (i) => queue.add(i)`
  },
  'a static field': {
    name: 'all',
    text: `class Job {
  static all = [] // here
  constructor() { Job.all.push(this) }
}
exports.step = () => new Job()`
  },
  'values of a WeakMap whose key lives': {
    name: 'meta',
    text: `class Note {}
const meta = new WeakMap() // here
const owner = {}
meta.set(owner, [])
exports.step = () => meta.get(owner).push(new Note())`
  },
  'promises that never settle': {
    name: 'waiting',
    kind: /promise|collection/,
    text: `const waiting = [] // here
exports.step = () => { waiting.push(new Promise(() => {})) }`
  },
  'handlers that wait for a promise': {
    name: 'ready',
    kind: /promise|closure/,
    text: `const ready = new Promise(() => {}) // here
exports.step = (i) => { const big = new Array(50).fill(i); ready.then(() => big.length) } // here`
  },
  'async functions that wait at an await': {
    name: 'gate',
    kind: /promise|closure/,
    text: `const gate = new Promise(() => {}) // here
async function work(i) { const big = new Array(200).fill(i); await gate; return big.length } // here
exports.step = (i) => { work(i) }`
  },
  'generators that are not finished': {
    name: 'cursors',
    text: `function* cursor(i) { const big = new Array(50).fill(i); yield 1; yield big }
const cursors = [] // here
exports.step = (i) => { const c = cursor(i); c.next(); cursors.push(c) }`
  },
  timers: {
    kind: /timer/,
    text: `exports.step = (i) => { const state = { i }; setInterval(() => state.i++, 1e6).unref() } // here`
  },
  'timers of one duration each': {
    kind: /timer/,
    text: `exports.step = (i) => { const state = { i }; setTimeout(() => state.i++, 1e6 + i).unref() } // here`
  },
  'listeners of an emitter': {
    name: 'bus',
    kind: /listener/,
    text: `const { EventEmitter } = require('node:events')
const bus = new EventEmitter().setMaxListeners(0) // here
exports.step = (i) => { const state = { i }; bus.on('change', () => state.i++) } // here`
  },
  'listeners of an EventTarget': {
    name: 'target',
    kind: /listener/,
    text: `const target = new EventTarget() // here
require('node:events').setMaxListeners(0, target)
exports.step = (i) => { const state = { i }; target.addEventListener('change', () => state.i++) } // here`
  },
  'listeners of an AbortSignal': {
    name: 'shutdown',
    kind: /listener/,
    text: `const shutdown = new AbortController() // here
require('node:events').setMaxListeners(0, shutdown.signal)
exports.step = (i) => { const state = { i }; shutdown.signal.addEventListener('abort', () => state.i++) } // here`
  },
  'stores of AsyncLocalStorage': {
    kind: /timer|context|object|closure/,
    text: `const { AsyncLocalStorage } = require('node:async_hooks')
class RequestState { body = new Array(50).fill(1) }
const storage = new AsyncLocalStorage()
exports.step = () => { storage.run(new RequestState(), () => setInterval(() => {}, 1e6).unref()) } // here`
  },
  'keys of a Map': {
    name: 'seen',
    text: `class Request {}
const seen = new Map() // here
exports.step = () => { seen.set(new Request(), true) }`
  },
  'a Map in a Map': {
    name: 'rooms',
    text: `class Message {}
const rooms = new Map([['lobby', new Map()]]) // here
exports.step = (i) => { rooms.get('lobby').set(i, new Message()) }`
  },
  'a Map of Maps': {
    name: 'rooms',
    text: `const rooms = new Map() // here
exports.step = (i) => { rooms.set(i, new Map([['a', { i }]])) }`
  },
  'a Set': {
    name: 'tokens',
    text: `const tokens = new Set() // here
exports.step = (i) => { tokens.add('a token with the number ' + i) }`
  },
  'a linked list': {
    name: 'head',
    text: `let head = null // here
class Item { constructor(next) { this.next = next } }
exports.step = () => { head = new Item(head) }
exports.first = () => head`
  },
  'an array of arrays': {
    name: 'rows',
    text: `const rows = [] // here
exports.step = (i) => { rows.push([i, [i + 0.5, { i }]]) }`
  },
  'Buffers in an array': {
    name: 'chunks',
    kind: /buffer|collection/,
    text: `const chunks = [] // here
exports.step = (i) => { chunks.push(Buffer.alloc(2000, i)) }`
  },
  'small slices of large strings': {
    name: 'names',
    kind: /string/,
    says: /slice|part of/i,
    text: `const names = [] // here
exports.step = (i) => { const text = ('line ' + i + ' ').repeat(200); names.push(text.slice(3, 30)) }
exports.peek = () => names.map((name) => name.charCodeAt(0))`
  },
  'small Buffers that pin a pool': {
    name: 'heads',
    kind: /buffer/,
    says: /pin|larger|whole/i,
    text: `const heads = [] // here
exports.step = () => { heads.push(Buffer.allocUnsafe(3000).subarray(0, 16)); Buffer.allocUnsafe(3000) }`
  },
  'small views of large Buffers': {
    name: 'heads',
    kind: /buffer/,
    says: /pin|larger|whole/i,
    text: `const heads = [] // here
exports.step = (i) => { heads.push(Buffer.alloc(20000, i).subarray(0, 8)) }`
  },
  'a scope that holds something large for the sake of another closure': {
    name: 'callbacks',
    kind: /closure|context/,
    text: `const callbacks = [] // here
exports.step = (i) => {
  const large = new Array(500).fill(i) // here
  const other = () => large.length
  callbacks.push(() => i)
  other()
}`
  },
  'properties that are symbols': {
    name: 'Symbol(listeners)',
    text: `const key = Symbol('listeners')
const owner = { [key]: [] } // here
class Note {}
exports.step = () => { owner[key].push(new Note()) }`
  },
  'the target of a Proxy': {
    name: 'rows',
    text: `class Row {}
const rows = new Proxy([], {}) // here
exports.step = () => { rows.push(new Row()) }`
  },
  'bound functions': {
    name: 'tasks',
    kind: /closure|collection/,
    text: `const tasks = [] // here
function run() { return this }
exports.step = (i) => { tasks.push(run.bind({ i })) }`
  },
  'a property of globalThis': {
    name: 'leakedHere',
    text: `class Row {}
globalThis.leakedHere = []
exports.step = () => { globalThis.leakedHere.push(new Row()) }`
  }
}

/** @type {Record<string, string>} */
const CLEAN = {
  'work that warms up': `class Point { constructor(x) { this.x = x; this.y = { x } } }
const work = [(a) => a.x + 1, (a) => a.y.x * 2, (a) => JSON.stringify(a), (a) => [a, a].map((b) => b.x), (a) => new Map([[a, 1]]).size]
exports.step = (i) => { let sum = 0; for (let n = 0; n < 200; n++) for (const f of work) sum += String(f(new Point(i + n))).length; return sum }`,
  'what fills and stays': `const ring = new Array(150)
const known = new Map()
exports.step = (i) => { ring[i % 150] = { i }; known.set(i % 100, { i }) }`,
  'entries that come and go': `const { EventEmitter } = require('node:events')
const live = new Map()
const bus = new EventEmitter()
exports.step = async (i) => {
  const done = () => {}
  bus.on('x', done); live.set(i, { i, text: 'text ' + i })
  const timer = setTimeout(() => {}, 1e6)
  await new Promise((resolve) => setImmediate(resolve))
  live.delete(i); bus.off('x', done); clearTimeout(timer)
}`,
  'a bounded cache': `const cache = new Map()
exports.step = (i) => { cache.set('key ' + i, { i, body: 'x'.repeat(i % 7) }); if (cache.size > 120) cache.delete(cache.keys().next().value) }`,
  'reading and parsing': `const fs = require('node:fs')
exports.step = async (i) => { const text = await fs.promises.readFile(__filename, 'utf8'); return JSON.parse(JSON.stringify({ i, lines: text.split('\\n') })) }`,
  'the guard of leakguard at work': `const { EventEmitter } = require('node:events')
const guard = require('leakguard').start({ sites: 'exact' })
const kept = require('leakguard').track(new Map([[1, {}]]), 'kept')
exports.step = (i) => {
  const bus = new EventEmitter()
  bus.on('a' + (i % 10), () => {})
  clearTimeout(setTimeout(() => kept, 1e6))
  guard.check()
}`,
  'caches keyed weakly': `const meta = new WeakMap()
exports.step = (i) => { meta.set({ i }, { note: i }) }`
}

module.exports = { LEAKS, CLEAN }

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
 * @property {boolean} [isCounted] false where there is more or less than one thing a step
 * @property {number} [also] findings beside the first that are true too
 * @property {string} [culprit] when it is another file than that of the program
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
  'a Map that a WeakMap keeps for a function': {
    name: 'caches',
    text: `const caches = new WeakMap() // here
function memoized(make) {
  const cache = new Map() // here
  const load = (id) => cache.get(id) ?? (cache.set(id, make(id)), load(id))
  caches.set(load, cache)
  return load
}
const load = memoized((id) => ({ id }))
exports.step = (i) => load('user' + i)`
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
  },
  'modules imported under ever new names': {
    isCounted: false,
    name: 'modules',
    culprit: 'plugin.mjs',
    says: /every module/,
    text: `const { writeFileSync } = require('node:fs')
writeFileSync(__dirname + '/plugin.mjs', 'export const made = new Array(100).fill(1)')
exports.step = (i) => import('./plugin.mjs?v=' + i)`
  },
  'files required anew, their cache entry deleted': {
    name: 'modules',
    says: /every module/,
    text: `const { writeFileSync } = require('node:fs')
writeFileSync(__dirname + '/plugin.js', 'exports.made = new Array(100).fill(1)')
exports.step = (i) => { delete require.cache[require.resolve('./plugin.js')]; require('./plugin.js') }`
  },

  'what a bound method collects for an emitter': {
    name: 'seen',
    text: `const { EventEmitter } = require('node:events')
class Change {}
class Watcher { seen = [] // here
  note() { this.seen.push(new Change()) } }
const bus = new EventEmitter()
const watcher = new Watcher()
bus.on('change', watcher.note.bind(watcher))
exports.step = () => { bus.emit('change') }`
  },
  'what only a bound listener holds': {
    name: 'seen',
    text: `const { EventEmitter } = require('node:events')
class Change {}
class Watcher { seen = [] // here
  note() { this.seen.push(new Change()) } }
const bus = new EventEmitter()
bus.on('change', ((watcher) => watcher.note.bind(watcher))(new Watcher()))
exports.step = () => { bus.emit('change') }`
  },
  'the queue of an agent': {
    isCounted: false,
    kind: /./,
    text: `const http = require('node:http')
class Extra {}
http.globalAgent.extra = []
exports.step = () => { http.globalAgent.extra.push(new Extra()) }`,
    name: 'globalAgent'
  },
  'an interned name for each, in a dictionary without prototype': {
    name: 'seen',
    text: `const seen = Object.create(null) // here
exports.step = (i) => { seen['user ' + i] = i }`
  },
  'an interned name for each': {
    name: 'seen',
    text: `const seen = {} // here
exports.step = (i) => { seen['user-' + i] = i }`
  },

  'a variable of a function that runs at once': {
    name: 'kept',
    text: `class Session {}
exports.step = (() => {
  const kept = new Map() // here
  return (i) => kept.set(i, new Session())
})()`
  },
  'a static private field': {
    name: '#all',
    text: `class Job {
  static #all = new Set() // here
  constructor() { Job.#all.add(this) }
}
exports.step = () => { new Job() }`
  },
  'a field of a static block': {
    name: 'registry',
    text: `class Plugin {}
class Host {
  static registry // here
  static { this.registry = new Map() } // here
}
exports.step = (i) => { Host.registry.set(i, new Plugin()) }`
  },
  'what a generator holds that goes on': {
    name: 'collect',
    says: /local variable of collect/,
    text: `class Visit {}
function* collect() { // here
  const seen = []
  for (;;) seen.push(yield seen.length) // here
}
const collector = collect()
collector.next()
exports.step = () => { collector.next(new Visit()) }`
  },
  'what an async function holds that goes on': {
    name: 'collect',
    says: /local variable of collect/,
    text: `class Visit {}
let wake = () => {}
async function collect() { // here
  const seen = []
  for (;;) seen.push(await new Promise((resolve) => { wake = resolve }))
}
collect()
exports.step = async () => { wake(new Visit()); await null; await null }`
  },
  'a property of module.exports': {
    name: 'registry',
    text: `class Plugin {}
module.exports = { registry: {}, step: (i) => { module.exports.registry['p' + i] = new Plugin() } }
exports.step = module.exports.step`
  },
  'a property of an exported object of an ES module': {
    name: 'registry',
    file: 'store.mjs',
    text: `class Plugin {}
export default { registry: new Map() } // here
import self from './store.mjs'
export const step = (i) => { self.registry.set(i, new Plugin()) }`
  },
  'one that globalThis and a variable hold': {
    name: 'shared',
    text: `class Row {}
const shared = new Map() // here
globalThis.shared = shared // here
exports.step = (i) => { shared.set(i, new Row()) }`
  },
  'a variable that has no value at first': {
    name: 'late',
    text: `class Row {}
let late // here
let never
exports.set = () => { never = {} }
exports.step = (i) => { if (i > 150) never ??= {}; late ??= []; late.push(new Row()) }`
  },
  'a dictionary with numbers for keys': {
    name: 'byId',
    text: `class Row {}
const byId = {} // here
exports.step = (i) => { byId[i * 1000003] = new Row() }`
  },
  'properties that come one by one': {
    name: 'flags',
    text: `const flags = {} // here
exports.step = (i) => { flags['flag' + i] = [i] }`
  },
  'an object in a Map in a Map': {
    name: 'rooms',
    text: `class Message {}
const rooms = new Map() // here
exports.step = (i) => { const room = 'room ' + (i % 3); if (!rooms.has(room)) rooms.set(room, new Map()); rooms.get(room).set(i, new Message()) }`
  },
  'arrays in an array of few': {
    name: 'shards',
    text: `class Row {}
const shards = [[], [], []] // here
exports.step = (i) => { shards[i % 3].push(new Row()) }`
  },
  'the store of an AsyncLocalStorage that lives': {
    name: 'log',
    text: `const { AsyncLocalStorage } = require('node:async_hooks')
class Entry {}
const storage = new AsyncLocalStorage()
const runInside = storage.run({ log: [] }, () => AsyncLocalStorage.snapshot())
exports.step = () => { runInside(() => storage.getStore().log.push(new Entry())) }`
  },
  'a closure in a timer': {
    name: 'batch',
    text: `class Item {}
function start() {
  const batch = [] // here
  const timer = setInterval(() => batch.length, 1e6)
  timer.unref()
  return (item) => batch.push(item)
}
const add = start()
exports.step = () => { add(new Item()) }`
  },
  'what a listener closes over': {
    name: 'history',
    text: `class Change {}
const { EventEmitter } = require('node:events')
const bus = new EventEmitter()
function watch() {
  const history = [] // here
  bus.on('change', () => history.push(new Change()))
}
watch()
exports.step = () => { bus.emit('change') }`
  },
  'a Set of typed arrays': {
    name: 'frames',
    kind: /buffer|collection/,
    text: `const frames = new Set() // here
exports.step = () => { frames.add(new Float64Array(100)) }`
  },
  'typed arrays in an array': {
    name: 'frames',
    kind: /buffer|collection/,
    text: `const frames = [] // here
exports.step = () => { frames.push(new Uint8Array(300)) }`
  },
  'numbers in an array': {
    name: 'samples',
    text: `const samples = [] // here
exports.step = (i) => { samples.push(i + 0.5, 'x') }`
  },
  'a string that grows': {
    name: 'log',
    kind: /string/,
    isCounted: false,
    text: `let log = '' // here
exports.step = (i) => { log += 'line ' + i + ' with some text' }
exports.size = () => log.length`
  },
  'concatenated strings in an array': {
    name: 'lines',
    kind: /string|collection/,
    text: `const lines = [] // here
exports.step = (i) => { lines.push('a rather long line with the number ' + i + ' and more text') }`
  },
  'a chain of promises': {
    kind: /promise|closure|object|collection/,
    isCounted: false,
    text: `let release // here
let tail = new Promise((resolve) => { release = resolve })
exports.release = () => release()
exports.step = (i) => { const state = { i }; tail = tail.then(() => state) } // here`
  },
  'Promise.race against one that stays': {
    kind: /promise/,
    name: 'stop',
    text: `const stop = new Promise(() => {}) // here
exports.step = async (i) => { await Promise.race([stop, Promise.resolve(i)]) } // here`,
    isCounted: false
  },
  'keys of a WeakMap that live, in an array': {
    name: 'owners',
    text: `class Owner {}
const owners = [] // here
const meta = new WeakMap()
exports.step = (i) => { const owner = new Owner(); owners.push(owner); meta.set(owner, { i }) }`
  },
  'WeakRefs in a Map': {
    name: 'refs',
    text: `const refs = new Map() // here
exports.step = (i) => { refs.set(i, new WeakRef({ i })) }`
  },
  'errors with their stacks': {
    name: 'failures',
    text: `const failures = [] // here
exports.step = (i) => { failures.push(new Error('failed ' + i)) }`
  },
  'class instances with Maps of their own': {
    name: 'users',
    text: `class User { constructor(i) { this.id = i; this.tags = new Map([[i, { i }]]); this.more = [i, 'x'] } }
const users = new Map() // here
exports.step = (i) => { users.set('u' + i, new User(i)) }`
  },
  'a doubly linked list': {
    name: 'head',
    text: `class Item { prev = null; next = null }
const list = { head: null, tail: null } // here
exports.step = () => { const item = new Item(); if (list.tail) { list.tail.next = item; item.prev = list.tail } else list.head = item; list.tail = item } // here`
  },
  'symbols as keys of an object': {
    name: 'table',
    text: `const table = {} // here
exports.step = (i) => { table[Symbol(i)] = { i } }`
  },
  'contexts kept by functions': {
    name: 'handlers',
    kind: /closure|context|collection/,
    text: `const handlers = new Map() // here
exports.step = (i) => { const body = new Array(300).fill(i); handlers.set(i, () => body.length) } // here`
  },
  'listeners of one event on many emitters': {
    name: 'sockets',
    kind: /listener|collection|closure|object/,
    text: `const { EventEmitter } = require('node:events')
const sockets = [] // here
exports.step = (i) => { const socket = new EventEmitter(); socket.on('close', () => i); sockets.push(socket) } // here`
  },
  'listeners of process': {
    name: 'process',
    kind: /listener/,
    text: `process.setMaxListeners(0)
exports.step = (i) => { const state = { i }; process.on('leaky', () => state.i++) } // here`
  },
  'abort signals that follow another': {
    kind: /./,
    also: 1,
    isCounted: false,
    text: `const shutdown = new AbortController()
const signals = []
require('node:events').setMaxListeners(0, shutdown.signal)
exports.step = () => { signals.push(AbortSignal.any([shutdown.signal])) }`,
    name: 'signals'
  },
  'intervals that are in a list too': {
    kind: /timer|collection/,
    text: `const timers = [] // here
exports.step = (i) => { timers.push(setInterval(() => i, 1e6).unref()) } // here`
  },
  'a Map behind a bound function': {
    name: 'step',
    text: `class Row {}
function add(seen, i) { seen.set(i, new Row()) }
const seen = new Map() // here
exports.step = add.bind(null, seen) // here`
  },
  'a Map that only a bound function holds': {
    text: `class Row {}
function add(i) { this.set(i, new Row()) }
exports.step = add.bind(new Map()) // here`
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
exports.step = (i) => { meta.set({ i }, { note: i }) }`,
  'files that are required late': `const fs = require('node:fs'), path = require('node:path')
exports.step = (i) => { if (i % 5) return
  const file = path.join(__dirname, 'late' + i + '.js')
  fs.writeFileSync(file, 'const local = new Map([[' + i + ', 1]]); class Late' + i + ' { run() { return local } } module.exports = { Late: Late' + i + ', size: () => local.size }')
  require(file).size()
}`,
  'functions that are compiled late': `const make = (i) => new Function('a', 'return a + ' + (i % 40))
const keep = Array.from({ length: 40 }, (_, i) => make(i))
exports.step = (i) => { let sum = 0; for (let n = 0; n < 300; n++) sum += keep[i % 40](n); return sum }`,
  'modules that are required late': `const names = ['node:zlib', 'node:http', 'node:crypto', 'node:readline', 'node:stream/web', 'node:tls', 'node:dns', 'node:http2', 'node:cluster', 'node:repl', 'node:vm', 'node:wasi']
exports.step = (i) => { if (i % 60 === 0) require(names[(i / 60) % names.length]) }`,
  'regular expressions': `const texts = Array.from({ length: 50 }, (_, i) => 'user' + i + '@example.com, id=' + i * 7)
exports.step = (i) => { const found = new RegExp('(\\\\w+)@(\\\\w+)\\\\.com, id=' + (i % 30)).exec(texts[i % 50]); return texts[i % 50].replace(/\\d+/g, (d) => d * 2).split(/[,@]/).length + (found ? 1 : 0) }`,
  'many classes': `const classes = Array.from({ length: 60 }, (_, i) => class { #p = i; static made = 0; constructor(x) { this.x = x; this['f' + (i % 9)] = x } get p() { return this.#p } run() { return this.p + this.x } })
exports.step = (i) => { let sum = 0; for (const C of classes) { C.made++; sum += new C(i).run() } return sum }`,
  'requests over loopback with connections kept': `const http = require('node:http')
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
let server
exports.step = async (i) => {
  server ??= await new Promise((resolve) => { const s = http.createServer((request, response) => { let body = ''; request.on('data', (c) => { body += c }).on('end', () => response.end(JSON.stringify({ url: request.url, body }))) }); s.listen(0, '127.0.0.1', () => { s.unref(); resolve(s) }) })
  await new Promise((resolve, reject) => { const r = http.request({ agent, port: server.address().port, host: '127.0.0.1', path: '/' + i, method: 'POST' }, (response) => { response.resume().on('end', resolve) }); r.on('error', reject); r.end('hello ' + i) })
}`,
  'a cache that is full after the second capture': `const cache = new Map()
exports.step = (i) => { if (cache.size < 390) cache.set('key ' + i, { i }) }`,
  'JSON and texts': `exports.step = (i) => { const text = JSON.stringify({ i, rows: Array.from({ length: 40 }, (_, n) => ({ ['k' + n]: i * n, text: 'text ' + n })) }); const parsed = JSON.parse(text); return structuredClone(parsed).rows.map((row) => Object.keys(row)[0]).join() }`,
  'fetches, streams and timers that end': `const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { setTimeout: wait } = require('node:timers/promises')
exports.step = async (i) => { const seen = []; await pipeline(Readable.from([i, i + 1]), async function* (s) { for await (const x of s) yield String(x) }, async (s) => { for await (const x of s) seen.push(x) }); if (i % 20 === 0) await wait(1); return seen }`,
  'async contexts that end': `const { AsyncLocalStorage } = require('node:async_hooks')
const storage = new AsyncLocalStorage()
exports.step = (i) => storage.run({ i }, async () => { await null; await new Promise((resolve) => setImmediate(resolve)); return storage.getStore().i })`,
  'crypto and zlib': `const crypto = require('node:crypto'), zlib = require('node:zlib')
exports.step = async (i) => { const hash = crypto.createHash('sha256').update('x' + i).digest('hex'); const z = await new Promise((r) => zlib.gzip(hash.repeat(20), (e, b) => r(b))); return zlib.gunzipSync(z).length }`,
  'a sliding window': `const window = []
exports.step = (i) => { window.push({ i, at: new Date() }); if (window.length > 64) window.shift() }`
}

module.exports = { LEAKS, CLEAN }

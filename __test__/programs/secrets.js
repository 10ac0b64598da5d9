// @ts-check
// A program with a marker in every place where a program can have data, and in the names that it has: `npm test` reads
// what leaves it (__test__/heap/secrets.test.js). Writes to the folder of its first argument all that leakguard makes of
// it, and `planted.json`: which marker is where. Markers are made while it runs, so that no source has them.
'use strict'

const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const { channel } = require('node:diagnostics_channel')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const inspector = require('node:inspector')
const path = require('node:path')
const { PassThrough } = require('node:stream')
const { pathToFileURL } = require('node:url')
const vm = require('node:vm')
const { gunzipSync } = require('node:zlib')
const { MessageChannel } = require('node:worker_threads')
const leakguard = require('leakguard')

const folder = process.argv[2]
const salt = process.env.SALT ?? 'salt'
/** Markers by place, as bytes: as strings they would all be in the heap because of this. @type {Map<string, Buffer>} */
const planted = new Map()

/** A marker of its own; `isWord`: without digits, as names in code are. @param {string} place @param {boolean} [isWord] */
function mark(place, isWord = false) {
  const number = planted.size
  const letters = String.fromCharCode(97 + (number % 26), 97 + Math.floor(number / 26), 122)
  if (planted.has(place)) throw new Error(`two of ${place}`)
  planted.set(place, Buffer.from(isWord ? `zq${salt}${letters}` : `zq${salt}${letters}_${1000 + number}`))
  return markerOf(place)
}
/** One flat string: of one put together V8 would write that it is, not what it says. @param {string} place */
const markerOf = (place) => String(planted.get(place))
const word = (/** @type {string} */ place) => mark(place, true)

/** What is planted stays. @type {any[]} */
const kept = []
/** @template T @param {T} value @returns {T} */
const keep = (value) => {
  kept.push(value)
  return value
}
globalThis.kept = kept
globalThis.onlyVariable = mark('value of a global variable')

// ---- values, keys, containers
keep(mark('string'))
keep({ value: mark('value of a property') })
keep([mark('element of an array')])
keep(Object.assign(Object.create(null), { [mark('key of an object without a prototype')]: {} }))
keep({ [mark('key of a small object')]: new Map([[{}, {}]]) })
keep({ [mark('key of a small object with a value')]: mark('value of a small object') })
const removed = keep({ a: {}, [mark('key of an object that lost another')]: {} })
delete removed.a
keep(JSON.parse(`{"${mark('key of parsed JSON')}":{"a":"${mark('value of parsed JSON')}"}}`))
keep(Object.fromEntries([[mark('key from entries'), []]]))
keep(new Map([[mark('key of a Map'), mark('value of a Map')]]))
keep(new Map([[{}, new Map([[mark('key of a Map in a Map'), {}]])]]))
keep(new Set([mark('member of a Set')]))
const anchor = keep({})
keep(new WeakMap([[anchor, mark('value of a WeakMap')]]))
keep(new WeakMap([[anchor, new RegExp(mark('pattern in a WeakMap'))]]))
keep(new WeakMap([[keep(new RegExp(mark('pattern as a key of a WeakMap'))), {}]]))
keep(new WeakMap([[anchor, Symbol(mark('symbol in a WeakMap'))]]))
keep(new WeakMap([[anchor, `${mark('long string in a WeakMap')}${'y'.repeat(5000)}`]]))
keep(new WeakMap([[anchor, [`a${mark('rope in a WeakMap')}`, 'b'].join(' ) -> value (')]]))
keep(new WeakSet([keep({ a: mark('value in a WeakSet') })]))
keep(new WeakRef(keep({ a: mark('value behind a WeakRef') })))
keep(new FinalizationRegistry(() => {})).register(anchor, mark('value of a FinalizationRegistry'))
keep(new Date(mark('text of a Date').replace(/\D/g, '') && Date.now()))
keep(BigInt(`${mark('BigInt').replace(/\D/g, '')}987654321987654321`))
keep(Symbol(mark('symbol')))
keep({ [Symbol(mark('symbol that is a key'))]: {} })
keep(Symbol.for(mark('registered symbol')))
keep({ [Symbol.for(mark('registered symbol that is a key'))]: {} })
keep(new RegExp(`${mark('pattern')}+`))
const matched = /q.*/.exec(mark('text that matched'))
keep([matched])
keep(new String(mark('boxed string')))

// ---- strings of every shape
const text = mark('rope')
keep(`${text}${' '.repeat(30)}${process.pid}`)
keep(`${mark('slice').padStart(60, '-')}${'-'.repeat(60)}`.slice(3, 90))
keep(`${mark('two-byte string')}é\u{1f600}`)
keep(Buffer.from(mark('external string').repeat(60_000)).toString('latin1'))
keep(`${mark('template')} ${process.pid}`)
const tag = (/** @type {TemplateStringsArray} */ strings, /** @type {unknown[]} */ ...values) =>
  keep({ strings, values })
tag`before ${mark('value of a tagged template')} after`

// ---- bytes
keep(Buffer.from(mark('Buffer')))
keep(Buffer.alloc(20_000, mark('large Buffer')))
keep(new TextEncoder().encode(mark('Uint8Array')).buffer)
keep(new DataView(new TextEncoder().encode(mark('DataView')).buffer))
const shared = keep(new SharedArrayBuffer(64))
new Uint8Array(shared).set(new TextEncoder().encode(mark('SharedArrayBuffer')))
keep(new Blob([mark('Blob')]))

// ---- functions, classes, scopes
const closed = mark('variable of a closure')
keep(() => closed)
keep(
  (
    (/** @type {string} */ own) => () =>
      own
  )(mark('argument that a closure keeps'))
)
function* generate(/** @type {string} */ given) {
  const local = `${given}`
  yield local
  return local
}
keep(generate(mark('argument of a generator'))).next()
const never = new Promise(() => {})
async function wait(/** @type {string} */ given) {
  await never
  return given
}
keep(wait(mark('argument of a suspended function')))
class Holder {
  static field = mark('static field')
  #hidden = mark('private field')
  get value() {
    return this.#hidden
  }
}
keep(new Holder())
keep({
  get made() {
    return mark('value of a getter')
  }
})
keep(new Proxy({ a: mark('target of a Proxy') }, { get: () => mark('value of a trap') }))
keep(keep.bind(null, { a: mark('argument of a bound function') }))
keep(generate.bind({ a: mark('this of a bound function') }))
const computed = mark('name of a computed function')
keep({ [computed]: () => {} })
keep(Promise.resolve(mark('value of a promise')))
const rejected = Promise.reject(new Error(mark('reason of a rejection')))
rejected.catch(() => {})
keep(rejected)

// ---- errors
const cause = new TypeError(mark('message of a cause'))
const error = Object.assign(new Error(mark('message of an error'), { cause }), { detail: mark('detail of an error') })
void error.stack
keep(error)
keep(Object.assign(new Error('x'), { stack: mark('stack of an error') }))
keep(new AggregateError([new RangeError(mark('message of one of many errors'))]))

// ---- code that is text
keep(
  vm.runInThisContext(
    `(function () { /* ${mark('comment in code')} */ return '${mark('literal in evaluated code')}' })`
  )
)
keep(new Function('a', `return '${mark('body of a made function')}' + a`))
// biome-ignore lint/security/noGlobalEval: that is what is tried
keep(eval(`(() => '${mark('text that was evaluated')}')`))
const context = keep(vm.createContext({ [mark('global of a context')]: mark('value in a context') }))
vm.runInContext(`globalThis.own = { a: '${mark('literal in a context')}' }`, context)

// ---- events, timers, stores, channels
const emitter = keep(new EventEmitter())
const heard = mark('variable of a listener')
emitter.on('order', () => heard)
emitter.on(`for:${mark('name of an event')}`, () => {})
const target = keep(new EventTarget())
target.addEventListener(mark('type of an event'), () => {})
setTimeout(() => {}, 1e8, mark('argument of a timer')).unref()
const ticked = mark('variable of an interval')
setInterval(() => ticked, 1e8).unref()
const storage = keep(new AsyncLocalStorage())
storage.run({ a: mark('store') }, () => keep(new AsyncResource('Request')))
channel(mark('name of a channel')).subscribe(() => {})
channel('orders').subscribe(() => {})
channel('orders').publish({ a: mark('message of a channel') })
const ports = keep(new MessageChannel())
ports.port1.postMessage({ a: mark('message of a port') })
ports.port1.unref()
ports.port2.unref()
keep(AbortSignal.abort(mark('reason of a signal')))
keep(structuredClone({ [mark('key of a clone')]: mark('value of a clone') }))
process.emitWarning(mark('text of a warning'), { type: 'Odd' })
console.log('%s', mark('argument of console.log'))
console.error({ a: mark('argument of console.error') })

// ---- what comes from outside
keep({ ...process.env })
planted.set('variable of the environment', Buffer.from(String(process.env.PLANTED)))
planted.set('argument of the program', Buffer.from(process.argv[3]))
keep(
  new URL(`https://u:${mark('password of a URL')}@host.invalid/${mark('path of a URL')}?q=${mark('query of a URL')}`)
)
keep(new URLSearchParams({ a: mark('search parameter') }))
keep(new Headers({ authorization: mark('header'), cookie: mark('cookie') }))
const stream = keep(new PassThrough())
stream.write(mark('chunk of a stream'))
const named = path.join(folder, word('name of a file'))
fs.writeFileSync(named, mark('content of a file'))
for (let i = 0; i < 40; i++) keep(fs.openSync(named, 'r'))

// ---- caches
const cache = keep(new leakguard.WeakLruCache({ max: 1000, name: word('name of a cache') }))
cache.set(mark('key of a cache'), { a: mark('value of a cache') })
const remembered = keep(leakguard.memoize((/** @type {string} */ key) => ({ key }), { max: 10 }))
remembered(mark('argument of a memoized function'))

// ---- names: a person wrote them
const code = `
class ${word('name of a class')} {}
function ${word('name of a function')}() {
  const ${word('name of a variable')} = { a: [] }
  return { ${word('name of a property')}: () => ${markerOf('name of a variable')} }
}
exports.object = new ${markerOf('name of a class')}()
exports.call = ${markerOf('name of a function')}
exports.made = exports.call()
`
const exported = keep({ object: {}, made: {}, call: () => {} })
vm.runInThisContext(`(function (exports) {${code}})`, { filename: path.join(folder, 'names.js') })(exported)
keep({ [word('word that is a key of a small object')]: {} })

/** What grows between snapshots, and while a guard looks: what is found in reports. */
const sessions = {}
const users = new Map()
const leaky = new EventEmitter()
leaky.setMaxListeners(0)
exports.sessions = sessions
exports.users = users
exports.leaky = leaky
class Session {
  constructor(/** @type {string} */ token) {
    this.token = token
    this.data = new Array(50).fill(token)
  }
}
let steps = 0
const tokens = mark('key of a table')
const emails = mark('key of a Map that grows')
function grow(count = 200) {
  for (let i = 0; i < count; i++) {
    steps++
    sessions[`${tokens}_${steps}`] = new Session(`${steps}`)
    users.set(`${emails}@${steps}`, { a: steps })
    leaky.on('data', () => steps)
    setTimeout(() => steps, 1e8).unref()
  }
}

/** @param {string} name @param {unknown} what */
const write = (name, what) =>
  fs.writeFileSync(path.join(folder, name), typeof what === 'string' ? what : JSON.stringify(what, null, 1))

/** How long a guard looks at most, in milliseconds. */
const LOOKED_MS = 40_000
const FORMATS = ['text', 'json', 'html', 'sarif', 'github', 'markdown']
/** @param {string} name @param {any} report */
function render(name, report) {
  for (const format of FORMATS) write(`${name}.report.${format}`, report.render(format))
}

/** Profiles, as they are before they are compressed. @param {import('../..').Guard} guard @param {string[]} modes */
async function profile(guard, modes) {
  const session = new inspector.Session()
  session.connect()
  session.post('HeapProfiler.startSampling', { samplingInterval: 64 })
  grow()
  for (const mode of modes) {
    const bytes = await guard.profile(/** @type {any} */ ({ mode }))
    fs.writeFileSync(path.join(folder, `${mode}.pb`), gunzipSync(bytes))
  }
  session.post('HeapProfiler.stopSampling')
  session.disconnect()
}

async function main() {
  const loaded = await import(
    `data:text/javascript,${encodeURIComponent(`export const a = { b: '${mark('text of a data: module')}' }; export const go = () => setInterval(() => a, 1e8).unref()`)}`
  )
  fs.writeFileSync(path.join(folder, 'asked.mjs'), 'export const go = () => setInterval(() => {}, 1e8).unref()')
  const asked = await import(`${pathToFileURL(path.join(folder, 'asked.mjs')).href}?v=${mark('query of a module')}`)
  const server = keep(http.createServer((_, response) => response.write('part'))).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const headers = { authorization: mark('header of a request'), 'x-key': mark('another header of a request') }
  const request = keep(http.get({ port, path: `/?q=${mark('query of a request')}`, headers }))
  await new Promise((resolve) => request.once('response', resolve))

  /** @type {any[]} */
  const events = []
  channel('leakguard:cache').subscribe((message) => {
    const { key, ...rest } = /** @type {any} */ (message)
    events.push(['cache', Object.keys(rest), rest.op, rest.outcome])
  })
  const isLinux = process.platform === 'linux'
  const capture = isLinux ? { to: path.join(folder, 'captures') } : undefined
  const guard = leakguard.start({
    minGrowthMs: 5000,
    memory: { sampleMs: 100, record: path.join(folder, 'record.csv') },
    capture
  })
  guard.on('leak', (report) => events.push(['leak', report]))
  const logger = { emit: (/** @type {any} */ record) => events.push(['record', record]) }
  require('leakguard/metrics/otel').leakguardEvents({ guard, logger })
  const captured = new Promise((resolve) => guard.once('capture', resolve))
  leakguard.track(users, word('name of a collection that is followed'))
  cache.get(mark('key that a cache lacks'))
  // A finding is told once it has stood for ten seconds.
  const end = performance.now() + LOOKED_MS
  while (performance.now() < end && !events.some(([kind]) => kind === 'leak')) {
    grow(2)
    loaded.go()
    asked.go()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  if (capture) events.push(['capture', await captured])
  render('check', await leakguard.check())
  const { leakguardMetrics } = require('leakguard/metrics/prom')
  const { Registry } = require('prom-client')
  const register = new Registry()
  leakguardMetrics({ register })
  write('metrics.prom', await register.metrics())
  await profile(guard, isLinux ? ['inline', 'fork'] : ['inline'])
  guard.stop()

  for (const mode of isLinux ? ['inline', 'fork'] : ['inline']) {
    await leakguard.writeHeap(path.join(folder, `${mode}.heapsnapshot`), /** @type {any} */ ({ mode }))
    const census = await leakguard.countHeap({ mode })
    write(`${mode}.census`, census)
  }
  // What would leave it if nothing were redacted: the test sees by it that markers are there to be found.
  await leakguard.writeHeap(path.join(folder, 'whole'), { redact: false })
  for (const redact of [true, false]) {
    /** @type {any[]} */
    const graphs = []
    for (let i = 0; i < 3; i++) {
      grow()
      graphs.push(await leakguard.captureHeap({ redact }))
    }
    render(`diff-${redact}`, await leakguard.diffHeaps(graphs[0], graphs[1], graphs[2]))
    write(`classes-${redact}.report`, graphs[2].classes({ limit: 100_000 }))
    for (const graph of graphs) graph.dispose()
  }
  await leakguard.scope(word('name of a scope'), async () => {
    const late = { a: 1 }
    sessions[`${tokens}_watched`] = late
    leakguard.watch(late, word('label of what is watched'))
  })
  render('watched', await leakguard.checkWatched())
  write('events.event', events)
  write('planted.json', Object.fromEntries([...planted].map(([place, marker]) => [place, String(marker)])))
}

main().then(
  () => process.exit(0),
  (error) => {
    fs.writeSync(2, `${error?.stack}\n`)
    process.exit(1)
  }
)

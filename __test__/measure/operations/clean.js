// @ts-check
// Operations that leave nothing behind, or nothing without an end: what a measurement must never accuse. Each entry
// makes one, fresh: a function, or a function and how to close what it worked with.
'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { execFile } = require('node:child_process')
const crypto = require('node:crypto')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { PassThrough, Readable, Transform } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const util = require('node:util')
const vm = require('node:vm')
const { Worker } = require('node:worker_threads')
const zlib = require('node:zlib')

/** @typedef {(() => unknown) | { op: () => unknown, close?: () => unknown }} Made */

const nothing = () => {}
const text = 'The quick brown fox jumps over the lazy dog, '.repeat(60)
const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {boolean} keepAlive */
async function loopback(keepAlive) {
  const server = http.createServer((request, response) => response.end(JSON.stringify({ url: request.url })))
  const listening = /** @type {Promise<void>} */ (
    new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  )
  await listening
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const agent = new http.Agent({ keepAlive })
  const close = () => {
    agent.destroy()
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { port, agent, close }
}

/** @param {boolean} keepAlive */
async function requests(keepAlive) {
  const { port, agent, close } = await loopback(keepAlive)
  let i = 0
  const op = () =>
    new Promise((resolve, reject) => {
      const request = http.get({ port, host: '127.0.0.1', path: `/${i++}`, agent }, (response) => {
        response.resume()
        response.on('end', resolve)
      })
      request.on('error', reject)
    })
  return { op, close }
}

/** A least-recently-used cache. @param {number} max @param {() => unknown} value */
function lru(max, value) {
  const cache = new Map()
  let i = 0
  return () => {
    const key = `key ${i++}`
    cache.set(key, value())
    if (cache.size > max) cache.delete(cache.keys().next().value)
    return cache.get(`key ${i - 5}`)
  }
}

/** A queue that is filled one by one and cut back in one go. @param {number} max @param {() => unknown} value */
function sawtooth(max, value) {
  /** @type {unknown[]} */
  const queue = []
  return () => {
    queue.push(value())
    if (queue.length >= max) queue.length = 0
  }
}

class Account {
  /** @type {Map<string, number>} */
  entries = new Map()
  #total = 0
  /** @param {number} i */
  book(i) {
    this.entries.set(`entry ${i}`, i)
    this.#total += i
    return this.#total
  }
}

/** @type {Record<string, () => Made | Promise<Made>>} */
const CLEAN = {
  'objects made and dropped': () => () => Array.from({ length: 50 }, (_, i) => ({ i, name: `n${i}` })).length,
  'sorting numbers': () => {
    let seed = 1
    return () => Float64Array.from({ length: 200 }, () => (seed = (seed * 16807) % 2147483647)).sort()[0]
  },
  'an empty function': () => nothing,
  'an empty async function': () => async () => {},
  'JSON there and back': () => () => JSON.parse(JSON.stringify({ list: [1, 2, { text }], at: 5 })),
  'a chain of promises': () => async () => {
    await Promise.all([1, 2, 3].map(async (n) => n * 2))
    return Promise.race([Promise.resolve(1), wait(0)])
  },
  'promises that reject and are caught': () => () => Promise.reject(new Error('expected')).catch(nothing),
  'timers that end': () => () => wait(1),
  'timers that are cleared': () => () => {
    clearTimeout(setTimeout(nothing, 60_000))
    clearInterval(setInterval(nothing, 60_000))
    clearImmediate(setImmediate(nothing))
  },
  'a race with a timeout that is cleared': () => async () => {
    let timer
    const timeout = new Promise((_, reject) => (timer = setTimeout(reject, 60_000)))
    await Promise.race([wait(0), timeout])
    clearTimeout(timer)
  },
  'a pipeline of streams': () => () =>
    pipeline(
      Readable.from(['a', 'b', text]),
      new Transform({ transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()) }),
      new PassThrough().resume()
    ),
  'an async generator read to its end': () => async () => {
    async function* numbers() {
      for (let i = 0; i < 5; i++) yield i
    }
    let sum = 0
    for await (const n of numbers()) sum += n
    return sum
  },
  'http on loopback': () => requests(false),
  'http on loopback, kept alive': () => requests(true),
  fetch: async () => {
    const { port, close } = await loopback(true)
    return { op: async () => (await fetch(`http://127.0.0.1:${port}/x`)).text(), close }
  },
  'a server for each call': () => async () => {
    const { close } = await loopback(false)
    await close()
  },
  'regular expressions': () => {
    let i = 0
    return () => [...text.matchAll(/\b(q\w+|f\w+)\b/g)].length + Number(new RegExp(`k${i++ % 20}`).test(text))
  },
  'classes with Maps': () => () => {
    const account = new Account()
    for (let i = 0; i < 20; i++) account.book(i)
    return account
  },
  AsyncLocalStorage: () => {
    const storage = new AsyncLocalStorage()
    return () =>
      storage.run({ id: Math.random() }, async () => {
        await wait(0)
        return storage.getStore()
      })
  },
  workers: () => async () => {
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage([1, 2])', { eval: true })
    await once(worker, 'message')
    await worker.terminate()
  },
  'messages to one worker': () => {
    const worker = new Worker(
      'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m))',
      { eval: true }
    )
    const op = async () => {
      worker.postMessage({ text })
      await once(worker, 'message')
    }
    return { op, close: () => worker.terminate() }
  },
  'hashes and random bytes': () => () => crypto.createHash('sha256').update(crypto.randomBytes(64)).digest('hex'),
  'ciphers and signatures': () => {
    const { privateKey } = crypto.generateKeyPairSync('ed25519')
    return () => {
      const cipher = crypto.createCipheriv('aes-256-gcm', crypto.randomBytes(32), crypto.randomBytes(12))
      return [cipher.update(text), cipher.final(), crypto.sign(null, Buffer.from(text), privateKey)]
    }
  },
  'scrypt in the thread pool': () => () => util.promisify(crypto.scrypt)('secret', 'salt', 16),
  'zlib, sync': () => () => zlib.gunzipSync(zlib.gzipSync(text)),
  'zlib, async': () => async () => util.promisify(zlib.gunzip)(await util.promisify(zlib.gzip)(text)),
  'files written, read, removed': () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-clean-'))
    const file = path.join(folder, 'a.txt')
    const op = async () => {
      await fs.promises.writeFile(file, text)
      const handle = await fs.promises.open(file)
      await handle.stat()
      await handle.close()
      fs.closeSync(fs.openSync(file))
      fs.readFileSync(file)
      await fs.promises.rm(file)
    }
    return { op, close: () => fs.rmSync(folder, { recursive: true }) }
  },
  'file streams': () => () => pipeline(fs.createReadStream(__filename), new PassThrough().resume()),
  'big Buffers': () => () => Buffer.alloc(1 << 20, 1).length,
  'Buffers from the pool': () => () => Buffer.from(text.slice(0, 100)).toString('base64'),
  'listeners added and removed': () => {
    const bus = new EventEmitter()
    return () => {
      bus.on('data', nothing)
      bus.once('end', nothing)
      bus.emit('end')
      bus.off('data', nothing)
    }
  },
  'an emitter for each call': () => () => {
    const emitter = new EventEmitter()
    emitter.on('a', () => emitter.emit('b'))
    emitter.on('b', nothing)
    emitter.emit('a')
  },
  'an AbortController for each call': () => async () => {
    const controller = new AbortController()
    const waiting = once(new EventEmitter(), 'never', { signal: controller.signal }).catch(nothing)
    controller.abort()
    await waiting
  },
  'AbortSignal.timeout and any': () => async () => {
    const signal = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal])
    signal.addEventListener('abort', nothing, { once: true })
    await wait(6)
  },
  'a WeakMap of results': () => {
    const results = new WeakMap()
    return () => {
      const key = { text }
      results.set(key, { length: key.text.length })
      return results.get(key)
    }
  },
  'finalizers and weak references': () => {
    const registry = new FinalizationRegistry(nothing)
    return () => {
      const object = { i: 1 }
      registry.register(object, 'gone')
      return new WeakRef(object).deref()
    }
  },
  'a cache of at most 100': () => lru(100, () => ({ at: Date.now() })),
  'a cache of at most 1,000': () => lru(1000, () => ({ at: Date.now() })),
  'a cache of at most 5,000': () => lru(5000, () => ({ at: Date.now() })),
  'a cache of at most 1,000 texts': () => lru(1000, () => `value ${Math.random()}`),
  'a queue of objects cut back at 256': () => sawtooth(256, () => ({ job: 1 })),
  'a queue of objects cut back at 1,000': () => sawtooth(1000, () => ({ job: 1 })),
  'a queue of numbers cut back at 1,000': () => sawtooth(1000, () => 1),
  'a slow queue cut back at 256': () => {
    const push = sawtooth(256, () => ({ job: 1 }))
    return async () => {
      await wait(1)
      push()
    }
  },
  'memoized calls with few keys': () => {
    /** @type {Map<string, object>} */
    const memo = new Map()
    let i = 0
    return () => {
      const key = `key ${i++ % 40}`
      const known = memo.get(key) ?? { key, parsed: new URL(`http://h/${key}`) }
      memo.set(key, known)
      return known
    }
  },
  'memoized calls with keys by chance': () => {
    /** @type {Map<number, object>} */
    const memo = new Map()
    return () => {
      const key = Math.floor(Math.random() * 300)
      if (!memo.has(key)) memo.set(key, { key })
      return memo.get(key)
    }
  },
  'a module required late': () => () => {
    const { parse } = require('node:querystring')
    require('node:readline')
    return parse('a=1&b=2')
  },
  'vm.Script': () => {
    const script = new vm.Script('[1, 2, 3].map((n) => n * 2).length')
    return () => script.runInThisContext()
  },
  'a vm context for each call': () => () => vm.runInNewContext('({ a: 1 + b })', { b: 2 }),
  structuredClone: () => () => structuredClone({ map: new Map([[1, { text }]]), date: new Date(0) }),
  Intl: () => {
    const format = new Intl.NumberFormat('en')
    return () => format.format(Math.random() * 1e6) + new Intl.DateTimeFormat('de').format(0)
  },
  'URLs parsed': () => () => new URL('https://user@example.org:8080/a/b?c=d#e').searchParams.get('c'),
  'a child process': () => () => util.promisify(execFile)('true'),
  'errors with stacks': () => () => {
    try {
      throw new TypeError('expected')
    } catch (error) {
      return /** @type {Error} */ (error).stack
    }
  },
  'text encoded and decoded': () => () => new TextDecoder().decode(new TextEncoder().encode(text)),
  'assertions and inspection': () => () => {
    assert.deepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })
    return util.inspect({ a: [1, { b: 2 }], text })
  },
  'proxies and symbols': () => () => {
    const proxy = new Proxy({ a: 1 }, { get: (target, key) => Reflect.get(target, key) })
    return [proxy.a, Symbol('x').description, Symbol.for('shared')]
  },
  'closures over big data': () => () => {
    const big = new Array(1000).fill(0)
    return [1, 2, 3].map((n) => () => big[n]).map((f) => f())
  },
  'web streams': () => async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('a')
        controller.close()
      }
    })
    for await (const chunk of /** @type {any} */ (stream)) assert.equal(chunk, 'a')
  },
  MessageChannel: () => async () => {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(text)
    await new Promise((resolve) => (port2.onmessage = resolve))
    port1.close()
  },
  'a counter in a record': () => {
    /** @type {Record<string, number>} */
    const hits = {}
    let i = 0
    return () => {
      const key = `route ${i++ % 10}`
      hits[key] = (hits[key] ?? 0) + 1
    }
  },
  "an agent's free sockets, the wider the rarer": async () => {
    const { createServer, request, Agent } = require('node:http')
    const server = createServer((asked, answer) => {
      asked.resume()
      setImmediate(() => answer.end('ok'))
    }).listen(0, '127.0.0.1')
    await require('node:events').once(server, 'listening')
    server.keepAliveTimeout = 120_000
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const agent = new Agent({ keepAlive: true, maxSockets: 10, maxFreeSockets: 10 })
    let i = 0
    const ask = () =>
      new Promise((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, agent }, (answer) => answer.resume().on('end', resolve))
        asked.on('error', reject).end()
      })
    return {
      op: () => {
        const call = i++
        let width = 1
        for (let n = 2; n <= 10; n++) if (call % (30 * n) === 30 * n - 1) width = n
        return Promise.all(Array.from({ length: width }, ask))
      },
      close: () => {
        agent.destroy()
        server.closeAllConnections()
        server.close()
      }
    }
  },
  'traces of connections, cut back when they are long': () => {
    class Trace {
      /** @type {object[]} */
      entries = []
      /** @param {string} text */
      add(text) {
        this.entries.push({ text, at: new Date() })
        if (this.entries.length >= 64) this.entries.splice(0, 32)
      }
    }
    const shared = new Trace()
    const open = new Map()
    let i = 0
    return async () => {
      const id = i++
      const own = new Trace()
      open.set(id, own)
      for (const word of ['open', 'ready', 'idle', 'end']) {
        own.add(word + id)
        if (id % 3 === 0) shared.add(word + id)
      }
      await new Promise((resolve) => setImmediate(resolve))
      setTimeout(() => open.delete(id), 20).unref()
    }
  },
  'a record that is cut back at ten thousand': () => {
    /** @type {object[]} */
    const record = []
    let i = 0
    return () => {
      record.push({ id: i++, message: 'took a while' })
      if (record.length > 10_000) record.splice(0, 1000)
    }
  },
  'a ring of whole Buffers': () => {
    /** @type {Buffer[]} */
    const ring = new Array(1000).fill(Buffer.alloc(0))
    let i = 0
    return () => {
      ring[i++ % ring.length] = Buffer.alloc(4000)
    }
  },
  'ring of the last 50 errors': () => {
    /** @type {Error[]} */
    const last = []
    return () => {
      last.push(new Error('expected'))
      if (last.length > 50) last.shift()
    }
  }
}

module.exports = { CLEAN }

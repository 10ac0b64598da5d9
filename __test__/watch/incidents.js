'use strict'
// @ts-check
// Ten ways in which finished requests and sockets stayed, as people have reported them, and each mended: small servers of
// our own. Knows servers, nothing of leakguard. What a case calls its holder is the variable to look at.

const { EventEmitter } = require('node:events')

/**
 * @typedef {object} Incident
 * @property {string} holder
 * @property {string} kind of the lives that stay
 * @property {(isLeaky: boolean) => import('node:http').RequestListener} answer
 * @property {boolean} [isAborted] the client gives up each other time
 * @property {boolean} [isClosed] without keep-alive: a socket for each request
 * @property {(server: import('node:http').Server, isLeaky: boolean) => void} [serve]
 */

/** mapbox/mapbox-sdk-js#496: a table of requests under way was cleaned for aborted ones only. @type {Record<string, import('node:http').IncomingMessage>} */
const underway = {}
let underwayId = 0

/** sindresorhus/got#2160: each request listened to one signal for all of them. */
const shutdown = new AbortController()
EventEmitter.setMaxListeners(0, shutdown.signal)

/** getsentry/sentry-javascript#15528: data by request outlived the request. @type {Map<string, { request: import('node:http').IncomingMessage }>} */
const isolation = new Map()

/** storj-archived/bridge#365: pairs were given up when an answer finished, and not when the socket was destroyed. @type {Map<number, import('node:http').ServerResponse>} */
const pool = new Map()
let poolId = 0

/** ortexx/express-form-data#16: what is to be done at the exit was noted for each request. @type {(() => void)[]} */
const exitHooks = []

/** theturtle32/WebSocket-Node#105: closed connections stayed in the server's list. @type {import('node:net').Socket[]} */
const connections = []

/** vercel/next.js#98094: requests whose client has gone waited for what nobody would send. @type {Set<(value: string) => void>} */
const waiting = new Set()

/** expressjs/express and compression in nodejs/help#2836: a small function shared its scope with a large request. @type {(() => number)[]} */
const closers = []

/** nodejs/node#2631: a list of clients whose entries were taken out by the wrong index. @type {import('node:net').Socket[]} */
const clients = []

/** request/request#39: answers hung on a chain of what was to be called. @type {{ before: any, response: import('node:http').ServerResponse } | undefined} */
let lastCall

/** @type {Record<string, Incident>} */
const incidents = {
  'a table of requests under way': {
    holder: 'underway',
    kind: 'server request',
    answer: (isLeaky) => (request, response) => {
      const id = String(underwayId++)
      underway[id] = request
      response.end('x', () => {
        if (!isLeaky) delete underway[id]
      })
    }
  },
  'a listener on one signal': {
    holder: 'shutdown',
    kind: 'server request',
    answer: (isLeaky) => (request, response) => {
      const stop = () => request.destroy()
      shutdown.signal.addEventListener('abort', stop)
      response.end('x', () => {
        if (!isLeaky) shutdown.signal.removeEventListener('abort', stop)
      })
    }
  },
  'data by request': {
    holder: 'isolation',
    kind: 'server request',
    answer: (isLeaky) => (request, response) => {
      const id = `${Math.random()}`
      isolation.set(id, { request })
      response.on('close', () => !isLeaky && isolation.delete(id))
      response.end('x')
    }
  },
  'answers that are given up when they finish': {
    holder: 'pool',
    kind: 'server request',
    isAborted: true,
    answer: (isLeaky) => (request, response) => {
      const id = poolId++
      pool.set(id, response)
      response.on(isLeaky ? 'finish' : 'close', () => pool.delete(id))
      if (request.url === '/abort') return
      response.end('x')
    }
  },
  'what is to be done at the exit': {
    holder: 'exitHooks',
    kind: 'server request',
    answer: (isLeaky) => (request, response) => {
      const clean = () => void request.headers
      exitHooks.push(clean)
      response.end('x', () => {
        if (!isLeaky) exitHooks.splice(exitHooks.indexOf(clean), 1)
      })
    }
  },
  'a list of connections': {
    holder: 'connections',
    kind: 'server socket',
    isClosed: true,
    answer: () => (_, response) => void response.end('x'),
    serve(server, isLeaky) {
      server.on('connection', (socket) => {
        connections.push(socket)
        socket.on('close', () => !isLeaky && connections.splice(connections.indexOf(socket), 1))
      })
    }
  },
  'a wait for what nobody sends': {
    holder: 'waiting',
    kind: 'server request',
    isAborted: true,
    answer: (isLeaky) => async (request, response) => {
      if (request.url !== '/abort') return void response.end('x')
      const text = await new Promise((resolve) => {
        waiting.add(resolve)
        response.on('close', () => {
          if (isLeaky) return
          waiting.delete(resolve)
          resolve('gone')
        })
      })
      response.end(`${text}${request.url}`)
    }
  },
  'a scope that is shared': {
    holder: 'closers',
    kind: 'server request',
    answer: (isLeaky) => (request, response) => {
      const at = Date.now()
      const close = () => at
      const url = () => request.url
      closers.push(close)
      response.end(String(url()), () => {
        if (!isLeaky) closers.splice(closers.indexOf(close), 1)
      })
    }
  },
  'an index that is not there': {
    holder: 'clients',
    kind: 'server socket',
    isClosed: true,
    answer: () => (_, response) => void response.end('x'),
    serve(server, isLeaky) {
      server.on('connection', (socket) => {
        clients.push(socket)
        socket.on('close', () => {
          const at = isLeaky ? clients.indexOf(/** @type {any} */ (socket.remotePort)) : clients.indexOf(socket)
          if (at >= 0) clients.splice(at, 1)
        })
      })
    }
  },
  'a chain of calls': {
    holder: 'lastCall',
    kind: 'server request',
    answer: (isLeaky) => (_, response) => {
      lastCall = { before: isLeaky ? lastCall : undefined, response }
      response.end('x')
    }
  }
}

module.exports = { incidents }

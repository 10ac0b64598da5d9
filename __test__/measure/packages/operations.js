'use strict'
// @ts-nocheck
// Published packages, used carelessly (they leak) and well (they do not). Each entry makes an operation.
// `held` is a part of the report's text: what a person needs to read to know where to look.

const http = require('node:http')

const get = (port, path, agent) =>
  new Promise((resolve, reject) => {
    http
      .get({ port, path, agent }, (response) => {
        response.resume()
        response.on('end', resolve)
      })
      .on('error', reject)
  })
const served = (listener) => http.createServer(listener).listen(0).unref()

/** Held for ever. */
exports.leaky = {
  'ajv 6, a new schema each time': {
    held: 'ajv/lib/cache.js',
    make() {
      const ajv = new (require('ajv'))()
      let n = 0
      return () => ajv.compile({ type: 'object', properties: { [`p${n++}`]: { type: 'string' } } })({})
    }
  },
  'mem, ever new arguments': {
    held: 'operations.js',
    make() {
      const load = require('mem')((user) => ({ user }))
      let n = 0
      return () => load(`user${n++}`)
    }
  },
  'fast-memoize, ever new arguments': {
    held: 'fast-memoize/src/index.js',
    make() {
      const load = require('fast-memoize')((user) => ({ user }))
      let n = 0
      return () => load({ id: n++ })
    }
  },
  'rxjs, a subscription that is not ended': {
    held: 'observers',
    make() {
      const subject = new (require('rxjs').Subject)()
      return () => void subject.subscribe(() => {})
    }
  },
  'mobx, a reaction that is not disposed': {
    held: 'observers_',
    make() {
      const { observable, autorun } = require('mobx')
      const state = observable({ value: 1 })
      return () => void autorun(() => state.value)
    }
  },
  'node-cache without an expiry': {
    held: 'node_cache.js',
    make() {
      const cache = new (require('node-cache'))()
      let n = 0
      return () => cache.set(`k${n++}`, { n })
    }
  },
  'eventemitter2, a listener': {
    held: "'change'",
    make() {
      const emitter = new (require('eventemitter2').EventEmitter2)({ maxListeners: 0 })
      return () => void emitter.on('change', () => {})
    }
  },
  'redux, a subscription': {
    held: 'nextListeners',
    make() {
      const store = require('redux').legacy_createStore((state = {}) => state)
      return () => void store.subscribe(() => {})
    }
  },
  'dataloader for the whole life of a process': {
    held: '_cacheMap',
    make() {
      const loader = new (require('dataloader'))(async (keys) => keys.map((key) => ({ key })))
      let n = 0
      return () => loader.load(n++)
    }
  },
  'winston, a logger for each request': {
    held: 'Console',
    make() {
      const winston = require('winston')
      const transport = new winston.transports.Console({ silent: true })
      transport.setMaxListeners(0)
      return () => void winston.createLogger({ transports: [transport] })
    }
  },
  'express-session, its MemoryStore': {
    held: 'session/memory.js',
    make() {
      const store = new (require('express-session').MemoryStore)()
      let n = 0
      return () => new Promise((resolve) => store.set(`sid${n++}`, { cookie: {} }, resolve))
    }
  },
  'bottleneck, a limiter for each user': {
    held: 'Group.js',
    make() {
      const group = new (require('bottleneck').Group)({ maxConcurrent: 1 })
      let n = 0
      return () => group.key(`user${n++}`).schedule(async () => 1)
    }
  },
  'express, a route added by each request': {
    held: 'express/lib/router',
    make() {
      const app = require('express')()
      return () => void app.get('/x', (_request, response) => response.end())
    }
  },
  'p-queue, a listener': {
    held: "'idle'",
    make() {
      const queue = new (require('p-queue').default)()
      return () => {
        queue.on('idle', () => {})
        return queue.add(async () => 1)
      }
    }
  },
  'a signal handler for each request': {
    held: "'SIGTERM' listener per call stays on one process",
    make() {
      process.setMaxListeners(0)
      const server = served((_request, response) => {
        process.on('SIGTERM', () => response.end())
        response.end('x')
      })
      const agent = new http.Agent({ keepAlive: true })
      return () => get(server.address().port, '/', agent)
    }
  }
}

/** Nothing stays, or not for long. */
exports.clean = {
  ajv: () => {
    const validate = new (require('ajv'))().compile({ type: 'object' })
    return () => validate({})
  },
  'ajv, made anew': () => () => new (require('ajv'))().compile({ type: 'object' })({}),
  rxjs: () => {
    const subject = new (require('rxjs').Subject)()
    return () => subject.subscribe(() => {}).unsubscribe()
  },
  mobx: () => {
    const { observable, autorun, runInAction } = require('mobx')
    const state = observable({ value: 1 })
    return () => {
      autorun(() => state.value)()
      runInAction(() => state.value++)
    }
  },
  'lru-cache, filling to 1,000': () => {
    const cache = new (require('lru-cache').LRUCache)({ max: 1000 })
    let n = 0
    return () => cache.set(`k${n++}`, { n })
  },
  'lru-cache, filling to 3,000, with an expiry': () => {
    const cache = new (require('lru-cache').LRUCache)({ max: 3000, ttl: 60_000 })
    let n = 0
    return async () => {
      await null
      cache.set(`k${n++}`, { n })
    }
  },
  'mem with an age': () => {
    const load = require('mem')((user) => ({ user }), { maxAge: 50 })
    let n = 0
    return async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      load(`user${n++}`)
    }
  },
  graphql: () => {
    const { graphql, buildSchema } = require('graphql')
    const schema = buildSchema('type Query { a: String }')
    return () => graphql({ schema, source: '{ a }', rootValue: { a: 'x' } })
  },
  fastify: () => {
    const app = require('fastify')()
    app.get('/', async () => ({ a: 1 }))
    return () => app.inject('/')
  },
  'fastify, made anew': () => async () => {
    const app = require('fastify')()
    app.get('/', async () => ({ a: 1 }))
    await app.inject('/')
    await app.close()
  },
  express: () => {
    const app = require('express')()
    app.get('/x', (_request, response) => response.json({ a: 1 }))
    const server = app.listen(0).unref()
    const agent = new http.Agent({ keepAlive: true })
    return () => get(server.address().port, '/x', agent)
  },
  ws: () => {
    const { WebSocketServer, WebSocket } = require('ws')
    const server = new WebSocketServer({ port: 0 })
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
    return () =>
      new Promise((resolve, reject) => {
        const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`)
        client.on('open', () => client.send('x'))
        client.on('message', () => client.close())
        client.on('close', resolve)
        client.on('error', reject)
      })
  },
  pino: () => {
    const logger = require('pino')({ level: 'silent' })
    return () => logger.child({ a: 1 }).info('x')
  },
  winston: () => {
    const winston = require('winston')
    const logger = winston.createLogger({ silent: true, transports: [new winston.transports.Console()] })
    return () => void logger.info('x')
  },
  bluebird: () => () => require('bluebird').delay(1).timeout(100),
  'p-queue': () => {
    const queue = new (require('p-queue').default)()
    return () => queue.add(async () => 1)
  },
  bottleneck: () => {
    const limiter = new (require('bottleneck'))({ maxConcurrent: 1 })
    return () => limiter.schedule(async () => 1)
  }
}

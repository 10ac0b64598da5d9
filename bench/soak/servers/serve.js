// @ts-check
// One clean server of a real framework with a guard: told its name, it says its port, and its guard's answer when asked.
// Knows frameworks; what is asked of it is the driver's.
'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { createRequire } = require('node:module')
const http = require('node:http')
const http2 = require('node:http2')
const path = require('node:path')
const { start } = require('../../..')
const { collectNow } = require('../../../lib/base/clock.js')

const [folder, name, collectMs] = process.argv.slice(2)
const need = createRequire(path.join(folder, 'package.json'))
/** A folder of packages may hold ES modules only. @param {string} id */
const load = async (id) => {
  try {
    return need(id)
  } catch (error) {
    if (/** @type {any} */ (error).code !== 'ERR_REQUIRE_ESM') throw error
    return import(need.resolve(id))
  }
}
/** @param {any} server @returns {Promise<any>} */
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
const item = (/** @type {unknown} */ id) => ({ id, at: Date.now() })

/** @type {Record<string, () => Promise<any>>} a server that listens */
const servers = {
  http: () => listening(http.createServer((_, response) => response.end(JSON.stringify(item(1))))),
  'http-upload': () =>
    listening(
      http.createServer((request, response) => {
        request.resume()
        request.on('end', () => response.end('{}'))
      })
    ),
  'http-stream': () =>
    listening(
      http.createServer((_, response) => {
        response.write('a')
        setTimeout(() => response.end('b'), 2)
      })
    ),
  'http-destroys': () =>
    listening(
      http.createServer((_, response) => {
        if (Math.random() < 0.1) response.destroy()
        else response.end('x')
      })
    ),
  http2: () => listening(http2.createServer((_, response) => response.end('x'))),
  async express() {
    const app = (await load('express'))()
    app.use((await load('express')).json())
    app.get('/items/:id', (/** @type {any} */ request, /** @type {any} */ response) =>
      response.json(item(request.params.id))
    )
    return listening(http.createServer(app))
  },
  /** What healthy servers hold for a while: the last requests, and stores that a timer keeps. */
  async 'express-recent'() {
    const app = (await load('express'))()
    /** @type {any[]} */
    const recent = []
    const store = new AsyncLocalStorage()
    app.use((/** @type {any} */ request, /** @type {any} */ _, /** @type {() => void} */ next) => {
      recent.push(request)
      if (recent.length > 1000) recent.shift()
      store.run({ request }, next)
    })
    let asked = 0
    app.get('/items/:id', (/** @type {any} */ request, /** @type {any} */ response) => {
      if (asked++ % 50 === 0) setTimeout(() => store.getStore(), 60_000).unref()
      response.json(item(request.params.id))
    })
    return listening(http.createServer(app))
  },
  async fastify() {
    const app = (await load('fastify'))()
    app.get('/items/:id', async (/** @type {any} */ request) => item(request.params.id))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
  async koa() {
    const Koa = await load('koa')
    const app = new (Koa.default ?? Koa)()
    app.use(async (/** @type {any} */ context) => {
      context.body = item(context.path)
    })
    return listening(http.createServer(app.callback()))
  },
  async hapi() {
    const app = (await load('@hapi/hapi')).server({ port: 0, host: '127.0.0.1' })
    app.route({ method: 'GET', path: '/items/{id}', handler: (/** @type {any} */ request) => item(request.params.id) })
    await app.start()
    return app.listener
  },
  async nest() {
    await load('reflect-metadata')
    const { Controller, Get, Module } = await load('@nestjs/common')
    const { NestFactory } = await load('@nestjs/core')
    class Items {
      one() {
        return item(1)
      }
    }
    Get(':id')(Items.prototype, 'one', /** @type {any} */ (Object.getOwnPropertyDescriptor(Items.prototype, 'one')))
    Controller('items')(Items)
    class App {}
    Module({ controllers: [Items] })(App)
    const app = await NestFactory.create(App, { logger: false })
    await app.listen(0, '127.0.0.1')
    return app.getHttpServer()
  },
  async hono() {
    const { Hono } = await load('hono')
    const { serve } = await load('@hono/node-server')
    const app = new Hono()
    app.get('/items/:id', (/** @type {any} */ context) => context.json(item(context.req.param('id'))))
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server))
    })
  },
  async 'socket.io'() {
    const { Server } = await load('socket.io')
    const server = http.createServer((_, response) => response.end('x'))
    new Server(server).on('connection', (/** @type {any} */ socket) => socket.on('message', () => socket.emit('reply')))
    return listening(server)
  },
  async ws() {
    const { WebSocketServer } = await load('ws')
    const server = http.createServer((_, response) => response.end('x'))
    new WebSocketServer({ server }).on('connection', (/** @type {any} */ socket) =>
      socket.on('message', () => socket.send('x'))
    )
    return listening(server)
  },
  async yoga() {
    const { createSchema, createYoga } = await load('graphql-yoga')
    const schema = createSchema({
      typeDefs: 'type Query { item: String }',
      resolvers: { Query: { item: () => 'x' } }
    })
    return listening(http.createServer(createYoga({ schema, logging: false })))
  },
  async trpc() {
    const { initTRPC } = await load('@trpc/server')
    const { createHTTPServer } = await load('@trpc/server/adapters/standalone')
    const { router, procedure } = initTRPC.create()
    return listening(createHTTPServer({ router: router({ item: procedure.query(() => item(1)) }) }))
  },
  async connect() {
    const app = (await load('connect'))()
    app.use((/** @type {any} */ _, /** @type {any} */ response) => response.end('x'))
    return listening(http.createServer(app))
  },
  async polka() {
    const { handler } = (await load('polka'))().get('/items/:id', (/** @type {any} */ _, /** @type {any} */ response) =>
      response.end('x')
    )
    return listening(http.createServer(handler))
  },
  async next() {
    const next = await load('next')
    const app = (next.default ?? next)({ dev: false, dir: path.join(folder, 'next') })
    await app.prepare()
    return listening(http.createServer(app.getRequestHandler()))
  },
  async h3() {
    const { createApp, eventHandler, toNodeListener } = await load('h3')
    const app = createApp()
    app.use(eventHandler(() => item(1)))
    return listening(http.createServer(toNodeListener(app)))
  }
}

async function main() {
  if (name === undefined) return void console.log(Object.keys(servers).join(' '))
  const guard = start()
  // Each decides about those that are followed.
  if (collectMs) setInterval(collectNow, Number(collectMs)).unref()
  const server = await servers[name]()
  const count = () => guard.stats().lifecycles
  process.on('message', (message) => {
    if (message === 'count') return void process.send?.({ lifecycles: count() })
    if (message !== 'report') return process.exit()
    const { findings } = guard.check()
    process.send?.({
      lifecycles: count(),
      findings: findings.map(({ confidence, message }) => `${confidence}: ${message}`)
    })
  })
  process.send?.({ port: server.address().port })
}

main().catch((error) => {
  process.send?.({ failed: String(error.message).split('\n')[0] })
  process.exit()
})

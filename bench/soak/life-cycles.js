// @ts-check
// Clean servers of real frameworks under load, each with a guard: nothing that is over may be called likely to stay.
// Appends a line for each run to a file and goes on with what is missing, so that it may be ended at any time.
//
//   npm run soak -- life-cycles [--requests 50000] [--followed 1000] [--collect 150] [--only koa,hono] [--node FILE] [--out FILE]
//
// A server is asked until it has had so many requests and so many of them were followed to their end; with `--collect` it
// makes a major collection each so many milliseconds, so that more are.
'use strict'

const { fork, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const path = require('node:path')
const { parseArgs } = require('node:util')

const root = path.resolve(__dirname, '../..')
const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    followed: { type: 'string', default: '0' },
    collect: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    node: { type: 'string', default: process.execPath },
    out: { type: 'string', default: path.join(root, '.cache/soak/life-cycles.jsonl') }
  }
})
/** Node's own registry client installs them once. */
const PACKAGES = [
  'express@5',
  'fastify@5',
  'koa@3',
  '@hapi/hapi@21',
  '@nestjs/common@11',
  '@nestjs/core@11',
  '@nestjs/platform-express@11',
  'reflect-metadata',
  'rxjs@7',
  'hono@4',
  '@hono/node-server@1',
  'socket.io@4',
  'socket.io-client@4',
  'ws@8',
  'graphql@16',
  'graphql-yoga@5',
  '@trpc/server@11',
  'connect@3',
  'polka@1.0.0-next.28',
  'h3@1',
  'next@15',
  'react@19',
  'react-dom@19'
]
/** What Next builds. @type {Record<string, string>} */
const PAGES = {
  'items/[id].js': `
    export default function Page({ id, at }) { return <p>{id} at {at}</p> }
    export const getServerSideProps = async ({ params }) => ({ props: { id: params.id, at: Date.now() } })`
}
const folder = path.join(root, '.cache/frameworks')
const AT_ONCE = 16
/** Requests at a time while more are to be followed, and how long that may take. */
const STEP = 1000
const RUN_MAX_MS = 600_000
const ABORTED = 0.01
const WITHOUT_KEEP_ALIVE = 0.1
/** What is asked of a server, where it is not `/items/42`. @type {Record<string, string>} */
const PATHS = { yoga: '/graphql?query=%7Bitem%7D', trpc: '/item' }
const serve = path.join(__dirname, 'servers/serve.js')

function install() {
  if (fs.existsSync(path.join(folder, 'next'))) return
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...PACKAGES]
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('the frameworks could not be installed')
  for (const [name, text] of Object.entries(PAGES)) {
    const file = path.join(folder, 'next/pages', name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  const build = ['../node_modules/next/dist/bin/next', 'build']
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  if (spawnSync(process.execPath, build, { cwd: path.join(folder, 'next'), stdio: 'ignore', env }).status !== 0)
    console.log('Next could not be built: its server will fail, and count for nothing')
}

/** @param {string} name @param {number} port */
function client(name, port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE })
  let refused = 0
  if (name === 'http2') {
    const session = http2.connect(`http://127.0.0.1:${port}`)
    return {
      ask: () =>
        new Promise((resolve) => {
          const stream = session.request({ ':path': '/' })
          stream.resume()
          stream.on('error', () => {})
          stream.once('close', resolve)
        }),
      end: () => session.destroy()
    }
  }
  const ask = () =>
    new Promise((resolve) => {
      const isUpload = name === 'http-upload'
      const request = http.request(
        {
          port,
          host: '127.0.0.1',
          path: PATHS[name] ?? '/items/42',
          method: isUpload ? 'POST' : 'GET',
          agent: Math.random() < WITHOUT_KEEP_ALIVE ? false : agent
        },
        (response) => {
          if (Number(response.statusCode) >= 400) refused++
          response.resume()
        }
      )
      request.once('close', resolve)
      request.on('error', () => {})
      request.end(isUpload ? 'x'.repeat(1000) : undefined)
      if (Math.random() < ABORTED) setTimeout(() => request.destroy(), 2)
    })
  /** A connection of a websocket that says something and goes. */
  const talk = () =>
    new Promise((resolve) => {
      const { createRequire } = require('node:module')
      const need = createRequire(path.join(folder, 'package.json'))
      if (name === 'ws') {
        const socket = new (need('ws'))(`ws://127.0.0.1:${port}`)
        socket.on('open', () => socket.send('x'))
        socket.on('message', () => socket.close())
        socket.on('close', resolve)
        return socket.on('error', resolve)
      }
      const socket = need('socket.io-client')(`http://127.0.0.1:${port}`, { forceNew: true, transports: ['websocket'] })
      socket.on('connect', () => socket.emit('message'))
      socket.on('reply', () => socket.disconnect())
      socket.on('disconnect', resolve)
      return socket.on('connect_error', resolve)
    })
  const talks = name === 'ws' || name === 'socket.io'
  return {
    ask: () => (talks && Math.random() < 0.1 ? talk() : ask()),
    end() {
      agent.destroy()
      if (refused > 0) throw new Error(`${name}: ${refused} answers were errors`)
    }
  }
}

/** Requests and streams. */
const IS_REQUEST = /^server (?:request|stream)$/

/** Of how many requests a collection decided. @param {any[]} lifecycles */
const decided = (lifecycles) =>
  lifecycles.filter(({ kind }) => IS_REQUEST.test(kind)).reduce((sum, one) => sum + one.collected + one.retained, 0)

/** @param {string} name @param {number} requests */
async function run(name, requests) {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = fork(serve, [folder, name, options.collect], {
    execPath: options.node,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const said = () => new Promise((resolve) => child.once('message', resolve))
  const first = await said()
  if (first.failed) return { failed: first.failed }
  const { ask, end } = client(name, first.port)
  const startMs = Date.now()
  let asked = 0
  const load = (/** @type {number} */ until) =>
    Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (asked < until) {
          asked++
          await ask()
        }
      })
    )
  await load(requests)
  for (let isEnough = false; !isEnough && Date.now() - startMs < RUN_MAX_MS; ) {
    child.send('count')
    const { lifecycles } = await said()
    // Node 20 tells of no HTTP/2 stream.
    const isTold = lifecycles.some((/** @type {any} */ { kind }) => IS_REQUEST.test(kind))
    isEnough = !isTold || decided(lifecycles) >= Number(options.followed)
    if (!isEnough) await load(asked + STEP)
  }
  await new Promise((resolve) => setTimeout(resolve, 3000))
  child.send('report')
  const { lifecycles, findings } = await said()
  child.send('end')
  end()
  const seconds = (Date.now() - startMs) / 1000
  return { seconds, requests: asked, ended: decided(lifecycles), findings, lifecycles }
}

async function main() {
  install()
  fs.mkdirSync(path.dirname(options.out), { recursive: true })
  const version = spawnSync(options.node, ['--version']).stdout.toString().trim()
  const names = spawnSync(options.node, [serve, folder]).stdout.toString().trim().split(' ')
  const wanted = names.filter((name) => options.only === '' || options.only.split(',').includes(name))
  const requests = Number(options.requests)
  const read = () =>
    fs.existsSync(options.out)
      ? fs
          .readFileSync(options.out, 'utf8')
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : []
  for (const name of wanted) {
    const isDone = (/** @type {any} */ line) =>
      line.name === name && line.node === version && line.requests >= requests && line.ended >= Number(options.followed)
    if (read().some(isDone)) continue
    const result = await run(name, requests)
    fs.appendFileSync(
      options.out,
      `${JSON.stringify({ date: new Date().toISOString(), node: version, name, ...result })}\n`
    )
    console.log(name.padEnd(16), JSON.stringify(result).slice(0, 200))
  }
  const all = read().filter(({ failed }) => !failed)
  const sum = (/** @type {string} */ key) => all.reduce((total, line) => total + line[key], 0)
  const sure = all.flatMap(({ name, findings }) =>
    findings
      .filter((/** @type {string} */ text) => !text.startsWith('possible'))
      .map((/** @type {string} */ text) => `${name}: ${text}`)
  )
  console.log(
    `${all.length} runs, ${sum('requests')} requests, ${sum('ended')} followed to their end; likely or surer: ${sure.length}`
  )
  for (const line of sure) console.log(`  ${line}`)
}

main()

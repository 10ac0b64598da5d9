// @ts-check
// A small HTTP service with load of its own, of one kind: `node --import leakguard/register service.js KIND [SECONDS]
// [REQUESTS_PER_SECOND] [FACTOR]`, FACTOR for how much a request leaks. Real garbage, real collections, the real
// allocator. Prints its port; /metrics is for Prometheus.
'use strict'

const http = require('node:http')
const tls = require('node:tls')

const [kind, seconds = '3600', perSecond = '4', factor = '1'] = process.argv.slice(2)
/** The load comes in waves of this length. */
const WAVE_MS = 400_000

/** @type {Map<number, object>} */
const kept = new Map()
/** @type {Buffer[]} */
const buffers = []
/** @type {object[]} */
const contexts = []
let requests = 0
let jobbed = 0

const entry = () => ({
  id: requests,
  name: `user ${requests}`,
  tags: Array.from({ length: 40 }, (_, i) => requests + i)
})

/** @type {Record<string, () => void>} what a request does besides answering */
const work = {
  healthy: () => {},
  heap: () => kept.set(kept.size, [entry(), entry()]),
  'heap-late': () => performance.now() > Number(seconds) * 400 && kept.set(kept.size, [entry(), entry(), entry()]),
  buffer: () => buffers.push(Buffer.alloc(2_000)),
  // Native memory of which V8 knows next to nothing.
  malloc: () => Math.random() < 0.5 && contexts.push(tls.createSecureContext()),
  timer: () => {
    const held = [entry(), entry()]
    setInterval(() => held.length, 3_600_000).unref()
  },
  'warming-cache': () => {
    // Keys by a skewed demand, as caches see them; 2,000 fit.
    const key = Math.floor(4000 * Math.random() ** 3)
    const known = kept.get(key) ?? [entry(), entry()]
    kept.delete(key)
    kept.set(key, known)
    if (kept.size > 2000) kept.delete(/** @type {number} */ (kept.keys().next().value))
  },
  bursts: () => {
    // Now and then a job that takes 20 MB for some seconds.
    if (requests % 400 === 0 && requests !== jobbed) {
      jobbed = requests
      const job = Array.from({ length: 20_000 }, entry)
      setTimeout(() => job.length, 4000)
    }
  }
}
if (!Object.hasOwn(work, kind)) throw new Error(`KIND is one of ${Object.keys(work).join(', ')}, not ${kind}`)

const server = http.createServer((request, response) => {
  requests++
  if (request.url === '/metrics') return metrics(response)
  for (let i = 0; i < Number(factor); i++) work[kind]()
  // What a request holds for a moment, longer than young generations live.
  const held = Array.from({ length: 240 }, entry)
  setTimeout(() => response.end(JSON.stringify(held[7])), 2500 * Math.random())
})

/** @type {boolean | undefined} */
let isExporting

/** @param {http.ServerResponse} response */
async function metrics(response) {
  if (!isExporting) require('leakguard/metrics/prom').leakguardMetrics()
  isExporting = true
  const { register } = require('prom-client')
  response.setHeader('content-type', register.contentType).end(await register.metrics())
}

function drive() {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  http.get({ port, path: '/', agent: false }, (response) => response.resume()).on('error', () => {})
  const rate = Number(perSecond) * (1 + 0.5 * Math.sin((performance.now() / WAVE_MS) * 2 * Math.PI))
  setTimeout(drive, 1000 / rate)
}

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ kind, pid: process.pid, port: /** @type {any} */ (server.address()).port }))
  drive()
  setTimeout(() => process.exit(), Number(seconds) * 1000)
})

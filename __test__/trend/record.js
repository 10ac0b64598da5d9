// @ts-check
// Records a small HTTP service of its own: node record.js KIND SECONDS FILE.csv. What lasted seconds is written as if it
// had lasted hours (1 s for 6 min). Real garbage, real collections, real allocator; run by hand, kept in recorded/.
'use strict'

const fs = require('node:fs')
const http = require('node:http')
const { PerformanceObserver, constants } = require('node:perf_hooks')

const [kind, seconds, file] = process.argv.slice(2)
const SCALE = 360
const EVERY_MS = 500

/** @type {Map<number, object>} */
const kept = new Map()
/** @type {Buffer[]} */
const buffers = []
let requests = 0

const entry = () => ({
  id: requests,
  name: `user ${requests}`,
  tags: Array.from({ length: 40 }, (_, i) => requests + i)
})

/** @type {Record<string, () => void>} */
const work = {
  healthy: () => {},
  'warming cache': () => {
    // Keys by a skewed demand, as caches see them; all 6,000 are there in the end.
    const key = Math.floor(6000 * Math.random() ** 2)
    if (!kept.has(key)) kept.set(key, entry())
  },
  'leaking map': () => kept.set(requests, entry()),
  'leaking map, faster': () => {
    for (let i = 0; i < 4; i++) kept.set(requests * 4 + i, entry())
  },
  'leaking buffers': () => buffers.push(Buffer.alloc(9_000))
}

const server = http.createServer((_request, response) => {
  requests++
  work[kind]()
  // What a request holds for a moment, longer than young generations live.
  const held = Array.from({ length: 240 }, entry)
  setTimeout(() => response.end(JSON.stringify(held[7])), 2500 * Math.random())
})

/** Ten to forty requests a second, in waves of 80 s. */
function drive() {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  http.get({ port, path: '/', agent: false }, (response) => response.resume())
  const rate = 25 + 15 * Math.sin((performance.now() / 80_000) * 2 * Math.PI)
  setTimeout(drive, 1000 / rate)
}

let gc = { major: 0, minor: 0, floor: Number.NaN, floorExt: Number.NaN }
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    const isMajor = /** @type {any} */ (detail).kind === constants.NODE_PERFORMANCE_GC_MAJOR
    gc[isMajor ? 'major' : 'minor'] += 1
    if (!isMajor) continue
    const { heapUsed, external } = process.memoryUsage()
    Object.assign(gc, { floor: heapUsed, floorExt: external })
  }
}).observe({ entryTypes: ['gc'] })

const fields = ['t', 'heapUsed', 'external', 'arrayBuffers', 'rss', 'gc.major', 'gc.minor', 'gc.floor', 'gc.floorExt']
const lines = [fields.join(',')]
const began = performance.now()
const sampler = setInterval(() => {
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const t = (((performance.now() - began) / 1000) * SCALE).toFixed(0)
  const floors = [gc.floor, gc.floorExt].map((value) => (Number.isNaN(value) ? '' : value))
  lines.push([t, heapUsed, external, arrayBuffers, rss, gc.major, gc.minor, ...floors].join(','))
  gc = { major: 0, minor: 0, floor: Number.NaN, floorExt: Number.NaN }
}, EVERY_MS)

server.listen(0, () => {
  drive()
  setTimeout(() => {
    clearInterval(sampler)
    fs.writeFileSync(file, `${lines.join('\n')}\n`)
    process.exit()
  }, Number(seconds) * 1000)
})

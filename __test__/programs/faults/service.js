// @ts-check
// A service and its load. Prints what was answered, which is the same each time. Arguments: milliseconds of load before
// and after calls may begin to fail.
'use strict'

const { createHash } = require('node:crypto')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const { setTimeout: wait } = require('node:timers/promises')

const bus = new EventEmitter().setMaxListeners(0)
const server = http.createServer(async (request, response) => {
  const heard = () => {}
  bus.on('news', heard)
  const signal = AbortSignal.any([AbortSignal.timeout(60_000), new AbortController().signal])
  signal.addEventListener('abort', heard)
  const late = setTimeout(heard, 5000)
  const file = await fs.promises.open(__filename)
  fs.closeSync(fs.openSync(__filename, 'r'))
  const { size } = await file.stat()
  await file.close()
  await wait(1)
  clearTimeout(late)
  bus.off('news', heard)
  response.end(`${request.url} ${size}`)
})
const agent = new http.Agent({ keepAlive: true })

/** @param {string} path @returns {Promise<string>} */
const ask = (path) =>
  new Promise((resolve, reject) => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const request = http.get({ port, path, agent }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(`${response.statusCode} ${text}`)
    })
    request.on('error', reject)
  })

const hash = createHash('sha256')

/** @param {number} ms @param {number} from */
async function load(ms, from) {
  const until = process.hrtime.bigint() + BigInt(ms) * 1000000n
  let n = from
  do {
    const answers = await Promise.all([n, n + 1, n + 2, n + 3].map((i) => ask(`/${i}`)))
    if (n - from < 8) hash.update(answers.join())
    else if (answers.some((answer) => !answer.startsWith('200 /'))) throw new Error(`lost: ${answers}`)
    n += 4
    await wait(5)
  } while (n - from < 8 || process.hrtime.bigint() < until)
}

async function main() {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await load(Number(process.argv[2]), 0)
  // Set by __test__/support/faults.js where calls are to fail.
  const { releaseFaults } = /** @type {{ releaseFaults?: () => void }} */ (globalThis)
  releaseFaults?.()
  const { LEAKGUARD_SIGNAL: signal } = process.env
  // Where no guard runs, nobody else would hear it.
  if (signal) process.on(signal, () => {}).kill(process.pid, signal)
  await load(Number(process.argv[3]), 1_000_000)
  agent.destroy()
  server.close()
  console.log(`answers ${hash.digest('hex')}`)
}

main()

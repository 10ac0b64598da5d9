// @ts-check
// Captures from copies of a process that serves and spawns leave it its children, sockets, descriptors and
// memory marks.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const { captureHeap } = require('leakguard')

const open = () => fs.readdirSync('/proc/self/fd').length

/** Of how many kB a dump of the process would be kept free. */
function marked() {
  let size = 0
  let sum = 0
  for (const line of fs.readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (line.startsWith('Size:')) size = Number.parseInt(line.slice(5), 10)
    if (/^VmFlags:.* dc( |$)/.test(line)) sum += size
  }
  return sum
}

const server = http.createServer((_request, response) => response.end('pong'))
// Its one connection is open whenever descriptors are counted, however long a capture takes.
server.keepAliveTimeout = 0
const agent = new http.Agent({ keepAlive: true })

const get = () =>
  new Promise((resolve, reject) => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const request = http.get({ port, agent }, (response) => {
      let body = ''
      response
        .on('data', (data) => {
          body += data
        })
        .on('end', () => resolve(body))
    })
    request.on('error', reject)
  })

/** @param {number} code */
async function exitCode(code) {
  const [ended] = await once(spawn(process.execPath, ['-e', `process.exit(${code})`]), 'exit')
  return ended
}

const capture = async () => (await captureHeap({ mode: 'fork', eager: false })).dispose()

async function main() {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  assert.equal(await get(), 'pong')
  await capture()
  assert.equal(await exitCode(3), 3)
  const [opened, marks] = [open(), marked()]
  let isOver = false
  let requests = 0
  let codes = 0
  const traffic = async () => {
    while (!isOver) {
      assert.equal(await get(), 'pong')
      requests++
    }
  }
  const spawning = async () => {
    while (!isOver) assert.equal(await exitCode(codes % 50), codes++ % 50)
  }
  const others = [traffic(), spawning()]
  for (let i = 0; i < 3; i++) await capture()
  isOver = true
  await Promise.all(others)
  assert.ok(requests > 0 && codes > 0)
  assert.ok(marks > 0 && marked() > 0.7 * marks, `${marks} kB were marked, and now ${marked()}`)
  for (let i = 0; open() > opened && i < 400; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(open() <= opened, 'descriptors stay open')
  agent.destroy()
  server.close()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})

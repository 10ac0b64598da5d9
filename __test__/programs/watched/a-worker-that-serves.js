// @ts-check
// A worker whose server keeps each tenth request, under its own load, with collections in between.
'use strict'

const http = require('node:http')
const { setTimeout: wait } = require('node:timers/promises')
const { start } = require('leakguard')
const { collectGarbage } = require('../../support/gc.js')

start()
/** @type {object[]} */
const slow = []
let requests = 0

const server = http.createServer((request, response) => {
  if (requests++ % 10 === 0) slow.push(request)
  response.end('x')
})
server.listen(0, '127.0.0.1', async () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const agent = new http.Agent({ keepAlive: true })
  while (true) {
    for (let i = 0; i < 200; i++)
      await new Promise((resolve) => http.get({ port, agent }, (response) => response.resume().once('close', resolve)))
    await wait(120)
    await collectGarbage()
    await wait(120)
  }
})

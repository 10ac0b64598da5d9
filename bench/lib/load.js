// @ts-check
// A load for an http server: keep-alive connections from a process of their own. Asked by message, answers when done.
'use strict'

const http = require('node:http')

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

/** @param {number} port @param {number} i */
const get = (port, i) =>
  new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: `/item/${i}`, agent }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    request.on('error', reject)
  })

process.on('message', async (/** @type {{ port: number, requests: number }} */ { port, requests }) => {
  let next = 0
  const lane = async () => {
    while (next < requests) await get(port, next++)
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  process.send?.('done')
})

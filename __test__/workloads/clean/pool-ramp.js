// @ts-check
// A pool that opens 40 connections over the first second and a half, keeps them, and works with them.
'use strict'

const net = require('node:net')
const { once } = require('node:events')
const { portOf } = require('../helpers/http.js')
const { lanes, pace } = require('../helpers/pace.js')

async function run() {
  const server = net.createServer((socket) => socket.pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  /** @type {net.Socket[]} */
  const pool = []
  const open = () => {
    const socket = net.connect(portOf(server), '127.0.0.1')
    socket.setMaxListeners(20).on('error', () => {})
    pool.push(socket)
  }
  const work = async (/** @type {number} */ i) => {
    const socket = pool[i % pool.length]
    const answer = once(socket, 'data')
    socket.write('ping')
    await answer
  }
  open()
  await Promise.all([pace(26, 1.5, open), lanes(4, 4, work)])
}

module.exports = { run }

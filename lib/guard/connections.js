// @ts-check
// Connections that servers have accepted and whose clients are there: how many of these a server has is its clients' doing,
// and no count of what the program leaves open. Knows servers, weakly, and whose a socket is.
'use strict'

const { weakRef } = require('../base/natives.js')
const { own } = require('../watch/own-data.js')

const SERVERS_MAX = 256

class Connections {
  constructor() {
    /** Those that were told to listen. @type {WeakRef<object>[]} */
    this.servers = []
    /** The same, to be asked for. @type {WeakSet<object>} */
    this.known = new WeakSet()
  }

  /** @param {object} server */
  add(server) {
    // The socket that a TLS server accepts is read by another, and does not tell when its client has gone.
    if (this.known.has(server) || own(server, '_contexts') !== undefined) return
    this.servers = this.servers.filter((ref) => ref.deref() !== undefined)
    if (this.servers.length >= SERVERS_MAX) return
    this.servers.push(weakRef(server))
    this.known.add(server)
  }

  /** Whether one of these servers has accepted it. @param {object} socket */
  has(socket) {
    const server = own(socket, 'server') ?? own(socket, '_server')
    return server !== undefined && server !== null && this.known.has(server)
  }

  /** Open connections by the type of their handle, as the servers count them. @returns {Record<string, number>} */
  open() {
    const open = { TCPSocketWrap: 0, PipeWrap: 0 }
    for (const ref of this.servers) {
      const server = ref.deref()
      const count = own(server, '_connections')
      if (typeof count !== 'number') continue
      open[typeof own(server, '_pipeName') === 'string' ? 'PipeWrap' : 'TCPSocketWrap'] += count
    }
    return open
  }
}

module.exports = { Connections }

// @ts-check
// Connections that servers have accepted and whose clients are there: how many of these a server has is its clients' doing,
// and no count of what the program leaves open. Knows servers, weakly.
'use strict'

const { weakRef } = require('../base/natives.js')
const { own } = require('../watch/own-data.js')

const SERVERS_MAX = 256

class Connections {
  constructor() {
    /** Those that were told to listen. @type {WeakRef<object>[]} */
    this.servers = []
  }

  /** @param {object} server */
  add(server) {
    if (this.servers.some((ref) => ref.deref() === server)) return
    this.servers = this.servers.filter((ref) => ref.deref() !== undefined)
    if (this.servers.length < SERVERS_MAX) this.servers.push(weakRef(server))
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

/** @typedef {InstanceType<typeof Connections>} ConnectionsLike */

module.exports = { Connections }

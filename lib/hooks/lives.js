// @ts-check
// Hears when requests, sockets, streams, processes and threads begin, through Node's own diagnostics channels, and hands
// some of them on: as many as were asked for. Knows where Node tells of a beginning, not when a life is over.
'use strict'

const channel = require('node:diagnostics_channel')

/**
 * Where each kind begins, and what of the message lives. Node 20 has no channels for HTTP/2.
 * @type {Record<string, { channel: string, parts: (message: any) => any[] }>}
 */
const KINDS = {
  'server request': { channel: 'http.server.request.start', parts: ({ request, response }) => [request, response] },
  'client request': { channel: 'http.client.request.start', parts: ({ request }) => [request] },
  'server socket': { channel: 'net.server.socket', parts: ({ socket }) => [socket] },
  'client socket': { channel: 'net.client.socket', parts: ({ socket }) => [socket] },
  'server stream': { channel: 'http2.server.stream.created', parts: ({ stream }) => [stream] },
  'client stream': { channel: 'http2.client.stream.created', parts: ({ stream }) => [stream] },
  'child process': { channel: 'child_process', parts: ({ process }) => [process] },
  worker: { channel: 'worker_threads', parts: ({ worker }) => [worker] }
}

/** One kind: how many have begun, and how many more pass before one is handed on. */
class Beginnings {
  /** @param {string} kind @param {import('./hub.js').HubLike} hub */
  constructor(kind, hub) {
    const { channel: name, parts } = KINDS[kind]
    this.channel = name
    this.begun = 0
    this.left = Infinity
    // Runs at each request of the program: an error in it would end the program, and what it costs all pay.
    this.heard = (/** @type {any} */ message) => {
      this.begun++
      if (--this.left > 0) return
      try {
        this.left = Infinity
        if (!hub.quiet) hub.each((sink) => sink.life?.(kind, parts(message)))
      } catch {
        // A message of a shape that is not known: nothing is followed.
      }
    }
  }
}

class LifeHooks {
  /** @param {import('./hub.js').HubLike} hub */
  constructor(hub) {
    /** @type {Map<string, Beginnings>} */
    this.kinds = new Map(Object.keys(KINDS).map((kind) => [kind, new Beginnings(kind, hub)]))
    this.isOn = false
  }

  install() {
    if (this.isOn) return
    this.isOn = true
    for (const { channel: name, heard } of this.kinds.values()) channel.subscribe(name, heard)
  }

  uninstall() {
    if (!this.isOn) return
    this.isOn = false
    for (const { channel: name, heard } of this.kinds.values()) channel.unsubscribe(name, heard)
  }

  /** How many of a kind have begun since the hooks stand. @param {string} kind */
  begun(kind) {
    return this.kinds.get(kind)?.begun ?? 0
  }

  /** Requests to servers that have come, of any protocol. */
  requests() {
    return this.begun('server request') + this.begun('server stream')
  }

  /** One of about so many to come is wanted. @param {string} kind @param {number} every */
  ask(kind, every) {
    const beginnings = this.kinds.get(kind)
    if (!beginnings) return
    const left = every <= 1 ? 1 : 1 + Math.floor(Math.random() * (2 * every - 1))
    beginnings.left = Math.min(beginnings.left, left)
  }
}

module.exports = { KINDS: Object.keys(KINDS), LifeHooks }

// @ts-check
// Hooks for what the operating system lends: descriptors, sockets, child processes, workers, watchers.
// Sockets, children and workers are heard of through Node's own diagnostics channels.
'use strict'

const channel = require('node:diagnostics_channel')
const fs = require('node:fs')
const module_ = require('node:module')
const net = require('node:net')
const { apply } = require('../base/natives.js')
const { Gate } = require('./gate.js')
const { Replacement, standIn } = require('./replace.js')

class ResourceHooks {
  /** @param {import('./hub.js').HubLike} hub */
  constructor(hub) {
    this.hub = hub
    this.files = new Gate(hub.budget(50, 500))
    this.others = new Gate(hub.budget(50, 500))
    /** Where a server was told to listen: the place to look at for what it accepted. @type {WeakMap<object, string>} */
    this.listenSites = new WeakMap()
    this.replacements = [
      new Replacement(fs, 'openSync', (original) => this.wrapOpenSync(original)),
      new Replacement(fs, 'open', (original) => this.wrapOpen(original)),
      new Replacement(fs.promises, 'open', (original) => this.wrapOpenPromise(original)),
      new Replacement(fs, 'createReadStream', (original) => this.wrapMaker(original, 'stream')),
      new Replacement(fs, 'createWriteStream', (original) => this.wrapMaker(original, 'stream')),
      new Replacement(fs, 'watch', (original) => this.wrapMaker(original, 'FSEventWrap')),
      new Replacement(fs, 'watchFile', (original) => this.wrapMaker(original, 'StatWatcher')),
      new Replacement(net.Server.prototype, 'listen', (original) => this.wrapListen(original))
    ]
    /** @type {[string, (message: any) => void][]} */
    this.subscriptions = [
      this.subscription('net.client.socket', ({ socket }) => this.made('TCPSocketWrap', socket)),
      this.subscription('net.server.socket', ({ socket }) => this.accepted(socket)),
      this.subscription('udp.socket', ({ socket }) => this.made('UDPWrap', socket)),
      this.subscription('child_process', ({ process }) => this.made('ProcessWrap', process)),
      this.subscription('worker_threads', ({ worker }) => this.made('Worker', worker))
    ]
  }

  /** @param {string} name of a channel @param {(message: any) => void} hear @returns {[string, (message: any) => void]} */
  subscription(name, hear) {
    return [name, (message) => this.hub.enter('channel', () => hear(message))]
  }

  install() {
    for (const replacement of this.replacements) replacement.install()
    for (const [name, listener] of this.subscriptions) channel.subscribe(name, listener)
    module_.syncBuiltinESMExports()
    this.files.reopen()
    this.others.reopen()
  }

  uninstall() {
    for (const replacement of this.replacements) replacement.uninstall()
    for (const [name, listener] of this.subscriptions) channel.unsubscribe(name, listener)
    module_.syncBuiltinESMExports()
    this.files.close()
    this.others.close()
  }

  /** @param {import('./gate.js').GateLike} gate */
  weigh(gate) {
    return --gate.left > 0 ? 0 : gate.open()
  }

  /** @param {Function} original */
  wrapOpenSync(original) {
    return standIn(original, (call, args) => {
      const fd = call(args)
      this.opened(fd)
      return fd
    })
  }

  /** @param {number} fd */
  opened(fd) {
    this.hub.enter('descriptor', () => {
      const weight = this.weigh(this.files)
      if (weight > 0) this.hub.descriptor({ fd, weight, site: this.hub.site() })
    })
  }

  /** @param {Function} original */
  wrapOpen(original) {
    const { hub } = this
    return standIn(original, (call, args) => {
      const callback = args[args.length - 1]
      const sample = typeof callback === 'function' ? hub.enter('descriptor', () => this.sample()) : undefined
      if (!sample) return call(args)
      args[args.length - 1] = function opened(/** @type {any} */ error, /** @type {any} */ fd) {
        if (!error) hub.enter('descriptor', () => hub.descriptor({ fd, ...sample }))
        return apply(callback, this, arguments)
      }
      return call(args)
    })
  }

  /** What an opening stands for, and where; without a frame of the program it is a stream's, which is followed by itself. */
  sample() {
    const weight = this.weigh(this.files)
    const site = weight > 0 ? this.hub.site() : ''
    return site === '' ? undefined : { weight, site }
  }

  /** @param {Function} original */
  wrapOpenPromise(original) {
    const { hub } = this
    return standIn(original, (call, args) => {
      const result = call(args)
      const weight = hub.enter('descriptor', () => this.weigh(this.files)) ?? 0
      if (weight === 0) return result
      const site = hub.enter('descriptor', () => hub.site()) ?? ''
      // A promise of its own: a second `then` on theirs would hide a rejection that nobody handles.
      return (async () => {
        const handle = await result
        hub.enter('descriptor', () => hub.descriptor({ fd: handle.fd, weight, site }))
        return handle
      })()
    })
  }

  /** @param {Function} original @param {string} type */
  wrapMaker(original, type) {
    return standIn(original, (call, args) => {
      const object = call(args)
      this.hub.enter('resource', () => {
        const weight = this.weigh(type === 'stream' ? this.files : this.others)
        if (weight > 0) this.hub.resource({ type, object, weight, site: this.hub.site() })
      })
      return object
    })
  }

  /** @param {Function} original */
  wrapListen(original) {
    return standIn(original, (call, args, server) => {
      this.hub.enter('server', () => {
        const site = this.hub.site()
        this.listenSites.set(server, site)
        this.hub.server({ object: server, site })
      })
      return call(args)
    })
  }

  /** @param {string} type @param {object} object */
  made(type, object) {
    const weight = this.weigh(this.others)
    if (weight > 0 && object) this.hub.resource({ type, object, weight, site: this.hub.site() })
  }

  /** @param {any} socket */
  accepted(socket) {
    const weight = this.weigh(this.others)
    const site = this.listenSites.get(socket?.server ?? socket?._server) ?? ''
    if (weight > 0) this.hub.resource({ type: 'TCPSocketWrap', object: socket, weight, site })
  }

  /** @param {number} elapsedMs */
  tick(elapsedMs) {
    this.files.tick(elapsedMs)
    this.others.tick(elapsedMs)
  }

  count() {
    return this.files.count() + this.others.count()
  }
}

module.exports = { ResourceHooks }

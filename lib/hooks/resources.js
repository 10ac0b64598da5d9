// @ts-check
// Hooks for what the operating system lends: descriptors, sockets, child processes, workers, watchers.
// Sockets, children and workers are heard of through Node's own diagnostics channels.
'use strict'

const channel = require('node:diagnostics_channel')
const fs = require('node:fs')
const module_ = require('node:module')
const net = require('node:net')
const { Gate } = require('./gate.js')
const { Replacement } = require('./replace.js')

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
      ['net.client.socket', ({ socket }) => this.made('TCPSocketWrap', socket)],
      ['net.server.socket', ({ socket }) => this.accepted(socket)],
      ['udp.socket', ({ socket }) => this.made('UDPWrap', socket)],
      ['child_process', ({ process }) => this.made('ProcessWrap', process)],
      ['worker_threads', ({ worker }) => this.made('Worker', worker)]
    ]
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
    const hooks = this
    return {
      /** @param {...any} args */
      openSync(...args) {
        const fd = Reflect.apply(original, this, args)
        const weight = hooks.weigh(hooks.files)
        if (weight > 0) hooks.hub.descriptor({ fd, weight, site: hooks.hub.site() })
        return fd
      }
    }.openSync
  }

  /** @param {Function} original */
  wrapOpen(original) {
    const hooks = this
    return {
      /** @param {...any} args */
      open(...args) {
        const callback = args.at(-1)
        const weight = typeof callback === 'function' ? hooks.weigh(hooks.files) : 0
        const site = weight > 0 ? hooks.hub.site() : ''
        // Without a frame of the program it is a stream that opens: the stream is followed by itself.
        if (site !== '') {
          args[args.length - 1] = function opened(/** @type {any} */ error, /** @type {any} */ fd) {
            if (!error) hooks.hub.descriptor({ fd, weight, site })
            return Reflect.apply(callback, this, arguments)
          }
        }
        return Reflect.apply(original, this, args)
      }
    }.open
  }

  /** @param {Function} original */
  wrapOpenPromise(original) {
    const hooks = this
    return {
      /** @param {...any} args */
      open(...args) {
        const result = Reflect.apply(original, this, args)
        const weight = hooks.weigh(hooks.files)
        if (weight === 0) return result
        const site = hooks.hub.site()
        // A promise of its own: a second `then` on theirs would hide a rejection that nobody handles.
        return (async () => {
          const handle = await result
          hooks.hub.descriptor({ fd: handle.fd, weight, site })
          return handle
        })()
      }
    }.open
  }

  /** @param {Function} original @param {string} type */
  wrapMaker(original, type) {
    const hooks = this
    return {
      /** @param {...any} args */
      make(...args) {
        const object = Reflect.apply(original, this, args)
        const weight = hooks.weigh(type === 'stream' ? hooks.files : hooks.others)
        if (weight > 0) hooks.hub.resource({ type, object, weight, site: hooks.hub.site() })
        return object
      }
    }.make
  }

  /** @param {Function} original */
  wrapListen(original) {
    const hooks = this
    return {
      /** @param {...any} args */
      listen(...args) {
        const site = hooks.hub.site()
        hooks.listenSites.set(this, site)
        hooks.hub.server({ object: this, site })
        return Reflect.apply(original, this, args)
      }
    }.listen
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

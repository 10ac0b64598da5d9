// @ts-check
// User code that subclasses, overrides, proxies and copies emitters works and is counted. Warns where it leaks.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { inherits } = require('node:util')
const { start } = require('leakguard')
const { live } = require('../../support/leaks.js')
const { many } = require('./helpers/many.js')

const guard = start()

class Loud extends EventEmitter {
  added = 0
  /** @override @param {string} event @param {() => void} listener */
  on(event, listener) {
    this.added++
    return super.on(event, listener)
  }
  /** @override @param {string} event @param {() => void} listener */
  addListener(event, listener) {
    return this.on(event, listener)
  }
}
const loud = new Loud().setMaxListeners(0)
many(() => loud.on('a', () => {}))
many(() => loud.addListener('a', () => {}))
many(() => loud.once('a', () => {}))
assert.equal(loud.added, 60)
assert.equal(live(guard, 'a\nLoud'), 60)

/** @this {any} */
function Old() {
  EventEmitter.call(this)
}
inherits(Old, EventEmitter)
const old = new /** @type {any} */ (Old)().setMaxListeners(0)
many(() => old.on('b', () => {}))
assert.equal(live(guard, 'b\nOld'), 20)

/** @type {(string | symbol)[]} */
const seen = []
const proxy = new Proxy(new EventEmitter().setMaxListeners(0), {
  get: (target, key, receiver) => {
    seen.push(key)
    return Reflect.get(target, key, receiver)
  }
})
many(() => proxy.on('c', () => {}))
assert.equal(proxy.listenerCount('c'), 20)

const hostile = new Proxy(new EventEmitter(), {
  getPrototypeOf() {
    throw new Error('mine')
  }
})
many(() => hostile.prependListener('d', () => {}))

const mixed = Object.assign({}, EventEmitter.prototype)
many(() => mixed.setMaxListeners(0).on('e', () => {}))

const bare = Object.create(null, { on: { value: EventEmitter.prototype.on } })
many((i) => bare.on(`f${i}`, () => {}))

class Target extends EventTarget {
  added = 0
  /** @override @param {Parameters<EventTarget['addEventListener']>} args */
  addEventListener(...args) {
    this.added++
    super.addEventListener(...args)
  }
}
const target = new Target()
many(() => target.addEventListener('g', () => {}))
assert.equal(target.added, 20)
assert.equal(live(guard, 'g\nTarget'), 20)

guard.check()
guard.stop()

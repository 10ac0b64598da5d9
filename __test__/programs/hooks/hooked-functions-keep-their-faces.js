// @ts-check
// Hooked functions keep name, length, own properties and what promisify makes of them.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const { promisify } = require('node:util')
const { start } = require('leakguard')

const newListener = Object.getOwnPropertySymbols(EventTarget.prototype).filter((s) => s.description === 'kNewListener')
/** @type {[any, (string | symbol)[]][]} */
const hookable = [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate']],
  [timers, ['setTimeout', 'setInterval', 'setImmediate']],
  [timersPromises, ['setTimeout', 'setInterval']],
  [EventEmitter.prototype, ['on', 'addListener', 'prependListener']],
  [AbortSignal, ['any', 'timeout']],
  [fs, ['open', 'openSync', 'createReadStream', 'createWriteStream', 'watch', 'watchFile']],
  [fs.promises, ['open']],
  [net.Server.prototype, ['listen']],
  [EventTarget.prototype, newListener]
]
const places = hookable.flatMap(([object, keys]) => keys.map((key) => ({ object, key })))

/** Differ, as they have to: @type {(string | symbol)[]} */
const notCompared = ['prototype', Symbol.for('leakguard.original'), Symbol.for('$$jest-protect-from-deletion')]
const face = (/** @type {Function} */ fn) =>
  Reflect.ownKeys(fn)
    .filter((key) => !notCompared.includes(key))
    .sort((a, b) => (String(a) < String(b) ? -1 : 1))
    .map((key) => [key, Object.getOwnPropertyDescriptor(fn, key)])
const isListed = (/** @type {any} */ object, /** @type {any} */ key) => Object.keys(object).includes(key)

// The first promisify of a function marks what it gives, which is among the places.
for (const { object, key } of places) promisify(object[key])
const before = places.map(({ object, key }) => ({ fn: object[key], face: face(object[key]) }))
const original = { setTimeout, setImmediate }
const listed = places.map(({ object, key }) => isListed(object, key))

const guard = start()
let hooked = 0
places.forEach(({ object, key }, i) => {
  if (object[key] !== before[i].fn) hooked++
  assert.deepEqual(face(object[key]), before[i].face, String(key))
  assert.equal(isListed(object, key), listed[i], String(key))
})
assert.ok(hooked >= 18, String(hooked))
for (const name of /** @type {const} */ (['setTimeout', 'setImmediate']))
  assert.equal(promisify(globalThis[name]), promisify(original[name]))
assert.equal(EventEmitter.prototype.on, EventEmitter.prototype.addListener)
assert.equal(globalThis.setTimeout, timers.setTimeout)
assert.equal(globalThis.setInterval, timers.setInterval)
assert.equal(globalThis.setImmediate, timers.setImmediate)
guard.stop()

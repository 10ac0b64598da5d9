// @ts-check
// Knows all that hooks may touch: remembers it, and tells what is not as it was.
// Must not know which of it is hooked.
'use strict'

const childProcess = require('node:child_process')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const workerThreads = require('node:worker_threads')

/** @type {Record<string, any>} */
const places = {
  globalThis,
  Error,
  process,
  EventEmitter,
  'EventEmitter.prototype': EventEmitter.prototype,
  'EventTarget.prototype': EventTarget.prototype,
  AbortSignal,
  'AbortSignal.prototype': AbortSignal.prototype,
  timers,
  'timers/promises': timersPromises,
  scheduler: Object.getPrototypeOf(timersPromises.scheduler),
  fs,
  'fs.promises': fs.promises,
  'net.Server.prototype': net.Server.prototype,
  child_process: childProcess,
  worker_threads: workerThreads
}
const FIELDS = /** @type {const} */ (['value', 'get', 'set', 'writable', 'enumerable', 'configurable'])
/** Change by themselves, or are to stay: @type {(string | symbol)[]} */
const MAY_DIFFER = ['_eventsCount', Symbol.for('leakguard.hub.v1'), Symbol.for('leakguard.finalizers.v1')]

// Lazy properties of these are made by the first look, which must not be ours.
for (const place of Object.values(places)) {
  for (const key of Reflect.ownKeys(place)) {
    try {
      place[key]
    } catch {}
  }
}

const look = () =>
  Object.entries(places).map(([name, place]) => ({
    name,
    /** @type {Record<string | symbol, PropertyDescriptor>} */
    descriptors: Object.getOwnPropertyDescriptors(place)
  }))

/** @returns {() => string[]} what is not as it is now */
function remember() {
  const before = look()
  const warnings = process.listeners('warning')
  return () => {
    /** @type {string[]} */
    const wrong = []
    look().forEach(({ name, descriptors: now }, i) => {
      const was = before[i].descriptors
      for (const key of new Set([...Reflect.ownKeys(was), ...Reflect.ownKeys(now)])) {
        const [a, b] = [was[key], now[key]]
        const same = a && b && FIELDS.every((field) => Object.is(a[field], b[field]))
        if (!same && !MAY_DIFFER.includes(key)) wrong.push(`${name}.${String(key)}`)
      }
    })
    const listeners = process.listeners('warning')
    if (listeners.length !== warnings.length || listeners.some((listener, i) => listener !== warnings[i]))
      wrong.push('listeners of warning')
    return wrong
  }
}

module.exports = { remember }

// @ts-check
// Knows what the wrapping tools wrap, and how often each of them is counted.
// Must not know which tool wraps, nor when.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const { collectGarbage } = require('../../../support/gc.js')
const { live, until } = require('../../../support/leaks.js')
const { HOUR, many } = require('./many.js')

/** @typedef {import('leakguard').Guard} Guard */

/** @type {[any, string][]} */
const places = [
  [EventEmitter.prototype, 'on'],
  [EventEmitter.prototype, 'addListener'],
  [EventEmitter.prototype, 'prependListener'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [timers, 'setTimeout'],
  [timers, 'setInterval'],
  [timersPromises, 'setTimeout'],
  [fs, 'open'],
  [fs, 'openSync'],
  [fs.promises, 'open'],
  [AbortSignal, 'any'],
  [net.Server.prototype, 'listen']
]

/** What stands in these places now. */
const functions = () => places.map(([object, name]) => object[name])

/** @param {{ wrap(object: any, name: string): () => void }} tool @returns {() => void} which takes all away again */
function wrapAll(tool) {
  const undo = places.map(([object, name]) => tool.wrap(object, name))
  return () => {
    for (const take of undo.reverse()) take()
  }
}

/** How often each way of starting is counted: 1 is right. @param {Guard} guard */
async function countedTimes(guard) {
  /** @type {Record<string, number>} */
  const times = {}
  for (const name of /** @type {const} */ (['on', 'addListener', 'prependListener'])) {
    const before = live(guard, 'leakguard-test\nEventEmitter')
    const made = many(() => new EventEmitter()[name]('leakguard-test', () => {}))
    // What is held shortly is counted once it has outlived a collection that the guard has heard of.
    for (let i = 0; i < 30 && !(times[name] > 0); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await collectGarbage()
      times[name] = (live(guard, 'leakguard-test\nEventEmitter') - before) / made.length
    }
    for (const one of made) one.removeAllListeners()
  }
  /**
   * @template T @param {string} name @param {string} label @param {() => T} add
   * @param {(made: Awaited<T>) => void} remove
   */
  const measure = async (name, label, add, remove) => {
    const before = live(guard, label)
    const made = await Promise.all(many(add))
    times[name] = (live(guard, label) - before) / made.length
    for (const one of made) remove(one)
  }
  await measure('setInterval', 'setInterval', () => setInterval(() => {}, HOUR), clearInterval)
  await measure('setTimeout', 'setTimeout', () => setTimeout(() => {}, HOUR), clearTimeout)
  await measure('timers.setInterval', 'setInterval', () => timers.setInterval(() => {}, HOUR), clearInterval)
  await measure('timers.setTimeout', 'setTimeout', () => timers.setTimeout(() => {}, HOUR), clearTimeout)
  if (fs.existsSync('/proc/self/fd')) Object.assign(times, await countedTimesOfFiles(guard))
  return times
}

/** @param {Guard} guard */
async function countedTimesOfFiles(guard) {
  /** @type {Record<string, number>} */
  const times = {}
  const descriptors = () => live(guard, 'fd:file', /^descriptor$/)
  /** @template T @param {string} name @param {() => T} add @param {(made: Awaited<T>) => unknown} remove */
  const measure = async (name, add, remove) => {
    const made = await Promise.all(many(add))
    // Descriptors cost a system call each, so they are looked at the less often the longer that took.
    for (let i = 0; i < 300 && !(times[name] > 0); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      times[name] = descriptors() / made.length
    }
    for (const one of made) await remove(one)
    await until(() => descriptors() === 0)
  }
  const open = () => new Promise((resolve) => fs.open(__filename, (_, fd) => resolve(fd)))
  await measure('fs.openSync', () => fs.openSync(__filename, 'r'), fs.closeSync)
  await measure('fs.open', open, fs.closeSync)
  await measure(
    'fs.promises.open',
    () => fs.promises.open(__filename),
    (handle) => handle.close()
  )
  return times
}

/** @param {Guard} guard @param {string} when */
async function eachIsCountedOnce(guard, when) {
  for (const [name, times] of Object.entries(await countedTimes(guard)))
    assert.equal(times, 1, `${when}: ${name} is counted ${times} times`)
}

module.exports = { functions, wrapAll, eachIsCountedOnce }

// @ts-check
// Shimmer wraps before a guard starts and while one runs. Arguments: where shimmer is, and the tool that uses it.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start } = require('leakguard')
const { bus, leakIsFound } = require('./helpers/leaky.js')

const shimmer = require(process.argv[2])
const tool = require(process.argv[3])
const { wrap } = tool
const now = () => [EventEmitter.prototype.on, globalThis.setTimeout]
const originals = now()

async function main() {
  shimmer.wrap(EventEmitter.prototype, 'on', wrap)
  shimmer.wrap(globalThis, 'setTimeout', wrap)
  let guard = start({ minGrowthMs: 100 })
  await leakIsFound(guard)
  guard.stop()
  assert.ok(/** @type {any} */ (EventEmitter.prototype.on).__wrapped)
  shimmer.unwrap(EventEmitter.prototype, 'on')
  shimmer.unwrap(globalThis, 'setTimeout')
  assert.deepEqual(now(), originals)
  guard = start({ minGrowthMs: 100 })
  shimmer.massWrap([EventEmitter.prototype], ['on', 'addListener'], wrap)
  await leakIsFound(guard)
  guard.stop()
  const before = tool.calls
  bus.on('x', () => {})
  assert.equal(tool.calls, before + 1)
  shimmer.massUnwrap([EventEmitter.prototype], ['on', 'addListener'])
  start().stop()
  assert.deepEqual(now(), originals)
}

main()

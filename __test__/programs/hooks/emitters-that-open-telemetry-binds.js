// @ts-check
// OpenTelemetry's context manager binds single emitters. Arguments: where @opentelemetry/context-async-hooks is, and
// where @opentelemetry/api.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start } = require('leakguard')
const { leakUntilFound } = require('../../support/leaks.js')

const { AsyncLocalStorageContextManager } = require(process.argv[2])
const { ROOT_CONTEXT, createContextKey } = require(process.argv[3])

const manager = new AsyncLocalStorageContextManager().enable()
const key = createContextKey('k')
const context = ROOT_CONTEXT.setValue(key, 'mine')
/** @type {EventEmitter[]} */
const bindings = []

/** @returns {EventEmitter} */
function bind() {
  const bus = manager.bind(context, new EventEmitter().setMaxListeners(0))
  bindings.push(bus)
  return bus
}

// What was bound before start has taken the methods as they were then: it works, unseen.
const early = bind()
const guard = start({ minGrowthMs: 100 })
const late = bind()

/** @type {unknown} */
let heard
const hear = () => {
  heard = manager.active().getValue(key)
}

function leaky() {
  late.on('x', hear)
}

async function main() {
  const { finding } = await leakUntilFound(
    guard,
    () => {
      for (let i = 0; i < 5; i++) leaky()
    },
    ({ kind }) => kind === 'listener'
  )
  assert.equal(finding.culprit.function, 'leaky')
  assert.equal(finding.culprit.file, __filename)
  for (const bus of [early, late]) {
    heard = undefined
    bus.once('y', hear)
    bus.emit('y')
    assert.equal(heard, 'mine')
    bus.on('y', hear).removeListener('y', hear)
    assert.equal(bus.listenerCount('y'), 0)
  }
  guard.stop()
  late.on('z', hear)
  assert.equal(late.listenerCount('z'), 1)
}

main()

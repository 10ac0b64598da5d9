// @ts-check
// Two copies of the package both find a leak, and each stops without hurting the other. Arguments: where they are.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const { leakUntilFound } = require('../../support/leaks.js')

const places = () => [EventEmitter.prototype.on, setTimeout, setInterval, fs.openSync]
const originals = places()
/** @type {typeof import('leakguard')} */
const one = require(process.argv[2])
/** @type {typeof import('leakguard')} */
const two = require(process.argv[3])
assert.notEqual(one.start, two.start)

const bus = new EventEmitter().setMaxListeners(0)

function leaky() {
  bus.on('x', () => {})
}

function step() {
  for (let i = 0; i < 5; i++) leaky()
}

/** @param {import('leakguard').Guard} guard */
async function finds(guard) {
  const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'listener')
  assert.deepEqual([finding.culprit.function, finding.culprit.file], ['leaky', __filename])
}

async function main() {
  let first = one.start({ minGrowthMs: 100 })
  const hooked = places()
  const second = two.start({ minGrowthMs: 100 })
  places().forEach((fn, i) => {
    assert.equal(fn, hooked[i])
    assert.notEqual(fn, originals[i])
  })
  await finds(first)
  await finds(second)
  first.stop()
  bus.removeAllListeners()
  await finds(second)
  assert.throws(one.check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
  first = one.start({ minGrowthMs: 100 })
  second.stop()
  bus.removeAllListeners()
  await finds(first)
  first.stop()
  places().forEach((fn, i) => {
    assert.equal(fn, originals[i])
  })
}

main()

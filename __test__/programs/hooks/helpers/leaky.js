// @ts-check
// Knows one leak by a function called `leaky`, and how to let a guard find it.
// Must not know what else is wrapped or hooked meanwhile.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { leakUntilFound } = require('../../../support/leaks.js')

const bus = new EventEmitter().setMaxListeners(0)

function leaky() {
  bus.on('x', () => {})
}

function step() {
  for (let i = 0; i < 5; i++) leaky()
}

/** Leaks until the guard names this file's `leaky`; nothing is left after. @param {import('leakguard').Guard} guard */
async function leakIsFound(guard) {
  const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'listener')
  assert.equal(finding.culprit.function, 'leaky')
  assert.equal(finding.culprit.file, __filename)
  bus.removeAllListeners()
}

module.exports = { bus, step, leakIsFound }

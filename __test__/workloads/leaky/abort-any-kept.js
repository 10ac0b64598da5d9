// @ts-check
// Combined signals of a long-lived one, kept in a list.
'use strict'

const { pace } = require('../helpers/pace.js')

const shutdown = new AbortController()
/** @type {AbortSignal[]} */
const kept = []

/** @param {number} i */
function request(i) {
  const signal = AbortSignal.any([shutdown.signal, new AbortController().signal]) // leaks
  kept.push(signal)
  return JSON.stringify(Array.from({ length: 1000 }, (_, n) => ({ n, i }))).length
}

module.exports = { kind: 'listener', run: () => pace(400, 5, request) }

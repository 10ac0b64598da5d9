// @ts-check
// Knows the worker that leaks, and how much of what it leaks is held.
'use strict'

const path = require('node:path')
const { live } = require('../../../support/leaks.js')

const leakyWorker = path.join(__dirname, 'leaky-worker.js')
/** @param {import('leakguard').Guard} guard */
const heldInWorkers = (guard) => live(guard, 'in worker\nEventEmitter')

module.exports = { leakyWorker, heldInWorkers }

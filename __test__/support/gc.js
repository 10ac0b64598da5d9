// @ts-check
// Knows how to make V8 collect garbage without a flag on the command line.
'use strict'

const v8 = require('node:v8')
const vm = require('node:vm')
const { setImmediate: turn } = require('node:timers/promises')

v8.setFlagsFromString('--expose-gc')
/** @type {() => void} */
const gc = vm.runInNewContext('gc')

/** Collects what is garbage now, and lets those hear of it who want to. */
async function collectGarbage() {
  for (let i = 0; i < 3; i++) {
    await turn()
    gc()
  }
  // Observers of collections are told some turns later.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 5))
}

module.exports = { collectGarbage }

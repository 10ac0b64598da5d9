// @ts-check
// Listeners of modules that are replaced by newer ones whenever a file changes.
'use strict'

const { EventEmitter } = require('node:events')
const { sleep } = require('../helpers/pace.js')

const app = new EventEmitter().setMaxListeners(100)

/** @param {number} version */
function load(version) {
  const routes = Array.from({ length: 40 }, (_, i) => () => version + i)
  for (const route of routes) app.on('request', route)
  return () => {
    for (const route of routes) app.off('request', route)
  }
}

async function run() {
  let unload = load(0)
  for (let version = 1; version <= 25; version++) {
    await sleep(120)
    if (version % 2 === 0) {
      unload()
      unload = load(version)
    } else {
      const old = unload
      unload = load(version)
      old()
    }
    app.emit('request')
  }
}

module.exports = { run }

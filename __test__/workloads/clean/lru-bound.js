// @ts-check
// A cache that evicts the oldest entry and says how many it allows.
'use strict'

const { pace } = require('../helpers/pace.js')

class Cache {
  constructor() {
    this.max = 3000
    this.map = new Map()
  }

  get size() {
    return this.map.size
  }

  set(/** @type {unknown} */ key, /** @type {unknown} */ value) {
    this.map.set(key, value)
    if (this.map.size > this.max) this.map.delete(this.map.keys().next().value)
  }
}

async function run(/** @type {typeof import('../../..')} */ { track }) {
  const cache = track(new Cache(), 'pages')
  await pace(1500, 3, (i) => cache.set(i, { html: 'x'.repeat(100) }))
}

module.exports = { run }

// @ts-check
// A collection of its own kind.
'use strict'

const { pace } = require('../helpers/pace.js')

class Registry {
  constructor() {
    /** @type {Record<string, object>} */
    this.byName = {}
    this.size = 0
  }

  add(/** @type {string} */ name) {
    this.byName[name] = {}
    this.size++
  }
}

module.exports = {
  kind: 'collection',
  name: 'registry',
  run: (/** @type {typeof import('../../..')} */ { track }) => {
    const registry = track(new Registry(), 'registry') // leaks
    return pace(60, 3, (i) => registry.add(`entry ${i}`))
  }
}

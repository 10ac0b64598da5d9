// @ts-check
// A Set of what was seen.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'collection',
  name: 'seen',
  run: (/** @type {typeof import('../../..')} */ { track }) => {
    const seen = track(new Set(), 'seen') // leaks
    return pace(20, 3, (i) => seen.add(`key ${i}`))
  }
}

// @ts-check
// A Map of sessions that nobody ends.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'collection',
  name: 'sessions',
  run: (/** @type {typeof import('../../..')} */ { track }) => {
    const sessions = track(new Map(), 'sessions') // leaks
    return pace(300, 3, (i) => sessions.set(i, {}))
  }
}

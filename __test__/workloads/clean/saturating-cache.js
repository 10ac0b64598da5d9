// @ts-check
// A Map that fills quickly at first and ever more slowly, as random keys repeat.
'use strict'

const { pace } = require('../helpers/pace.js')

async function run(/** @type {typeof import('../../..')} */ { track }) {
  const cache = track(new Map(), 'templates')
  await pace(2000, 4, () => cache.set(Math.floor(Math.random() * 800), {}))
}

module.exports = { run, mayBeUndecided: 'it grows to the end, ever more slowly' }

// @ts-check
// A module-level Map that warms up for a second and a half and then only answers.
'use strict'

const { pace } = require('../helpers/pace.js')

async function run(/** @type {typeof import('../../..')} */ { track }) {
  const cache = track(new Map(), 'prices')
  let seen = 0
  await pace(1500, 4, () => {
    const key = seen++ % 2000
    if (!cache.has(key)) cache.set(key, { key, price: Math.random() })
  })
}

module.exports = { run }

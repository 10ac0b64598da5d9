// @ts-check
// Call sites as shares, and the lines that add to a container as part of its facts.
'use strict'

const { framesOf } = require('./source-map.js')

/** @param {Map<string, number>} sites @returns {import('./facts').Site[]} most first */
const sharesOf = (sites) =>
  [...sites].map(([site, count]) => ({ frames: framesOf(site), count })).sort((a, b) => b.count - a.count)

/** @param {import('./facts').Facts} facts @param {Map<string, number>} [sites] @returns {import('./facts').Facts} */
const withAdded = (facts, sites) => (sites?.size ? { ...facts, added: sharesOf(sites) } : facts)

module.exports = { sharesOf, withAdded }

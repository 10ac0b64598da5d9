// @ts-check
// Tracked collections and caches of ours: their own `size` or `length`, which is the only user code that is run here.
'use strict'

const { GONE } = require('./kind.js')

/** @typedef {import('./kind.js').Slots} Slots */

/** @type {import('./kind.js').Kind['read']} */
function read(slots, slot) {
  const collection = /** @type {any} */ (slots.target(slot))
  if (!collection) return GONE
  const size = typeof collection.size === 'number' ? collection.size : collection.length
  return typeof size === 'number' && size >= 0 ? size : 0
}

const COLLECTION = { pool: 'collection', read }
const CACHE = { pool: 'cache', read }

/** The largest size that a cache says it allows, or 0. @param {any} collection */
function boundOf(collection) {
  try {
    return typeof collection.max === 'number' && collection.max > 0 && Number.isFinite(collection.max)
      ? collection.max
      : 0
  } catch {
    return 0
  }
}

/** @param {Slots} slots @param {object} collection @param {string} name @param {string} site */
function add(slots, collection, name, site) {
  const limits = { bound: boundOf(collection), began: -1 }
  slots.claim(name, site, collection, { kind: COLLECTION, weight: 1 }, undefined, limits)
}

/** @param {Slots} slots @param {object} cache @param {string} name @param {string} site @param {number} bound */
function addCache(slots, cache, name, site, bound) {
  return slots.claim(name, site, cache, { kind: CACHE, weight: 1 }, undefined, { bound, began: -1 })
}

/** Whether this cache is still what a slot holds. @param {Slots} slots @param {number} slot @param {object} cache */
const isCache = (slots, slot, cache) => slots.entries[slot]?.kind === CACHE && slots.target(slot) === cache

/** Whether a collection is tracked. @param {Slots} slots @param {object} collection */
const has = (slots, collection) =>
  slots.entries.some((entry, slot) => entry?.kind === COLLECTION && slots.target(slot) === collection)

module.exports = { add, addCache, has, isCache }

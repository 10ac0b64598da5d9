// @ts-check
// Which caches there are in this realm, held weakly, for a guard that asks. Knows what they tell, not what it means.
'use strict'

const { cut } = require('../base/cut.js')
const { Entry } = require('../base/entry.js')
const { whenCollected } = require('../base/finalizers.js')
const { weakRef } = require('../base/natives.js')

/**
 * @typedef {object} Listed
 * @property {string} name
 * @property {string} site
 * @property {object} cache has `size`, `max` and `stats`
 */

/** @type {Map<number, { ref: WeakRef<object>, name: string, site: string }>} */
const caches = new Map()
/** Tells who has gone, so that a program that makes caches all the time does not fill the list. */
const entry = new Entry()
let nextId = 0

/** @param {number} id */
const forget = (id) => () => void entry.enter('caches', () => caches.delete(id))

/** @param {object} cache @param {string} name @param {string} site */
function register(cache, name, site) {
  const id = nextId++
  caches.set(id, { ref: weakRef(cache), name: cut(name), site })
  whenCollected(cache, forget(id))
}

/** Caches made since `id`, and the id for the next question. @param {number} since @returns {{ made: Listed[], next: number }} */
function madeSince(since) {
  const made = []
  if (since < nextId) {
    for (const [id, { ref, name, site }] of caches) {
      const cache = id >= since ? ref.deref() : undefined
      if (cache) made.push({ name, site, cache })
    }
  }
  return { made, next: nextId }
}

/** Whether a cache was made since `id`. @param {number} since */
const isAnyMadeSince = (since) => since < nextId

module.exports = { register, madeSince, isAnyMadeSince }

// @ts-check
// leakguard/cache: bounded caches, without the rest of the package.
'use strict'

const { WeakLruCache } = require('./lib/cache/weak-lru-cache.js')
const { memoize } = require('./lib/cache/memoize.js')

module.exports = { WeakLruCache, memoize }

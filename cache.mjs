// ESM face of cache.js: the same names, no state of its own.
import cache from './cache.js'

export const { WeakLruCache, memoize } = cache
export default cache

// Types of cache.mjs: the same names, and all of them as the default too.
import * as cache from './cache.js'

export * from './cache.js'
export default cache

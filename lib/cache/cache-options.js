// @ts-check
// Options of caches: which there are, with exact words for those that are not.
'use strict'

const { LeakguardError, given, invalidArg } = require('../base/errors.js')
const { nearest } = require('../base/nearest.js')
const { readOptions } = require('../base/options.js')
const { estimateBytes } = require('./estimate.js')

/** Slots are 32-bit numbers, and an array that V8 keeps as one has fewer. */
const ENTRIES_MAX = 2 ** 26
const LARGEST = Number.MAX_SAFE_INTEGER
/** Weakly held entries for each strongly held one, and where there is no such number. */
const WEAK_SHARE = 16
const WEAK_OF_BYTES = 10_000

const count = (/** @type {unknown} */ fallback, max = LARGEST) => ({
  type: /** @type {const} */ ('number'),
  min: 0,
  max,
  default: fallback
})
const flag = (fallback = false) => ({ type: /** @type {const} */ ('boolean'), default: fallback })
const callback = Object.freeze({ type: /** @type {const} */ ('function'), default: undefined })
const any = Object.freeze({ type: /** @type {const} */ ('any'), default: undefined })

const RULES = Object.freeze({
  max: count(0, ENTRIES_MAX),
  maxSize: count(0),
  maxEntrySize: count(0),
  sizeCalculation: any,
  ttl: count(0),
  ttlResolution: count(1),
  ttlAutopurge: flag(),
  updateAgeOnGet: flag(),
  updateAgeOnHas: flag(),
  allowStale: flag(),
  noDeleteOnStaleGet: flag(),
  noUpdateTTL: flag(),
  noDisposeOnSet: flag(),
  dispose: callback,
  disposeAfter: callback,
  onInsert: callback,
  fetchMethod: callback,
  memoMethod: callback,
  noDeleteOnFetchRejection: flag(),
  allowStaleOnFetchRejection: flag(),
  allowStaleOnFetchAbort: flag(),
  ignoreFetchAbort: flag(),
  perf: any,
  weak: flag(),
  weakMax: count(undefined, ENTRIES_MAX),
  name: { type: /** @type {const} */ ('string'), default: undefined }
})

/** Options that may be changed later, by assignment. */
const CHANGEABLE = /** @type {const} */ ([
  'ttl',
  'ttlResolution',
  'ttlAutopurge',
  'updateAgeOnGet',
  'updateAgeOnHas',
  'allowStale',
  'noDeleteOnStaleGet',
  'noUpdateTTL',
  'noDisposeOnSet',
  'maxEntrySize',
  'sizeCalculation',
  'noDeleteOnFetchRejection',
  'allowStaleOnFetchRejection',
  'allowStaleOnFetchAbort',
  'ignoreFetchAbort'
])

/** Options of lru-cache that are left out, and what to do instead. */
const LEFT_OUT = /** @type {Record<string, string>} */ ({
  backgroundFetchSize: 'an entry has no size until its fetch completes',
  status: "subscribe to the channel 'leakguard:cache', or read the property stats",
  fetchContext: 'pass { context } to fetch()'
})

/** @param {string} where @param {string} name @param {readonly string[]} known */
function refuse(where, name, known) {
  const instead = LEFT_OUT[name]
  const meant = nearest(name, known)
  const hint = meant ? `did you mean '${meant}'?` : `known options: ${known.map((k) => `'${k}'`).join(', ')}`
  return new LeakguardError(
    'ERR_LEAKGUARD_UNKNOWN_OPTION',
    instead
      ? `${where}: option '${name}' of lru-cache is not supported: ${instead}`
      : `${where}: unknown option '${name}'; ${hint}`
  )
}

/** @param {string} where @param {string} name @param {unknown} value */
function whole(where, name, value) {
  if (!Number.isInteger(value)) throw invalidArg(`${where}: option '${name}' must be an integer, not ${given(value)}`)
}

/** @param {unknown} options */
function readCacheOptions(options) {
  const where = 'WeakLruCache'
  for (const name of Object.keys(Object(options))) if (name in LEFT_OUT) throw refuse(where, name, [])
  const read = readOptions(where, RULES, options)
  for (const name of ['max', 'maxSize', 'maxEntrySize', 'ttl']) whole(where, name, read[name])
  if (read.max === 0 && read.maxSize === 0)
    throw invalidArg(`${where}: a cache needs a bound: give max (entries) or maxSize (the sum of their sizes), or both`)
  if (read.sizeCalculation === 'estimate') read.sizeCalculation = estimateBytes
  if (read.sizeCalculation !== undefined && typeof read.sizeCalculation !== 'function')
    throw invalidArg(
      `${where}: option 'sizeCalculation' must be a function or 'estimate', not ${given(read.sizeCalculation)}`
    )
  if (read.sizeCalculation && !read.maxSize && !read.maxEntrySize)
    throw invalidArg(`${where}: option 'sizeCalculation' needs maxSize or maxEntrySize`)
  if (read.perf !== undefined && typeof read.perf?.now !== 'function')
    throw invalidArg(`${where}: option 'perf' must have a method now(), not ${given(read.perf)}`)
  if (read.weakMax && !read.weak) throw invalidArg(`${where}: option 'weakMax' needs weak: true`)
  if (!read.weak) read.weakMax = 0
  read.weakMax ??= read.max ? Math.min(ENTRIES_MAX, read.max * WEAK_SHARE) : WEAK_OF_BYTES
  whole(where, 'weakMax', read.weakMax)
  if (read.maxSize) read.maxEntrySize = Math.min(read.maxEntrySize || read.maxSize, read.maxSize)
  return read
}

const GET = ['allowStale', 'updateAgeOnGet', 'noDeleteOnStaleGet']
const SET = ['ttl', 'start', 'size', 'sizeCalculation', 'noDisposeOnSet', 'noUpdateTTL']
const FETCH = [
  'noDeleteOnFetchRejection',
  'allowStaleOnFetchRejection',
  'allowStaleOnFetchAbort',
  'ignoreFetchAbort',
  'forceRefresh',
  'signal',
  'context'
]
/** Options of calls, by method. */
const OF_CALL = {
  get: GET,
  has: ['updateAgeOnHas'],
  peek: ['allowStale'],
  set: SET,
  fetch: [...GET, ...SET, ...FETCH],
  memo: [...GET, ...SET, 'context', 'forceRefresh']
}

/**
 * Options of a call, none of them unknown.
 * @param {keyof typeof OF_CALL} method @param {any} options @returns {any}
 */
function checkCall(method, options) {
  if (options === undefined) return NONE
  const where = `WeakLruCache.${method}`
  if (options === null || typeof options !== 'object')
    throw invalidArg(`${where}: options must be an object, not ${given(options)}`)
  for (const name in options) {
    if (!OF_CALL[method].includes(name) && options[name] !== undefined) throw refuse(where, name, OF_CALL[method])
  }
  return options
}

const NONE = Object.freeze({})

/** @param {unknown} size @param {string} from */
function checkSize(size, from) {
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1)
    throw invalidArg(`WeakLruCache: ${from} must be a positive integer, not ${given(size)}`)
  return size
}

/** @param {unknown} ttl */
function checkTtl(ttl) {
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0)
    throw invalidArg(`WeakLruCache.set: option 'ttl' must be an integer of 0 or more, not ${given(ttl)}`)
  return ttl
}

module.exports = { CHANGEABLE, readCacheOptions, checkCall, checkSize, checkTtl }

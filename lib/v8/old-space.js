// @ts-check
// What V8 gives this thread for objects that are not young, and what of it is in use: programs die where the one reaches
// the other. Knows V8's flags and spaces, not who asks.
'use strict'

const { isMainThread, resourceLimits } = require('node:worker_threads')
const { getHeapSpaceStatistics, getHeapStatistics } = require('../base/natives.js')
const { heapUsage } = require('./memory-usage.js')

const MB = 2 ** 20
/** Semi-spaces that `heap_size_limit` has on top, and the size of each where memory is plenty, in MB, by V8's default. */
const SEMI_SPACES = 3
const major = Number(process.versions.node.split('.')[0])
const SEMI_SPACE_MB = major < 24 ? 16 : major < 26 ? 64 : 32
/** Where V8 has divided a whole heap by itself, a semi-space takes no larger part of it. */
const SEMI_SPACE_SHARE = 1 / 64
/** What is no part of the heap's use, or young. */
const LEFT_OUT = /^(?:new_|read_only_|shared_)/

/** As they were when the process, or the thread, began. */
const FLAGS = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv].join(' ')

/** What was asked for by a flag, in its unit; the last one counts. @param {string} name */
function asked(name) {
  const found = [...FLAGS.matchAll(new RegExp(`--${name.replaceAll('-', '[-_]')}[= ]"?(\\d+)`, 'g'))].at(-1)
  return found && Number(found[1])
}

/**
 * Bytes that V8 allows for objects that are not young. `heap_size_limit` has the young ones on top, and V8 does not tell
 * how much that is: it is known from the flags, of a worker from its limits, else from how V8 divides a heap.
 */
function oldLimit() {
  const whole = getHeapStatistics().heap_size_limit
  const old = asked('max-old-space-size')
  if (old) return Math.min(whole, old * MB)
  return Math.max(whole / 4, whole - young(whole))
}

/** Bytes of it for young objects. @param {number} whole */
function young(whole) {
  const semi = asked('max-semi-space-size')
  if (semi) return SEMI_SPACES * semi * MB
  if (!isMainThread && resourceLimits.maxYoungGenerationSizeMb) return resourceLimits.maxYoungGenerationSizeMb * MB
  const most = SEMI_SPACES * SEMI_SPACE_MB * MB
  // Where only the old ones' size was asked for, the young ones' is V8's default whatever that is.
  return asked('max-old-space-size-percentage') ? most : Math.min(most, SEMI_SPACES * SEMI_SPACE_SHARE * whole)
}

let known = 0

/** See `oldLimit`: it does not change. */
function oldLimitBytes() {
  known ||= oldLimit()
  return known
}

/** Bytes of objects that are not young, garbage among them included. 2 µs. */
function oldUsedBytes() {
  let used = 0
  for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics())
    if (!LEFT_OUT.test(name)) used += size
  return used
}

/** Bytes that stay without a collection: of objects that are not young, and what is outside of the heap. 3 µs. */
const memoryBytes = () => oldUsedBytes() + heapUsage().external

module.exports = { memoryBytes, oldLimitBytes, oldUsedBytes }

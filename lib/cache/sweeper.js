// @ts-check
// Looks after all caches of this realm, which it holds weakly: one timer for all, which keeps no process alive.
// Knows when memory is short; what a cache does about it is its own affair.
'use strict'

const { nowMs } = require('../base/clock.js')
const { addon } = require('../base/addon.js')
const { Entry } = require('../base/entry.js')
const { oldLimitBytes } = require('../v8/old-space.js')
const { rssBytes } = require('../v8/memory-usage.js')
const { getHeapSpaceStatistics, getHeapStatistics, weakRef } = require('../base/natives.js')

const SWEEP_MS = 1000
/** Memory is short above the first share, and no longer short below the second: between them nothing changes. */
const HIGH = 0.85
const LOW = 0.7
/** Less and less is held strongly while it is short, and more again, slower, once it is not. */
const SHRINK = 0.5
const REGROW = 1.25
const SHARE_MIN = 1 / 64
/** A heap that is short asks for more only when it has grown by this share of its limit since, or after SWEEP_MS. */
const AGAIN_SHARE = 0.03
const YOUNG_SHARE = 0.25

/**
 * What a cache shows to those that look after it.
 * @typedef {object} Looked
 * @property {() => void} sweep drops what is expired or dead
 * @property {(share: number) => void} setShare holds this share of its bound strongly
 */

/** @type {Set<WeakRef<Looked>>} */
const caches = new Set()
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer
/** What is read of memory is our own affair; what caches call is the program's. */
const entry = new Entry()
let share = 1
let relaxedAtMs = -Infinity
let relaxedBytes = Infinity

/**
 * What is not young, as bytes and as a share of its limit. What is young may all survive and come on top at once: it
 * counts too, up to a quarter of the limit.
 */
function heapShare() {
  const limit = oldLimitBytes()
  const { used_heap_size: all } = getHeapStatistics()
  if (all < limit * LOW) return { used: all, share: all / limit }
  let old = 0
  let young = 0
  for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics()) {
    if (name.startsWith('new_')) young += size
    else if (!/^(?:read_only|shared)/.test(name)) old += size
  }
  const used = old + Math.min(young, limit * YOUNG_SHARE)
  return { used, share: used / limit }
}

/** The share of what this process may have that it has; 0 where that is not told. */
function memoryShare() {
  const available = addon().availableBytes()
  if (typeof available !== 'number') return 0
  const rss = rssBytes()
  return Number.isNaN(rss) ? 0 : rss / (rss + available)
}

/** @param {(cache: Looked) => void} act */
function each(act) {
  /** @type {unknown[]} */
  const errors = []
  for (const ref of caches) {
    const cache = ref.deref()
    if (!cache) caches.delete(ref)
    else {
      try {
        act(cache)
      } catch (error) {
        errors.push(error) // of a callback of the program's: the others get their turn
      }
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** @param {number} next */
function setShare(next) {
  share = next
  each((cache) => cache.setShare(share))
}

/** Cheap enough for every few additions: reads the heap only. */
function relaxIfShort() {
  const heap = entry.enter('heap', heapShare)
  if (!heap) return
  relaxedBytes = Math.min(relaxedBytes, heap.used)
  if (heap.share < HIGH || share <= SHARE_MIN) return
  const isAgain = share < 1 && nowMs() - relaxedAtMs < SWEEP_MS
  if (isAgain && heap.used < relaxedBytes + oldLimitBytes() * AGAIN_SHARE) return
  shrink(heap.used)
}

/** @param {number} usedBytes */
function shrink(usedBytes) {
  relaxedAtMs = nowMs()
  relaxedBytes = usedBytes
  setShare(Math.max(SHARE_MIN, share * SHRINK))
}

function sweep() {
  each((cache) => cache.sweep())
  if (caches.size === 0) {
    clearInterval(timer)
    timer = undefined
    share = 1
    return
  }
  const heap = entry.enter('heap', heapShare)
  const level = Math.max(heap?.share ?? 0, entry.enter('memory', memoryShare) ?? 0)
  if (level > HIGH && share > SHARE_MIN) shrink(heap?.used ?? Infinity)
  else if (level < LOW && share < 1) setShare(Math.min(1, share * REGROW))
}

/** Looks after a cache from now on, for as long as it is there. @param {Looked} cache */
function lookAfter(cache) {
  caches.add(weakRef(cache))
  if (share < 1) cache.setShare(share)
  timer ??= setInterval(sweep, SWEEP_MS).unref()
}

module.exports = { lookAfter, relaxIfShort }

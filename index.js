// @ts-check
// The public API: names only. The work is in lib/ (JavaScript) and src/ (Rust); ARCHITECTURE.md is the map.
'use strict'

const { start, check, track } = require('./lib/guard/guard.js')
const { measureLeaks, assertNoLeaks } = require('./lib/measure/assert.js')
const { allow } = require('./lib/findings/allow.js')
const { captureHeap, countHeap, writeHeap, loadHeap, diffHeaps } = require('./lib/heap/heap.js')
const { WeakLruCache } = require('./lib/cache/weak-lru-cache.js')
const { memoize } = require('./lib/cache/memoize.js')
const { watch, scope, checkWatched } = require('./lib/watch/watch.js')
const { analyzeTrend } = require('./lib/trend/trend.js')
const { reportTrend } = require('./lib/trend/report.js')
const { readReport } = require('./lib/report/read.js')
const { LeakError } = require('./lib/base/errors.js')

module.exports = {
  start,
  check,
  track,
  measureLeaks,
  assertNoLeaks,
  allow,
  captureHeap,
  countHeap,
  writeHeap,
  loadHeap,
  diffHeaps,
  WeakLruCache,
  memoize,
  watch,
  scope,
  checkWatched,
  analyzeTrend,
  reportTrend,
  readReport,
  LeakError
}

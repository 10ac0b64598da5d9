// @ts-check
// The public API: names only. The work is in lib/ (JavaScript) and src/ (Rust); ARCHITECTURE.md is the map.
'use strict'

const { start, check, track } = require('./lib/guard/guard.js')
const { measureLeaks, assertNoLeaks } = require('./lib/measure/assert.js')
const { compareLeaks } = require('./lib/measure/compare.js')
const { allow } = require('./lib/findings/allow.js')
const { findLeaks } = require('./lib/memory/find.js')
const { captureHeap, countHeap, writeHeap, loadHeap, diffHeaps } = require('./lib/heap/heap.js')
const { WeakLruCache, memoize } = require('./cache.js')
const { watch, scope, checkWatched } = require('./lib/watch/watch.js')
const { analyzeTrend } = require('./lib/trend/report.js')
const { LeakReport } = require('./lib/report/leak-report.js')
const { LeakError } = require('./lib/base/errors.js')

module.exports = {
  start,
  check,
  track,
  measureLeaks,
  assertNoLeaks,
  compareLeaks,
  findLeaks,
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
  LeakReport,
  LeakError
}

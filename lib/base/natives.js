// @ts-check
// What a running guard calls of Node and V8, as it was when leakguard was loaded. A program, or a test's fake clock, may
// stand in for these or delete them later: that is its own affair, and must neither reach the guard nor come out of it.
'use strict'

const { PerformanceObserver, constants, performance } = require('node:perf_hooks')
const v8 = require('node:v8')

const { now, timeOrigin, eventLoopUtilization } = performance
const { FinalizationRegistry: Finalizers, WeakRef: Ref } = globalThis

/** @template {object} T @param {T} target @returns {WeakRef<T>} */
const weakRef = (target) => new Ref(target)

/**
 * To be handed to `fs.statSync` and its kin where what is looked at may be a pipe or a socket. Without it Node keeps the answer
 * in one place for all, and the program's next `realpath` or `require` (Node 20, 22) stops half-way where it finds a pipe there.
 */
const ASIDE = Object.freeze(/** @type {const} */ ({ bigint: true }))

module.exports = {
  ASIDE,
  performance: { now: now.bind(performance), timeOrigin, eventLoopUtilization },
  PerformanceObserver,
  NODE_PERFORMANCE_GC_MINOR: constants.NODE_PERFORMANCE_GC_MINOR,
  Finalizers,
  weakRef,
  apply: Reflect.apply,
  construct: Reflect.construct,
  getHeapStatistics: v8.getHeapStatistics,
  getHeapSpaceStatistics: v8.getHeapSpaceStatistics,
  memoryUsage: process.memoryUsage,
  activeResources: process.getActiveResourcesInfo.bind(process),
  emitWarning: process.emitWarning.bind(process),
  nextTick: process.nextTick.bind(process)
}

// ESM face of index.js: the same names, no state of its own.
import leakguard from './index.js'

export const {
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
} = leakguard
export default leakguard

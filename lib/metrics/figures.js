// @ts-check
// What a guard tells to metrics: figures with a bounded set of labels, and none that Node's default metrics have. Knows
// names and numbers, no client.
'use strict'

const { nowMs } = require('../base/clock.js')
const { start } = require('../guard/guard.js')

/** Gauges. `labels` are the values that may occur, by label; what is not known has no sample. */
const GAUGES = /** @type {const} */ ({
  memory_floor_bytes: {
    help: 'Memory left by the last major GC',
    unit: 'By',
    label: 'kind',
    values: ['heap', 'external']
  },
  malloc_bytes: {
    help: 'Memory of the C allocator: in use, and free but kept',
    unit: 'By',
    label: 'state',
    values: ['used', 'free']
  },
  cgroup_bytes: {
    help: 'Memory of the control group: in use, and its limit',
    unit: 'By',
    label: 'kind',
    values: ['used', 'limit']
  },
  heap_limit_bytes: { help: "V8's limit for the heap of this thread", unit: 'By', label: undefined, values: [] },
  trend_bytes_per_hour: {
    help: 'Confirmed growth of memory; 0 without any',
    unit: 'By/h',
    label: 'field',
    values: ['heapUsed', 'external', 'arrayBuffers', 'malloc', 'rss']
  },
  limit_left_seconds: { help: 'Time until a limit is reached at that rate', unit: 's', label: undefined, values: [] },
  leaking: { help: '1 while the verdict is leaking', unit: '1', label: undefined, values: [] },
  findings: {
    help: 'Findings of the newest check',
    unit: '{finding}',
    label: 'kind',
    values: ['listener', 'timer', 'handle', 'cache', 'collection', 'buffer', 'heap', 'native', 'other']
  },
  live: {
    help: 'Live objects, in all threads of this process',
    unit: '{object}',
    label: 'kind',
    values: ['listener', 'timer', 'handle', 'collection', 'cache']
  },
  lifecycles: {
    help: 'Requests, sockets, processes and threads followed now: all, ended, and ended but retained',
    unit: '{object}',
    label: 'state',
    values: ['followed', 'over', 'retained']
  },
  lifecycles_retained: {
    help: 'Followed objects that have ended and are still in memory',
    unit: '{object}',
    label: 'kind',
    values: ['request', 'socket', 'stream', 'process', 'worker']
  },
  guard_bytes: { help: 'Memory that leakguard itself uses', unit: 'By', label: 'kind', values: ['native', 'js'] },
  watched_seconds: { help: 'How long memory has been watched', unit: 's', label: undefined, values: [] }
})

/** @typedef {keyof typeof GAUGES} Name */
/** @typedef {{ label?: string, value: number }} Figure */

/** Pools of counts as kinds; live handles of a type and open descriptors are handles. @type {Record<string, string>} */
const KINDS = {
  target: 'listener',
  listener: 'listener',
  timer: 'timer',
  resource: 'handle',
  descriptor: 'handle',
  collection: 'collection',
  cache: 'cache'
}
/** A scrape asks each gauge by itself: within this time they are given the same figures, in milliseconds. */
const SAME_MS = 100

/** @param {any} guard @returns {Record<Name, Figure[]>} */
function figuresOf(guard) {
  const report = guard.check()
  const { counts, memory: now, lifecycles, usage } = guard.stats()
  const { nativeBytes, jsBytes } = usage
  const known = (/** @type {[string, number | undefined][]} */ pairs) =>
    pairs.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))
  const one = (/** @type {number | undefined} */ value) => (value === undefined ? [] : [{ value }])
  return {
    memory_floor_bytes: known([
      ['heap', now?.heapFloor],
      ['external', now?.externalFloor]
    ]),
    malloc_bytes: known([
      ['used', now?.mallocUsed],
      ['free', now?.mallocFree]
    ]),
    cgroup_bytes: known([
      ['used', now?.groupUsed],
      ['limit', now?.limit]
    ]),
    heap_limit_bytes: one(now?.heapLimit),
    trend_bytes_per_hour: now
      ? GAUGES.trend_bytes_per_hour.values.map((label) => ({
          label,
          value: now.trend?.metric === label ? now.trend.perHour : 0
        }))
      : [],
    limit_left_seconds: one(now?.trend?.leftMs === undefined ? undefined : now.trend.leftMs / 1000),
    leaking: one(report.verdict === 'leaking' ? 1 : 0),
    findings: counted(GAUGES.findings.values, report.findings, ({ kind }) => [kind, 1]),
    live: counted(GAUGES.live.values, counts, (/** @type {any} */ { pool, live }) => [KINDS[pool], live]),
    lifecycles: GAUGES.lifecycles.values.map((label) => ({
      label,
      value: lifecycles.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one[label], 0)
    })),
    lifecycles_retained: counted(GAUGES.lifecycles_retained.values, lifecycles, ({ kind, retained }) => [
      kind.split(' ').at(-1),
      retained
    ]),
    guard_bytes: known([
      ['native', nativeBytes],
      ['js', jsBytes]
    ]),
    watched_seconds: one(guard.memory?.watch.seconds())
  }
}

/** Sums by a label with known values; what has another one is `other`, where there is such a value. @template T
 *  @param {readonly string[]} values @param {T[]} items @param {(item: T) => [label: string | undefined, count: number]} read */
function counted(values, items, read) {
  const sums = new Map(values.map((value) => [value, 0]))
  for (const item of items) {
    const [label, count] = read(item)
    const key = label !== undefined && sums.has(label) ? label : 'other'
    if (sums.has(key)) sums.set(key, Number(sums.get(key)) + count)
  }
  return [...sums].map(([label, value]) => ({ label, value }))
}

/** Gives figures of the running guard, which is started if there is none. @param {any} [guard] */
function source(guard) {
  let readMs = -Infinity
  /** @type {Record<Name, Figure[]> | undefined} */
  let figures
  return () => {
    const now = nowMs()
    if (figures === undefined || now - readMs > SAME_MS) {
      const running = guard ?? start()
      figures = running.running ? figuresOf(running) : undefined
      readMs = now
    }
    return figures
  }
}

module.exports = { GAUGES, source }

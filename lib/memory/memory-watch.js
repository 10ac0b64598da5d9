// @ts-check
// The memory of a thread over hours and days: samples it, has it judged as it grows, and tells what stands. Knows when,
// not how: readings, collections and judging are others'.
'use strict'

const { threadId, isMainThread } = require('node:worker_threads')
const { collectNow, nowMs } = require('../base/clock.js')
const { heapUsage } = require('../v8/memory-usage.js')
const { memoryBytes } = require('../v8/old-space.js')
const { Collections } = require('./collections.js')
const { Readings } = require('./readings.js')
const { Recorder } = require('./record.js')

/** The history must have grown by this share to be judged again. */
const JUDGE_SHARE = 0.025
/** Judging that takes x ms is not repeated before 500 x: 0.2 % of the time. */
const JUDGE_COST_FACTOR = 500
/** Shortest time between two samples, whatever the time scale, in milliseconds. */
const SAMPLE_LEAST_MS = 20
/** Shortest history that is judged, in seconds. */
const SPAN_MIN_S = 60
/**
 * A heap that grows fills ever longer before V8 collects it. After so many seconds without a collection one is made, of
 * heaps up to this size that hold so much more than the last one left, at no more than 1 % of the time.
 */
const FLOOR_WANTED_S = 600
const FLOOR_HEAP_MAX_BYTES = 128e6
const FLOOR_SHARE = 1.1
const FLOOR_BYTES = 1e6
const FLOOR_COST_FACTOR = 100

/** A control group is filling where what this thread took in each of the last two such times would fill it within so many more. */
const FILLING_MS = 2000
const FILLING_TIMES = 30

/** @typedef {{ sampleMs: number, timeScale: number, record?: string, forceGc: 'auto' | 'never' }} Options */
/** @typedef {import('./readings.js').Reading & { at: number, gc: import('./collections.js').Collected }} Sample */

class MemoryWatch {
  /** @param {typeof import('../../native.js')} native @param {Options} options @param {(message: string) => void} warn */
  constructor(native, { sampleMs, timeScale, record, forceGc }, warn) {
    this.series = new native.MemorySeries(threadId)
    this.scale = timeScale
    this.everyMs = Math.max(SAMPLE_LEAST_MS, sampleMs / timeScale)
    this.readings = new Readings(native)
    /** Bytes that graphs of ours hold; NaN while one is read. */
    this.oursBytes = 0
    this.collections = new Collections()
    const file = record && (isMainThread ? record : `${record}.thread-${threadId}`)
    this.recorder = file ? new Recorder(file, (why) => warn(`${file} is no longer written: ${why}`)) : undefined
    this.startedMs = nowMs()
    this.sampledMs = -Infinity
    this.isCollecting = forceGc === 'auto'
    this.floorAtMs = this.startedMs
    this.collectAtMs = this.startedMs
    this.judgeAtMs = this.startedMs + (SPAN_MIN_S * 1000) / timeScale
    this.judgedMs = this.startedMs
    this.row = new Float64Array(16)
    /** What this thread had when it was last asked whether the control group is filling. @type {{ at: number, used: number } | undefined} */
    this.before = undefined
    this.isSoon = false
    this.isFilling = false
    /** @type {Sample | undefined} */
    this.newest = undefined
    /** @type {import('../../native.js').NativeTrend | undefined} */
    this.trend = undefined
  }

  /** Seconds since it began, in the time of the series. @param {number} [now] */
  seconds(now = nowMs()) {
    return ((now - this.startedMs) / 1000) * this.scale
  }

  /** Called at each look in. @param {{ majors: number, minors: number }} counted @returns {boolean} whether it was judged anew */
  tick(counted) {
    const now = nowMs()
    if (now - this.sampledMs < this.everyMs) return false
    this.sampledMs = now
    if (this.isCollecting) this.wantFloor(now)
    this.sample(now, counted)
    if (now < this.judgeAtMs) return false
    this.judge(now)
    return true
  }

  /** Has garbage collected where no collection came for long. @param {number} now */
  wantFloor(now) {
    if (now - this.floorAtMs < (FLOOR_WANTED_S * 1000) / this.scale || now < this.collectAtMs) return
    const { heapUsed, external } = heapUsage()
    const { floor = 0, floorExt = 0 } = this.newest?.gc ?? {}
    const before = Number.isNaN(floor) ? 0 : floor + floorExt
    if (heapUsed > FLOOR_HEAP_MAX_BYTES || heapUsed + external < before * FLOOR_SHARE + FLOOR_BYTES) return
    collectNow()
    const end = nowMs()
    this.collectAtMs = end + (end - now) * FLOOR_COST_FACTOR
  }

  /** @param {number} now @param {{ majors: number, minors: number }} counted */
  sample(now, counted) {
    const gc = this.collections.take(counted)
    if (gc.major > 0) this.floorAtMs = now
    const read = this.readings.read(this.oursBytes)
    const { row } = this
    row[0] = this.seconds(now)
    const fields = [read.heapUsed, read.external, read.arrayBuffers, read.rss, read.mallocUsed, read.mallocFree]
    row.set([...fields, read.limit, gc.major, gc.minor, gc.floor, gc.floorExt, ...read.spaces], 1)
    this.series.push(row)
    this.recorder?.write(row)
    const last = this.newest
    // What was not asked this time still holds.
    const kept = (/** @type {'limit' | 'groupUsed' | 'mallocUsed' | 'mallocFree'} */ name) =>
      Number.isNaN(read[name]) ? (last?.[name] ?? Number.NaN) : read[name]
    const floors = Number.isNaN(gc.floor) && last ? { floor: last.gc.floor, floorExt: last.gc.floorExt } : {}
    this.newest = {
      ...read,
      limit: kept('limit'),
      groupUsed: kept('groupUsed'),
      mallocUsed: kept('mallocUsed'),
      mallocFree: kept('mallocFree'),
      at: now,
      gc: { ...gc, ...floors }
    }
  }

  /** Whether memory of this thread fills the control group soon: what holds it is to be known before. @param {number} now */
  fillsGroup(now = nowMs()) {
    const { before, newest } = this
    if (!newest || (before && now - before.at < FILLING_MS)) return this.isFilling
    const { limit, groupUsed } = newest
    this.before = { at: now, used: memoryBytes() }
    if (!before) return false
    const more = ((this.before.used - before.used) * FILLING_MS) / (now - before.at)
    const wasSoon = this.isSoon
    this.isSoon = more > 0 && limit - groupUsed < more * FILLING_TIMES
    // Once may be a file that is read.
    this.isFilling = wasSoon && this.isSoon
    return this.isFilling
  }

  /** @param {number} now */
  judge(now) {
    const start = nowMs()
    this.trend = this.series.judge(this.seconds(now))
    const tookMs = nowMs() - start
    const wait = Math.max((now - this.startedMs) * JUDGE_SHARE, tookMs * JUDGE_COST_FACTOR)
    this.judgeAtMs = now + wait
    this.judgedMs = now
  }

  /** The field whose growth stands. @returns {string | undefined} */
  stands() {
    return this.series.stands() ?? undefined
  }

  /** What was read so far, and where in it what stands began. @returns {{ page: number[], onsetIndex: number }} */
  history() {
    const { metric, onsetIndex } = this.trend ?? {}
    return { page: this.series.rows(), onsetIndex: metric === this.stands() ? (onsetIndex ?? 0) : 0 }
  }

  /** Seconds until a limit is reached: the heap's for what is in it, else that of the control group; NaN if there is none. */
  left() {
    const perHour = this.series.perHour() ?? 0
    const { newest } = this
    if (!newest || !(perHour > 0)) return Number.NaN
    const inHeap = newest.heapLimit - (Number.isNaN(newest.gc.floor) ? newest.heapUsed : newest.gc.floor)
    const inGroup = newest.limit - newest.groupUsed
    const room = [this.stands() === 'heapUsed' ? inHeap : Number.NaN, inGroup].filter((bytes) => bytes >= 0)
    return room.length > 0 ? (Math.min(...room) / perHour) * 3600 : Number.NaN
  }

  /** What was judged, in words, and how long ago; undefined before anything can be said. */
  said() {
    if (!this.trend) return
    const { message, evidence } = this.trend
    const on = evidence.length > 0 ? ` (${evidence.join('; ')})` : ''
    return { text: `memory: ${message}${on}`, agoMs: nowMs() - this.judgedMs }
  }

  bytes() {
    return this.series.usage()[2]
  }
}

/** @typedef {InstanceType<typeof MemoryWatch>} MemoryWatchLike */

module.exports = { MemoryWatch }

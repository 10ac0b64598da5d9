// @ts-check
// How often garbage was collected: major collections by what they take with them, minor ones by V8's own notices, which
// are dear and therefore asked for now and then only. Knows counts, not what they mean.
'use strict'

const { nowMs } = require('../base/clock.js')
const { whenCollected } = require('../base/finalizers.js')
const { NODE_PERFORMANCE_GC_MINOR, PerformanceObserver } = require('../base/natives.js')

/** So long it is listened to minor collections; then not for so long that one in so many milliseconds is heard of. */
const LISTEN_MS = 1000
const NOTICE_EVERY_MS = 500
const REST_MAX_MS = 20_000

class Garbage {
  /**
   * @param {() => void} onMajor told soon after each major collection
   * @param {(work: () => void) => void} enter what V8 and Node call comes in by this
   */
  constructor(onMajor, enter) {
    this.onMajor = onMajor
    this.enter = enter
    this.majors = 0
    /** Minor collections, but for those noticed since it began to listen: counted, and estimated for the times between. */
    this.counted = 0
    this.isCounting = false
    /** Which of the symbols thrown away counts: each time it is started anew. */
    this.run = 0
    /** @type {InstanceType<typeof PerformanceObserver> | undefined} */
    this.observer = undefined
    this.noticed = 0
    this.sinceMs = 0
    /** Minor collections a millisecond, as last seen. */
    this.rate = 0
    this.restUntilMs = 0
  }

  /** Minor collections so far. */
  get minors() {
    return this.counted + this.noticed
  }

  /** From the first tick on: a program that ends before then is spared the observer's immediates. */
  tick() {
    if (!this.isCounting) this.start()
    const now = nowMs()
    if (this.observer) {
      if (now - this.sinceMs >= LISTEN_MS) this.heard(now)
      return
    }
    this.counted += this.rate * (now - this.sinceMs)
    this.sinceMs = now
    if (now >= this.restUntilMs) this.listen(now)
  }

  start() {
    this.run++
    this.isCounting = true
    this.throwAway()
    this.rate = 0
    this.restUntilMs = 0
  }

  /** A symbol is old from the beginning: no minor collection takes it. On Node 26 (V8 14) they take young objects that are registered. */
  throwAway() {
    const { run } = this
    whenCollected(Symbol('leakguard'), () => this.enter(() => this.major(run)))
  }

  /** @param {number} run */
  major(run) {
    if (run !== this.run) return
    this.majors++
    this.throwAway()
    this.onMajor()
  }

  /** @param {number} now */
  listen(now) {
    this.sinceMs = now
    this.observer = new PerformanceObserver((list) => this.enter(() => this.notice(list.getEntries())))
    this.observer.observe({ entryTypes: ['gc'] })
  }

  /** @param {any[]} entries */
  notice(entries) {
    for (const { detail } of entries) if (detail?.kind === NODE_PERFORMANCE_GC_MINOR) this.noticed++
  }

  /** Has listened for long enough: goes on where there was little to hear. @param {number} now */
  heard(now) {
    const tookMs = now - this.sinceMs
    const restMs = Math.min(REST_MAX_MS, this.noticed * NOTICE_EVERY_MS - tookMs)
    this.rate = this.noticed / tookMs
    this.counted += this.noticed
    this.noticed = 0
    this.sinceMs = now
    if (restMs <= 0) return
    this.restUntilMs = now + restMs
    this.observer?.disconnect()
    this.observer = undefined
  }

  stop() {
    this.run++
    this.isCounting = false
    this.counted += this.noticed
    this.noticed = this.rate = 0
    this.observer?.disconnect()
    this.observer = undefined
  }
}

module.exports = { Garbage }

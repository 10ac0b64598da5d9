// @ts-check
// The one set of hooks of a thread, whatever number of guards, copies and realms there are: installs with the first
// sink, takes back with the last. Sinks are held weakly: a realm that ends without a stop() ends all the same.
'use strict'

const { every, nowMs, stop } = require('../base/clock.js')
const { callSite } = require('../v8/call-site.js')
const { Entry, attempt } = require('../base/entry.js')
const { performance, weakRef } = require('../base/natives.js')
const { Budget, Purse } = require('./gate.js')
const { Garbage } = require('./garbage.js')
const { LifeHooks } = require('./lives.js')
const { ListenerHooks } = require('./listeners.js')
const { ResourceHooks } = require('./resources.js')
const { TimerHooks } = require('./timers.js')

/** Ticks are this far apart, in milliseconds, at first and once the first minutes are over, or where nobody is in a hurry. */
const TICK_MS = 100
const TICK_LATER_MS = 1000
const EARLY_MS = 120_000

/**
 * @typedef {object} Sink what a guard gives to hear of things
 * @property {(record: import('./listeners.js').ListenerRecord, site: string) => void} listener
 * @property {(record: { kind: string, timer: object, isTimer: boolean, weight: number, gate: import('./gate.js').GateLike, delayMs?: unknown }, site: string) => void} timer
 * @property {(record: { type: string, object: object, weight: number, site: string }) => void} resource
 * @property {(record: { fd: number, weight: number, site: string }) => void} descriptor
 * @property {(record: { object: object, site: string }) => void} [server] a server that was told to listen
 * @property {(record: { target: object, type: string | symbol, count: number, isEmitter: boolean }) => void} warning
 * @property {(kind: string, parts: any[]) => void} [life] a life that was asked for begins
 * @property {() => boolean} [isAwaited] whether an answer is wanted soon; if not told, it is
 * @property {() => void} [collected] a major collection is over, a moment ago
 * @property {() => void} tick
 * @property {(why: string) => void} [failed] the hooks have failed for good, and are gone
 */

class Hub {
  constructor() {
    this.exact = false
    this.entry = new Entry((why) => this.giveUp(why))
    /** @type {import('./gate.js').BudgetLike[]} */
    this.budgets = []
    this.tickedAtMs = 0
    this.listeners = new ListenerHooks(this)
    this.timers = new TimerHooks(this)
    this.resources = new ResourceHooks(this)
    this.lives = new LifeHooks(this)
    /** @type {{ sink: WeakRef<Sink>, global: WeakRef<object>, exact: boolean }[]} */
    this.sinks = []
    this.purse = new Purse()
    this.garbage = new Garbage(
      () => this.each((sink) => sink.collected?.()),
      (work) => this.enter('collections', () => this.quietly(work))
    )
    this.ticks = 0
    this.tickMs = TICK_MS
    this.installedAtMs = 0
    /** Set while our own work runs: what we do is not the program's. */
    this.quiet = false
    this.onWarning = (/** @type {any} */ warning) => this.enter('warning', () => this.warned(warning))
  }

  /**
   * All that the hooks do beside calling what they stand in for is done in here.
   * @template T @param {string} place @param {() => T} work @returns {T | undefined}
   */
  enter(place, work) {
    return this.entry.enter(place, work)
  }

  /** @param {string} why */
  giveUp(why) {
    this.each((sink) => sink.failed?.(why))
    this.keep(() => false)
  }

  /** An allowance of samples. @param {number} perSecond @param {number} burst */
  budget(perSecond, burst) {
    const budget = new Budget(perSecond, burst)
    this.budgets.push(budget)
    return budget
  }

  /** Major collections so far. */
  get majors() {
    return this.garbage.majors
  }

  /** Minor collections so far, an estimate where there are many. */
  get minors() {
    return this.garbage.minors
  }

  setExact() {
    const exact = this.sinks.some((entry) => entry.exact)
    for (const budget of this.budgets) budget.exact = exact
  }

  /** @param {Sink} sink @param {object} globalObject @param {boolean} exact a call site for every event */
  add(sink, globalObject, exact) {
    this.keep(() => true)
    const isFirst = this.sinks.length === 0
    this.sinks.push({ sink: weakRef(sink), global: weakRef(globalObject), exact })
    this.setExact()
    if (isFirst) this.install(globalObject)
    else this.timers.installGlobal(globalObject)
    if (exact && !isFirst) this.listeners.look.nearer()
  }

  /** @param {Sink} sink */
  remove(sink) {
    this.keep((other) => other !== sink)
  }

  /** Drops sinks that are not wanted or no longer there; with the last of a global object go its hooks, with the last all.
   *  @param {(sink: Sink) => boolean} isWanted */
  keep(isWanted) {
    const all = this.sinks
    this.sinks = all.filter(({ sink }) => {
      const there = sink.deref()
      return there !== undefined && isWanted(there)
    })
    if (this.sinks.length === all.length) return
    this.setExact()
    const needed = this.globals()
    for (const { global } of all) {
      const object = global.deref()
      if (object && !needed.includes(object)) this.timers.uninstallGlobal(object)
    }
    if (this.sinks.length === 0) this.uninstall()
  }

  globals() {
    return this.sinks.flatMap(({ global }) => global.deref() ?? [])
  }

  /** @param {object} globalObject */
  install(globalObject) {
    this.entry = new Entry((why) => this.giveUp(why))
    this.listeners.install()
    this.timers.install(globalObject)
    this.resources.install()
    this.lives.install()
    this.quietly(() => {
      process.on('warning', this.onWarning)
      this.ticks = 0
      this.installedAtMs = nowMs()
      this.startTicking(TICK_MS)
    })
  }

  uninstall() {
    const { interval } = this
    this.interval = undefined
    // Each whatever became of the others: what stays behind would go on calling a guard that is over.
    for (const hooks of [this.lives, this.resources, this.timers, this.listeners]) attempt(() => hooks.uninstall())
    this.quietly(() => {
      attempt(() => stop(interval))
      attempt(() => this.garbage.stop())
      attempt(() => process.off('warning', this.onWarning))
    })
  }

  /** @param {number} ms */
  startTicking(ms) {
    stop(this.interval)
    this.tickMs = ms
    this.interval = every(() => this.enter('tick', () => this.tick()), ms)
  }

  /** Where a fake clock has kept the guard from ticking. */
  startLate() {
    if (!this.interval) this.quietly(() => this.startTicking(TICK_MS))
  }

  tick() {
    this.keep(() => true)
    if (this.sinks.length === 0) return
    this.timers.retry(this.globals())
    const now = nowMs()
    for (const hooks of [this.listeners, this.timers, this.resources]) hooks.tick(now - this.tickedAtMs)
    this.setPace(now - this.tickedAtMs)
    this.tickedAtMs = now
    this.enter('collections', () => this.quietly(() => this.garbage.tick()))
    this.ticks++
    this.each((sink) => sink.tick())
    const tickMs = this.isEarly(now) && this.isAwaited() ? TICK_MS : TICK_LATER_MS
    if (tickMs !== this.tickMs) this.quietly(() => this.startTicking(tickMs))
    this.calm()
  }

  /** @param {number} now */
  isEarly(now) {
    return now < this.installedAtMs + EARLY_MS
  }

  isAwaited() {
    return this.sinks.some(({ sink }) => sink.deref()?.isAwaited?.() ?? true)
  }

  /** As soon as it is known whether anybody waits for an answer. Of what is sampled V8 makes old objects, even if it dies at once. */
  calm() {
    const isEarly = this.isEarly(nowMs())
    for (const budget of this.budgets) budget.save(isEarly, this.isAwaited())
  }

  /** Samples cost what they cost on this machine: they come the more rarely the more they took of the thread's time. @param {number} elapsedMs */
  setPace(elapsedMs) {
    const pace = this.purse.settle(elapsedMs, performance.eventLoopUtilization().active)
    for (const budget of this.budgets) budget.pace = pace
  }

  /** @param {(sink: Sink) => void} tell */
  each(tell) {
    for (const entry of this.sinks) {
      const sink = entry.sink.deref()
      if (sink) tell(sink)
    }
  }

  /** @template T @param {() => T} work @returns {T} */
  quietly(work) {
    const before = this.quiet
    this.quiet = true
    try {
      return work()
    } finally {
      this.quiet = before
    }
  }

  /** The place in the program that the current call came from. */
  site() {
    return this.quiet ? '' : callSite()
  }

  /** @param {import('./listeners.js').ListenerRecord} record */
  listener(record) {
    if (this.quiet) return
    this.startLate()
    const start = nowMs()
    const site = this.site()
    this.each((sink) => sink.listener(record, site))
    this.purse.spentMs += nowMs() - start
  }

  /** @param {Parameters<Sink['timer']>[0]} record */
  timer(record) {
    if (this.quiet) return
    this.startLate()
    const start = nowMs()
    const site = this.site()
    this.each((sink) => sink.timer(record, site))
    this.purse.spentMs += nowMs() - start
  }

  /** @param {Parameters<Sink['resource']>[0]} record */
  resource(record) {
    if (!this.quiet) this.each((sink) => sink.resource(record))
  }

  /** @param {{ object: object, site: string }} record */
  server(record) {
    if (!this.quiet) this.each((sink) => sink.server?.(record))
  }

  /** @param {Parameters<Sink['descriptor']>[0]} record */
  descriptor(record) {
    if (!this.quiet) this.each((sink) => sink.descriptor(record))
  }

  /** Node's own warning of too many listeners. @param {any} warning */
  warned(warning) {
    if (warning?.name !== 'MaxListenersExceededWarning') return
    const target = warning.emitter ?? warning.target
    if (target === null || typeof target !== 'object') return
    const isEmitter = warning.emitter !== undefined && !(warning.emitter instanceof EventTarget)
    this.each((sink) => sink.warning({ target, type: warning.type, count: warning.count, isEmitter }))
  }

  /** What was counted so far: a measure of how much the program did. */
  events() {
    return this.listeners.count() + this.timers.count() + this.resources.count()
  }
}

/** @typedef {InstanceType<typeof Hub>} HubLike */

module.exports = { Hub }

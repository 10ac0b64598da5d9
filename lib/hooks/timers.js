// @ts-check
// Hooks for timers. Only starts are hooked; whether a timer still lives is read from the timer itself, so that
// clear*, close(), Symbol.dispose, refresh() and numeric ids need no hook and cost nothing.
'use strict'

const module_ = require('node:module')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const { apply } = require('../base/natives.js')
const { Gate } = require('./gate.js')
const { Replacement, standIn } = require('./replace.js')

/** Timeouts longer than this, in milliseconds, are sampled apart: only they can pile up. */
const LONG_DELAY_MS = 1000

/** Whether a timer is Node's, unlike one of a fake clock. @param {any} timer */
const isReal = (timer) => timer?._destroyed !== undefined

class TimerHooks {
  /** @param {import('./hub.js').HubLike} hub */
  constructor(hub) {
    this.hub = hub
    this.short = new Gate(hub.budget(20, 200))
    this.long = new Gate(hub.budget(60, 500))
    this.intervals = new Gate(hub.budget(100, 1000))
    this.promises = new Gate(hub.budget(20, 200))
    this.immediates = { count: 0 }
    this.wrappers = {
      setTimeout: (/** @type {Function} */ original) => this.wrapTimeout(original),
      setInterval: (/** @type {Function} */ original) => this.wrapInterval(original),
      setImmediate: (/** @type {Function} */ original) => this.wrapImmediate(original)
    }
    this.replacements = [...this.of(timers), ...this.promiseReplacements()]
    /** @type {WeakMap<object, import('./replace.js').ReplacementLike[]>} */
    this.byGlobal = new WeakMap()
    /** @type {WeakMap<Function, Function>} */
    this.made = new WeakMap()
  }

  /** @param {any} object the timers module, or a global object */
  of(object) {
    return Object.entries(this.wrappers).map(
      ([name, wrap]) => new Replacement(object, name, (original) => this.once(original, wrap))
    )
  }

  promiseReplacements() {
    const { scheduler } = timersPromises
    const found = []
    for (const name of ['setTimeout', 'setInterval']) {
      found.push(
        new Replacement(timersPromises, name, (original) => this.wrapPromise(original, `timers/promises.${name}`))
      )
    }
    const prototype = scheduler && Object.getPrototypeOf(scheduler)
    if (prototype)
      found.push(new Replacement(prototype, 'wait', (original) => this.wrapPromise(original, 'scheduler.wait')))
    if (typeof AbortSignal.timeout === 'function') {
      found.push(
        new Replacement(AbortSignal, 'timeout', (original) => this.wrapPromise(original, 'AbortSignal.timeout'))
      )
    }
    return found
  }

  /**
   * The global and the module's function are one, and stay one.
   * @param {Function} original @param {(original: Function) => Function} wrap
   */
  once(original, wrap) {
    const made = this.made.get(original) ?? wrap(original)
    this.made.set(original, made)
    return made
  }

  /** @param {object} globalObject */
  install(globalObject) {
    for (const replacement of this.replacements) replacement.install((fn, object) => this.isReached(fn, object))
    this.installGlobal(globalObject)
    module_.syncBuiltinESMExports()
    for (const gate of this.gates()) gate.reopen()
  }

  /** @param {object} globalObject */
  installGlobal(globalObject) {
    const known = this.byGlobal.get(globalObject) ?? this.of(globalObject)
    this.byGlobal.set(globalObject, known)
    for (const replacement of known) replacement.install((fn, object) => this.isReached(fn, object))
  }

  /** Hooks what a fake clock held when the hooks were put in, or has taken them from, once the clock has gone. @param {object[]} globalObjects */
  retry(globalObjects) {
    const all = [...this.replacements, ...globalObjects.flatMap((object) => this.byGlobal.get(object) ?? [])]
    const missing = all.filter((replacement) => replacement.isMissing())
    for (const replacement of missing) replacement.install((fn, object) => this.isReached(fn, object))
    if (missing.some((replacement) => !replacement.skipped)) module_.syncBuiltinESMExports()
  }

  /** @param {object} globalObject */
  uninstallGlobal(globalObject) {
    for (const replacement of this.byGlobal.get(globalObject) ?? []) replacement.uninstall()
  }

  uninstall() {
    for (const replacement of this.replacements) replacement.uninstall()
    module_.syncBuiltinESMExports()
    for (const gate of this.gates()) gate.close()
  }

  /** Whether a start still comes by here, though another tool stands on top. @param {Function} fn @param {object} object */
  isReached(fn, object) {
    for (const gate of this.gates()) gate.drawn = gate.left = 1
    const before = this.count()
    let isTried = true
    this.hub.quietly(() => {
      try {
        const started = fn.call(object, () => {}, 1)
        started?.catch?.(() => {})
        // clearImmediate() of what is no immediate would upset Node's own count of them.
        if (isReal(started)) (started.constructor.name === 'Immediate' ? clearImmediate : clearTimeout)(started)
      } catch {
        isTried = false
      }
    })
    return !isTried || this.count() > before
  }

  gates() {
    return [this.short, this.long, this.intervals, this.promises]
  }

  /** @param {Function} original */
  wrapTimeout(original) {
    const { short, long } = this
    const hooks = this
    /** @this {any} @param {any} callback @param {any} delay */
    return function setTimeout(callback, delay) {
      const timer = arguments.length === 2 ? original.call(this, callback, delay) : apply(original, this, arguments)
      // What is no number Node has made one of, by running code of the program's: once is enough.
      const gate = (typeof delay === 'number' ? delay : timer?._idleTimeout) > LONG_DELAY_MS ? long : short
      if (--gate.left <= 0) hooks.started(gate, timer, 'setTimeout')
      return timer
    }
  }

  /** @param {Function} original */
  wrapInterval(original) {
    const { intervals } = this
    const hooks = this
    /** @this {any} @param {any} callback @param {any} delay */
    return function setInterval(callback, delay) {
      const timer = arguments.length === 2 ? original.call(this, callback, delay) : apply(original, this, arguments)
      if (--intervals.left <= 0) hooks.started(intervals, timer, 'setInterval')
      return timer
    }
  }

  /** @param {Function} original */
  wrapImmediate(original) {
    const { immediates } = this
    /** @this {any} @param {any} callback */
    return function setImmediate(callback) {
      immediates.count++
      return arguments.length === 1 ? original.call(this, callback) : apply(original, this, arguments)
    }
  }

  /** @param {Function} original @param {string} kind */
  wrapPromise(original, kind) {
    const { promises } = this
    const endsNever = kind.endsWith('setInterval')
    return standIn(original, (call, args) => {
      const result = call(args)
      if (--promises.left <= 0) this.started(promises, result, kind, endsNever ? undefined : (args[0] ?? 1))
      return result
    })
  }

  /** @param {import('./gate.js').GateLike} gate @param {object} timer @param {string} kind @param {unknown} [delayMs] after which it is over by itself */
  started(gate, timer, kind, delayMs) {
    this.hub.enter('timer', () => {
      const weight = gate.open()
      if (weight === 0 || this.hub.quiet) return
      const isTimer = isReal(timer)
      if (isTimer || gate === this.promises) this.hub.timer({ kind, timer, isTimer, weight, gate, delayMs })
    })
  }

  /** @param {number} elapsedMs */
  tick(elapsedMs) {
    for (const gate of this.gates()) gate.tick(elapsedMs)
  }

  /** Timers and immediates started so far. */
  count() {
    return this.gates().reduce((sum, gate) => sum + gate.count(), this.immediates.count)
  }
}

module.exports = { TimerHooks }

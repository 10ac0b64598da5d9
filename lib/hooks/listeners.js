// @ts-check
// Hooks for event listeners: EventEmitter, EventTarget, AbortSignal and its dependents.
// Only additions are hooked, and what is there is read from the target itself: whatever way a listener goes
// (off, once, signal, removeAllListeners, a collected target) needs no understanding and costs nothing.
'use strict'

const { isProxy } = require('node:util').types
const { symbolOf } = require('../v8/listener-lists.js')
const { apply, weakRef } = require('../base/natives.js')
const { Gate, LookGate } = require('./gate.js')
const { Replacement, shared, standIn } = require('./replace.js')

/** From this length on a listener list is followed by itself. */
const LONG = 8
/** Samples taken from one list before they are taken half as often. */
const SAMPLES_A_RATE = 16

/** Names of events that are longer are not followed: they would be kept for as long as a sample of them is. */
const NAME_MAX = 1024

/** The name under which an emitter keeps listeners; undefined for what would run code of the program's to become one. @param {unknown} type */
function nameOf(type) {
  if (typeof type === 'string') return type.length > NAME_MAX ? undefined : type
  if (typeof type === 'symbol') return (type.description?.length ?? 0) > NAME_MAX ? undefined : type
  return typeof type === 'number' ? String(type) : undefined
}

const STRANGE = Symbol('strange')

/** An emitter's list; one of a strange kind (a proxy, a getter that throws) is not counted. @param {any} emitter @param {string | symbol} name @returns {any} */
function listOf(emitter, name) {
  try {
    return emitter._events?.[name]
  } catch {
    return STRANGE
  }
}

/** What Node leaves with a signal for each `AbortSignal.any` of it, until the signal goes, in bytes; 24 leaves nothing. */
const LEFT_BY_ANY = { 20: 80, 22: 180 }[process.versions.node.split('.')[0]] ?? 0
/** So many of these, heard of so often, are worth a word. */
const COMBINED_MIN = 10_000
const COMBINED_HEARD_MIN = 32

/** @param {any} value @returns {boolean} */
const isSignal = (value) => value instanceof AbortSignal

/** How a long list is sampled. */
class Mark {
  constructor() {
    this.left = 0
    this.every = 1
    this.taken = 0
    this.passed = 0
    this.high = LONG
  }
}

/**
 * @typedef {object} ListenerRecord
 * @property {'emitter' | 'target' | 'dependents'} family
 * @property {object} target
 * @property {string | symbol} type
 * @property {unknown} listener
 * @property {number} size how many listeners of that type the target has now
 * @property {boolean} long whether the list is followed by itself
 * @property {number} weight how many additions this one stands for
 * @property {number} passed additions since the last look, this one included
 */

/** @typedef {{ source: WeakRef<object>, times: number, heard: number }} Combined */

class ListenerHooks {
  /** @param {import('./hub.js').HubLike} hub */
  constructor(hub) {
    this.hub = hub
    this.look = new LookGate()
    this.gate = new Gate(hub.budget(100, 1000))
    this.longBudget = hub.budget(100, 1000)
    /** @type {WeakMap<object, Mark>} */
    this.marks = new WeakMap()
    /** @type {symbol | undefined} */
    this.kEvents = undefined
    /** @type {symbol | undefined} */
    this.kDependants = undefined
    /** Where Node leaves something with a signal: how often it was combined. @type {WeakMap<object, Combined>} */
    this.combinations = new WeakMap()
    /** The signal that was combined most. @type {Combined | undefined} */
    this.mostCombined = undefined
    const { EventEmitter } = require('node:events')
    const emitter = EventEmitter.prototype
    const wrapAdd = shared((original) => this.wrapAdd(original))
    this.replacements = [
      new Replacement(emitter, 'on', wrapAdd),
      new Replacement(emitter, 'addListener', wrapAdd),
      new Replacement(emitter, 'prependListener', (original) => this.wrapPrepend(original)),
      ...this.targetReplacements()
    ]
  }

  targetReplacements() {
    const newListener = symbolOf(EventTarget.prototype, 'kNewListener')
    const found = []
    if (newListener)
      found.push(new Replacement(EventTarget.prototype, newListener, (original) => this.wrapNewListener(original)))
    if (typeof (/** @type {any} */ (AbortSignal).any) === 'function') {
      found.push(new Replacement(AbortSignal, 'any', (original) => this.wrapAny(original)))
    }
    return found
  }

  install() {
    for (const replacement of this.replacements) replacement.install((fn) => this.isReached(fn))
    this.look.reopen()
    this.gate.reopen()
  }

  uninstall() {
    for (const replacement of this.replacements) replacement.uninstall()
    this.look.close()
    this.gate.close()
  }

  /** Whether an addition still comes by here, though another tool stands on top. @param {Function} fn */
  isReached(fn) {
    const { EventEmitter } = require('node:events')
    const before = this.look.count()
    this.look.reopen()
    this.hub.quietly(() => {
      try {
        fn.call(new EventEmitter(), 'leakguard', () => {})
      } catch {
        this.look.left = 0 // not a function that can be tried: it will reach us as other tools' do
      }
    })
    return this.look.count() > before
  }

  /** @param {Function} original */
  wrapAdd(original) {
    const { look } = this
    const hooks = this
    /** @this {any} @param {any} type @param {any} listener */
    return function addListener(type, listener) {
      // A tool beneath may take more than Node does.
      const result = arguments.length === 2 ? original.call(this, type, listener) : apply(original, this, arguments)
      if (--look.left <= 0) hooks.added(this, type, listener)
      return result
    }
  }

  /** Not one with `wrapAdd`: each then calls one original only, which the engine can inline. @param {Function} original */
  wrapPrepend(original) {
    const { look } = this
    const hooks = this
    /** @this {any} @param {any} type @param {any} listener */
    return function prependListener(type, listener) {
      const result = arguments.length === 2 ? original.call(this, type, listener) : apply(original, this, arguments)
      if (--look.left <= 0) hooks.added(this, type, listener)
      return result
    }
  }

  /** @param {Function} original */
  wrapNewListener(original) {
    const { look } = this
    const hooks = this
    return {
      /** The seven that all Nodes have; more must reach the original too. @this {any} */
      newListener(
        /** @type {number} */ size,
        /** @type {string} */ type,
        /** @type {unknown} */ listener,
        /** @type {boolean} */ once,
        /** @type {boolean} */ capture,
        /** @type {boolean} */ passive,
        /** @type {boolean} */ weak
      ) {
        const result =
          arguments.length === 7
            ? original.call(this, size, type, listener, once, capture, passive, weak)
            : apply(original, this, arguments)
        if (--look.left <= 0) hooks.addedToTarget(this, type, listener, size)
        return result
      }
    }.newListener
  }

  /** @param {Function} original */
  wrapAny(original) {
    return standIn(original, (call, args) => {
      const result = call(args)
      if (--this.look.left <= 0) this.combined(args[0], result)
      return result
    })
  }

  /** @param {any} emitter @param {any} type @param {unknown} listener */
  added(emitter, type, listener) {
    this.hub.enter('listener', () => {
      const passed = this.look.open()
      const name = nameOf(type)
      const list = name === undefined ? undefined : listOf(emitter, name)
      if (name === undefined || list === STRANGE) return
      const size = typeof list === 'function' ? 1 : (list?.length ?? 0)
      this.seen('emitter', emitter, name, listener, size, list, passed)
    })
  }

  /** @param {any} target @param {string} type @param {unknown} listener @param {number} size */
  addedToTarget(target, type, listener, size) {
    this.hub.enter('target', () => {
      const passed = this.look.open()
      if (nameOf(type) === undefined) return
      let key = target
      if (size >= LONG) {
        this.kEvents ??= symbolOf(target, 'kEvents')
        key = (this.kEvents && target[this.kEvents]?.get(type)) ?? target
      }
      this.seen('target', target, type, listener, size, key, passed)
    })
  }

  /** @param {unknown} signals @param {AbortSignal} result */
  combined(signals, result) {
    this.hub.enter('signals', () => {
      const passed = this.look.open()
      // Another iterable has been used up, and a proxy is the program's code.
      if (!Array.isArray(signals) || isProxy(signals)) return
      for (let i = 0; i < signals.length; i++) {
        const source = Object.getOwnPropertyDescriptor(signals, i)?.value
        if (!isSignal(source)) continue
        if (LEFT_BY_ANY > 0) this.leaves(source, passed)
        this.kDependants = symbolOf(source, 'kDependantSignals') ?? this.kDependants
        const dependents = this.kDependants && source[this.kDependants]
        const size = dependents?.size ?? 0
        // Where Node keeps no set of them (24 does not) each is a sample of its own.
        if (size >= LONG || !dependents) {
          this.seen('dependents', source, '(dependent signals)', result, size, dependents ?? source, passed)
        }
      }
    })
  }

  /** @param {AbortSignal} source @param {number} passed */
  leaves(source, passed) {
    const combined = this.combinations.get(source) ?? { source: weakRef(source), times: 0, heard: 0 }
    this.combinations.set(source, combined)
    combined.times += passed
    combined.heard++
    const most = this.mostCombined
    if (!most?.source.deref() || combined.times > most.times) this.mostCombined = combined
  }

  /** What Node itself leaves behind, in words: no line of the program is at fault, and it is not nothing either. */
  left() {
    const { source, times, heard } = this.mostCombined ?? { times: 0, heard: 0 }
    if (times < COMBINED_MIN || heard < COMBINED_HEARD_MIN || !source?.deref()) return []
    return [
      `AbortSignal.any() was called about ${times.toLocaleString('en')} times with one AbortSignal that is still in memory. In Node ${process.versions.node} each call leaves about ${LEFT_BY_ANY} B on it until it is collected (Node 24 does not): more calls show whether that matters`
    ]
  }

  /**
   * @param {ListenerRecord['family']} family
   * @param {object} target
   * @param {string | symbol} type
   * @param {unknown} listener
   * @param {number} size
   * @param {object} key identity of a long list
   * @param {number} passed
   */
  seen(family, target, type, listener, size, key, passed) {
    const weight = size >= LONG ? this.sampleLong(key, size, passed) : this.sample(passed)
    if (weight > 0) this.hub.listener({ family, target, type, listener, size, long: size >= LONG, weight, passed })
  }

  /** @param {number} passed */
  sample(passed) {
    this.gate.left -= passed
    return this.gate.left > 0 ? 0 : this.gate.open()
  }

  /** @param {object} key @param {number} size @param {number} passed */
  sampleLong(key, size, passed) {
    if (this.longBudget.exact) return passed
    let mark = this.marks.get(key)
    if (!mark) {
      if (!this.longBudget.take()) return 0
      mark = new Mark()
      this.marks.set(key, mark)
    }
    // Growth to a new height starts a new count: a list that stood still for long is news again.
    if (size > mark.high * 1.25) {
      mark.high = size
      mark.every = Math.max(1, mark.every >> 2)
    }
    mark.passed += passed
    mark.left -= passed
    if (mark.left > 0 && !this.longBudget.exact) return 0
    mark.left = mark.every
    if (!this.longBudget.take()) return 0
    if (this.longBudget.exact) mark.every = 1
    else if (++mark.taken % SAMPLES_A_RATE === 0) mark.every *= 2
    const weight = mark.passed
    mark.passed = 0
    return weight
  }

  /** @param {number} elapsedMs */
  tick(elapsedMs) {
    this.look.tick()
    this.gate.tick(elapsedMs)
  }

  /** Additions so far. */
  count() {
    return this.look.count()
  }
}

module.exports = { ListenerHooks }

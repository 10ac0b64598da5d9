// @ts-check
// Puts a function in place of another and takes it back, without hurting tools that did the same before or after.
// Knows nothing of what the functions do.
'use strict'

const { isFake } = require('../base/clock.js')
const { apply, construct, weakRef } = require('../base/natives.js')
const { kKeptByJest, kOriginal } = require('../base/symbols.js')

/** What a function is recognised by from outside: name, length, symbols, promisified form. */
function disguise(/** @type {Function} */ wrapper, /** @type {Function} */ original) {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller' || key === kOriginal || key === kKeptByJest)
      continue
    const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(original, key))
    Object.defineProperty(wrapper, key, descriptor)
  }
  Object.defineProperty(wrapper, kOriginal, { value: original })
  // Ours stand in other realms too, for longer than one test file.
  Object.defineProperty(wrapper, kKeptByJest, { value: [], configurable: true })
}

/**
 * A stand-in that hands on all it gets and gives back what the original gives, with `new` where it can be called so.
 * @param {Function} original
 * @param {(call: (args: ArrayLike<any>) => any, args: any[], self: any) => any} around calls the original with `call`
 * @returns {Function}
 */
function standIn(original, around) {
  const isConstructor = Object.hasOwn(original, 'prototype')
  if (!isConstructor) {
    return {
      /** @this {any} @param {any[]} args */
      call(...args) {
        return around((given) => apply(original, this, given), args, this)
      }
    }.call
  }
  /** @this {any} @param {any[]} args */
  return function call(...args) {
    const target = new.target
    return around(
      (given) => (target === undefined ? apply(original, this, given) : construct(original, given)),
      args,
      this
    )
  }
}

/**
 * One stand-in for each original: functions that are one under two names stay one.
 * @param {(original: any) => Function} wrap @returns {(original: any) => Function}
 */
function shared(wrap) {
  /** @type {WeakMap<Function, Function>} */
  const made = new WeakMap()
  return (original) => {
    const known = made.get(original) ?? wrap(original)
    made.set(original, known)
    return known
  }
}

/** One property of one object that a function of ours stands in for. */
class Replacement {
  /**
   * @param {object} object
   * @param {PropertyKey} key
   * @param {(original: any) => Function} wrap
   */
  constructor(object, key, wrap) {
    this.object = weakRef(object)
    this.key = key
    this.wrap = wrap
    /** @type {WeakMap<Function, Function>} */
    this.made = new WeakMap()
    /** What each of ours stood in for: an older one may come back when a fake goes. @type {WeakMap<Function, PropertyDescriptor>} */
    this.replaced = new WeakMap()
    /** @type {Function | undefined} */
    this.wrapper = undefined
    /** Ours is not on top but may still be called by what stands on it. */
    this.buried = false
    /** A fake stood there when ours was to be put in. */
    this.skipped = false
  }

  /**
   * Stands in, unless a function of ours already does, or a fake, or the object is frozen.
   * @param {(current: Function, object: object) => boolean} [isReached] tells whether a call of what stands on top of
   * ours still comes by ours; without it, that is taken for granted
   */
  install(isReached) {
    const object = this.object.deref()
    const descriptor = object && Object.getOwnPropertyDescriptor(object, this.key)
    const current = descriptor && 'value' in descriptor ? descriptor.value : undefined
    if (!object || !descriptor || typeof current !== 'function') return
    this.skipped = isFake(current)
    if (this.skipped || current === this.wrapper || current[kOriginal]) return
    if (this.buried && (isReached?.(current, object) ?? true)) return
    const wrapper = this.wrapperOf(current)
    if (!Reflect.defineProperty(object, this.key, { ...descriptor, value: wrapper })) return
    this.replaced.set(wrapper, descriptor)
    this.wrapper = wrapper
    this.buried = false
  }

  /** Whether ours should stand here and does not: a fake was here, or one that went has put the original back. */
  isMissing() {
    const object = this.object.deref()
    if (this.skipped || !this.wrapper || !object) return this.skipped
    return Object.getOwnPropertyDescriptor(object, this.key)?.value === this.replaced.get(this.wrapper)?.value
  }

  /** The same stand-in each time: callers that the engine has compiled for it stay compiled. @param {Function} original */
  wrapperOf(original) {
    let wrapper = this.made.get(original)
    if (!wrapper) {
      wrapper = this.wrap(original)
      if (!Object.hasOwn(wrapper, kOriginal)) disguise(wrapper, original)
      this.made.set(original, wrapper)
    }
    return wrapper
  }

  /** Puts the original back; where another tool stands on top of ours, ours stays, inert. */
  uninstall() {
    const object = this.object.deref()
    if (!object || !this.wrapper) return
    const current = Object.getOwnPropertyDescriptor(object, this.key)?.value
    const before = typeof current === 'function' ? this.replaced.get(current) : undefined
    this.buried = !before || !Reflect.defineProperty(object, this.key, before)
    if (!this.buried) this.wrapper = undefined
  }
}

/** @typedef {InstanceType<typeof Replacement>} ReplacementLike */

module.exports = { Replacement, shared, standIn }

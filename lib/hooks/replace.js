// @ts-check
// Puts a function in place of another and takes it back, without hurting tools that did the same before or after.
// Knows nothing of what the functions do.
'use strict'

const { kOriginal } = require('../symbols.js')

/** What a function is recognised by from outside: name, length, symbols, promisified form. */
function disguise(/** @type {Function} */ wrapper, /** @type {Function} */ original) {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller' || key === kOriginal) continue
    const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(original, key))
    Object.defineProperty(wrapper, key, descriptor)
  }
  Object.defineProperty(wrapper, kOriginal, { value: original })
}

/**
 * Whether a function is a stand-in by a test's fake clock or mock, which must be left alone.
 * @param {any} fn
 */
const isFake = (fn) => fn._isMockFunction === true || fn.clock !== undefined || fn.isFake === true

/** One property of one object that a function of ours stands in for. */
class Replacement {
  /**
   * @param {object} object
   * @param {PropertyKey} key
   * @param {(original: any) => Function} wrap
   */
  constructor(object, key, wrap) {
    this.object = new WeakRef(object)
    this.key = key
    this.wrap = wrap
    /** @type {WeakMap<Function, Function>} */
    this.made = new WeakMap()
    /** @type {Function | undefined} */
    this.wrapper = undefined
    /** @type {PropertyDescriptor | undefined} */
    this.descriptor = undefined
    /** Ours is not on top but may still be called by what stands on it. */
    this.buried = false
  }

  /**
   * Stands in, unless a function of ours already does. Throws where the object is frozen.
   * @param {(() => boolean) | undefined} [isReached] tells whether ours, once buried, is still called
   */
  install(isReached) {
    const object = this.object.deref()
    const descriptor = object && Object.getOwnPropertyDescriptor(object, this.key)
    const current = descriptor && 'value' in descriptor ? descriptor.value : undefined
    if (!object || !descriptor || typeof current !== 'function') return
    if (current === this.wrapper || current[kOriginal] || isFake(current)) return
    if (this.buried && isReached?.()) return
    const wrapper = this.wrapperOf(current)
    Object.defineProperty(object, this.key, { ...descriptor, value: wrapper })
    this.wrapper = wrapper
    this.descriptor = descriptor
    this.buried = false
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
    if (!object || !this.wrapper || !this.descriptor) return
    const current = Object.getOwnPropertyDescriptor(object, this.key)
    if (current?.value !== this.wrapper) {
      this.buried = true
      return
    }
    Object.defineProperty(object, this.key, this.descriptor)
    this.wrapper = undefined
    this.descriptor = undefined
    this.buried = false
  }
}

module.exports = { Replacement, isFake }

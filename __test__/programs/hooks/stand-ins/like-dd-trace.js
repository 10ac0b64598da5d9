// @ts-check
// A tool that wraps in the manner of dd-trace, which copies all properties: `wrap(object, name)` gives what undoes it;
// `calls` counts.
'use strict'

exports.calls = 0

/** @param {any} object @param {string} name */
exports.wrap = (object, name) => {
  const original = object[name]
  /** @this {any} @param {any[]} args */
  const wrapped = function (...args) {
    exports.calls++
    return original.apply(this, args)
  }
  for (const key of Reflect.ownKeys(original)) {
    const theirs = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(original, key))
    const own = Object.getOwnPropertyDescriptor(wrapped, key)
    if (!own || own.configurable) Object.defineProperty(wrapped, key, theirs)
  }
  const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(object, name))
  Object.defineProperty(object, name, { ...descriptor, value: wrapped })
  return () => {
    if (object[name] === wrapped) Object.defineProperty(object, name, descriptor)
  }
}

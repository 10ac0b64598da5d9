// @ts-check
// A tool that wraps in the manner of shimmer: `wrap(object, name)` gives what undoes it; `calls` counts.
'use strict'

exports.calls = 0

/** @param {any} object @param {string} name */
exports.wrap = (object, name) => {
  const original = object[name]
  /** @this {any} */
  const wrapped = function () {
    exports.calls++
    return original.apply(this, arguments)
  }
  for (const [key, value] of [
    ['__original', original],
    ['__wrapped', true]
  ]) {
    Object.defineProperty(wrapped, key, { value, configurable: true, writable: true })
  }
  const define = (/** @type {any} */ value) => {
    const enumerable = Object.prototype.propertyIsEnumerable.call(object, name)
    Object.defineProperty(object, name, { configurable: true, enumerable, writable: true, value })
  }
  define(wrapped)
  return () => {
    if (object[name] === wrapped) define(original)
  }
}

// @ts-check
// What a tool hands to shimmer: `wrap(original)` gives a function that counts its calls in `calls`.
'use strict'

exports.calls = 0

/** @param {(...args: any[]) => unknown} original */
exports.wrap = (original) =>
  /** @this {any} @param {any[]} args */
  function (...args) {
    exports.calls++
    return original.apply(this, args)
  }

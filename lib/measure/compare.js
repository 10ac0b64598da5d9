// @ts-check
// The same operation before and after a change, measured one after the other. Knows the order, not what is compared.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { compared } = require('../report/compared.js')
const { measureLeaks } = require('./assert.js')

/** @param {unknown} before @param {unknown} after @param {any} [options] as of `measureLeaks`, for each of both */
async function compareLeaks(before, after, options) {
  for (const [name, op] of Object.entries({ before, after })) {
    if (typeof op !== 'function') throw invalidArg(`compareLeaks: ${name} must be a function, not ${given(op)}`)
  }
  const first = await measureLeaks(before, options)
  return compared(first, await measureLeaks(after, options))
}

module.exports = { compareLeaks }

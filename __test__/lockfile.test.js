'use strict'
// @ts-check
// Keeps package-lock.json of use on every machine: no registry's address in it, every platform's packages listed.

const assert = require('node:assert/strict')
const { test } = require('node:test')

/** @typedef {{ version?: string, resolved?: string, integrity?: string, optionalDependencies?: Record<string, string> }} Entry */
/** @type {[string, Entry][]} */
const entries = Object.entries(require('../package-lock.json').packages)

test('the lock names no registry', () => {
  assert.ok(entries.length > 1)
  assert.deepEqual(
    entries.filter(([, entry]) => entry.resolved),
    []
  )
})

test('the lock holds the packages of all platforms, with their hashes', () => {
  const names = new Set(entries.map(([place]) => place.split('node_modules/').at(-1)))
  const wanted = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
  assert.deepEqual(
    wanted.filter((name) => !names.has(name)),
    []
  )
  assert.deepEqual(
    entries.filter(([place, entry]) => place && !entry.integrity).map(([place]) => place),
    []
  )
})

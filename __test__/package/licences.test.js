'use strict'
// @ts-check
// The check of licences, tried on what it must refuse.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { faultsOfPackages, isAllowed } = require('../../scripts/licences.js')

describe('a licence expression', () => {
  for (const [expression, expected] of /** @type {[string, boolean][]} */ ([
    ['MIT', true],
    ['GPL-3.0', false],
    ['', false],
    ['MIT OR GPL-3.0', true],
    ['MIT/GPL-3.0', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT OR GPL-3.0) AND ISC', true],
    ['(MIT OR GPL-3.0) AND AGPL-3.0', false],
    ['MIT OR GPL-3.0 AND AGPL-3.0', true],
    ['ISC WITH LLVM-exception', true],
    ['MIT ISC', false]
  ])) {
    test(`'${expression}' is ${expected ? 'allowed' : 'refused'}`, () =>
      assert.equal(isAllowed(expression, ['MIT', 'ISC']), expected))
  }
})

test('a package without a hash, a runtime dependency and an unknown licence are told', () => {
  const good = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x', dev: true }
  const packages = {
    '': { dependencies: { d: '1' } },
    'node_modules/a': good,
    'node_modules/b': { ...good, license: undefined },
    'node_modules/c': { ...good, integrity: 'sha1-x' },
    'node_modules/d': { ...good, dev: undefined }
  }
  assert.deepEqual(faultsOfPackages({ packages }), [
    'runtime dependency d',
    'npm b 1.0.0: licence unknown',
    'npm c 1.0.0: no SHA-512 in package-lock.json',
    'npm d 1.0.0: is not for development only'
  ])
})

// Installed without the package of its platform: requiring it is no error, starting it says what to do.
'use strict'

const assert = require('node:assert/strict')
const { start, track } = require('leakguard')

assert.equal(track(new Map(), 'sessions').size, 0)
assert.throws(start, (error) => {
  assert.equal(error.code, 'ERR_LEAKGUARD_NO_BINARY')
  assert.match(error.message, /npm install --include=optional/)
  return true
})
console.log('without-binary.cjs done')

// Started with `--import leakguard/register`: the guard runs already.
'use strict'

const assert = require('node:assert/strict')

assert.equal(require('leakguard').check().verdict, 'undecided')
console.log('registered.cjs done')

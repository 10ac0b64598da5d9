// @ts-check
// source-map-support keeps its prepareStackTrace and its mapped stacks. Argument: where it is.
'use strict'

const assert = require('node:assert/strict')
const { start } = require('leakguard')
const { leakIsFound } = require('./helpers/leaky.js')

require(process.argv[2]).install()
const theirs = Error.prepareStackTrace
const guard = start({ minGrowthMs: 100, callSites: 'all' })

async function main() {
  await leakIsFound(guard)
  assert.equal(Error.prepareStackTrace, theirs)
  guard.stop()
  assert.match(String(new Error('x').stack), /mapped-stacks\.js:\d+/)
}

main()

// @ts-check
// A short soak of forked captures under load; bench/soak/fork.js is the long one.
'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')
const native = require('../../lib/base/native.js')

const soak = path.resolve(__dirname, '..', '..', 'bench', 'soak', 'fork.js')

/** Half of them graphs, half of them censuses. */
const CAPTURES = 8

test('captures one after the other, under load, are right and leave nothing behind', async (t) => {
  const why = native.forkUnsupported()
  if (why) return t.skip(why)
  const { LEAKGUARD_NO_FORK, NODE_TEST_CONTEXT, ...env } = process.env
  const args = [soak, '--mb', '10', '--captures', String(CAPTURES), '--minutes', '7', '--depth', 'both']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  t.diagnostic(stdout.trim())
  assert.match(stdout, new RegExp(`: ${CAPTURES} captures of 10 MB \\(both\\), .* 0 lost; .* 0 mistaken; 0 zombies`))
})

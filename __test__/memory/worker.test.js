// @ts-check
// Memory that a worker thread leaks: told in the main thread's report with the worker and the line, and gone with it. Time
// is scaled; the collections, the floors, the trend and the profile are real.
'use strict'

const { test } = require('node:test')
const { runFile } = require('../support/child.js')

test('is found with the worker and the line, and nothing of it stays when the worker has ended', async () => {
  const env = { LEAKGUARD_TEST_TIME_SCALE: '200', LEAKGUARD_SAMPLE_MS: '20000', LEAKGUARD_TEST_PROFILE_MS: '3000' }
  const options = { env, flags: ['--import', 'leakguard/register'], timeoutMs: 300_000 }
  await runFile('memory/a-worker-whose-memory-rises.js', [], options)
})

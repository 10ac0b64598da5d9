'use strict'
// @ts-check
// Changes each limit by which is judged, one at a time, and prints which recordings and made-up programs notice: a rule
// that nobody would miss is found so. Knows nothing of limits: tests/all/replay/rules.rs does the work.
//
//   node scripts/mutate-limits.js [PART]    only limits with PART in their names; all of them take some minutes

const { run } = require('./lib/exec.js')

const [part = ''] = process.argv.slice(2)
const test = ['--', '--ignored', '--nocapture', 'table_of_limits']
const env = { ...process.env, LEAKGUARD_LIMIT: part }
process.exitCode = run('cargo', ['test', '--quiet', '--no-default-features', '--test', 'all', ...test], { env }).code

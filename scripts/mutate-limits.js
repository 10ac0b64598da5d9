'use strict'
// @ts-check
// Changes each limit by which is judged, one at a time, and prints which recordings and made-up programs notice: a rule
// that nobody would miss is found so. Knows nothing of limits: tests/all/replay/rules.rs does the work.
//
//   node scripts/mutate-limits.js           all of them, some minutes: tests/limits.md is written anew
//   node scripts/mutate-limits.js PART      only limits with PART in their names, printed

const { run, say } = require('./lib/exec.js')
const { writeText } = require('./lib/files.js')

const [part = ''] = process.argv.slice(2)
const test = ['--', '--ignored', '--nocapture', 'table_of_limits']
const env = { ...process.env, LEAKGUARD_LIMIT: part }
const args = ['test', '--quiet', '--no-default-features', '--test', 'all', ...test]
const { code, output } = run('cargo', args, { env, capture: true })
const table = output
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .join('\n')
process.exitCode = code
if (code !== 0) say(output)
else if (part) say(table)
else
  writeText(
    'tests/limits.md',
    `Each limit by which is judged, changed one at a time (\`node scripts/mutate-limits.js\`): how many of the recordings
then end otherwise than they should, how many get another answer (a finding more or less, another confidence), and which
recording or made-up program notices first. A limit that nobody notices would be none.

${table}
`
  )

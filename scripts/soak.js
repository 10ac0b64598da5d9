'use strict'
// @ts-check
// Knows that a soak program is a file bench/soak/*.js that prints what it saw and exits 0 when all was well.
// Must not know what one soaks.
//
//   npm run soak [-- PART]    all, or those with PART in their name

const { run, say, secondsSince } = require('./lib/exec.js')
const { listFiles } = require('./lib/files.js')

const parts = process.argv.slice(2)
const programs = listFiles('bench/soak', (file) => file.endsWith('.js')).filter(
  (file) => parts.length === 0 || parts.some((part) => file.includes(part))
)

const lines = programs.map((file) => {
  say(`--- ${file}`)
  const startNs = process.hrtime.bigint()
  const { code } = run(process.execPath, [file])
  if (code !== 0) process.exitCode = 1
  return `${code === 0 ? 'ok    ' : 'FAILED'} ${file} ${secondsSince(startNs)}`
})

say(lines.length > 0 ? `\n${lines.join('\n')}` : 'there is no soak program yet')

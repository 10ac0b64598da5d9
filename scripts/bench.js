'use strict'
// @ts-check
// Knows that a benchmark is a program bench/NAME.js.
// Must not know what one measures.
//
//   npm run bench                   lists the names
//   npm run bench -- NAME [args]    runs one with this Node

const { run, say } = require('./lib/exec.js')
const { listFiles } = require('./lib/files.js')

// Folders below bench/ hold parts and records, soak programs among them.
const names = listFiles('bench', (file) => /^bench\/[^/]+\.js$/.test(file)).map((file) => file.slice(6, -3))
const [name, ...args] = process.argv.slice(2)

if (name === undefined) {
  say(names.length > 0 ? `npm run bench -- NAME [args]\n${names.join('\n')}` : 'there is no benchmark yet')
} else if (names.includes(name)) {
  process.exitCode = run(process.execPath, [`bench/${name}.js`, ...args]).code
} else {
  process.stderr.write(`no benchmark ${name}; there are: ${names.join(', ') || 'none'}\n`)
  process.exitCode = 2
}

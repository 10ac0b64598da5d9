// @ts-check
// The help texts, made from what the commands say of themselves.

'use strict'

const { common } = require('./parse.js')

/** @typedef {import('./main.js').Command} Command */

/** @param {Map<string, Command>} commands */
function overview(commands) {
  const rows = [...commands].map(([name, command]) => /** @type {[string, string]} */ ([name, command.summary]))
  return `leakguard finds memory leaks in Node.js programs, and names the line to change.

Usage: leakguard COMMAND [options]

Commands:
${table(rows)}
Options:
${table([
  ['-h, --help', 'Show this help, or that of a command: leakguard COMMAND --help'],
  ['-v, --version', 'Show the version']
])}`
}

/** @param {string} name @param {Command} command */
function commandHelp(name, command) {
  const usage = ['leakguard', name, '[options]', command.positionals].filter(Boolean).join(' ')
  const rows = Object.entries({ ...command.options, ...common }).map(([key, spec]) => {
    const long = [`--${key}`, spec.value].filter(Boolean).join(' ')
    return /** @type {[string, string]} */ ([spec.short ? `-${spec.short}, ${long}` : `    ${long}`, spec.help])
  })
  return `Usage: ${usage}\n\n${command.summary}\n\nOptions:\n${table(rows)}`
}

/** @param {[left: string, right: string][]} rows */
function table(rows) {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}

module.exports = { commandHelp, overview }

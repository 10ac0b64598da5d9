// @ts-check
// Options and positionals of one command, or a UsageError that names the right option.
// Knows how arguments are written, not what they mean.

'use strict'

const { parseArgs } = require('node:util')
const { UsageError } = require('./errors.js')
const { nearest } = require('./nearest.js')

/** @type {Record<string, import('./main.js').OptionSpec>} */
const common = { help: { type: 'boolean', short: 'h', help: 'Show this help' } }

/**
 * @param {string} name of the command
 * @param {import('./main.js').Command} command
 * @param {string[]} argv
 * @returns {import('./main.js').Input}
 */
function parse(name, command, argv) {
  const specs = { ...command.options, ...common }
  if (command.isLauncher) return launcher(name, command, argv, specs)
  const options = Object.fromEntries(
    Object.entries(specs).map(([key, { type, short }]) => [key, short ? { type, short } : { type }])
  )
  // Not strict, for its messages differ between versions of Node and name no other option.
  const parsed = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  for (const token of parsed.tokens) {
    if (token.kind === 'option') checkOption(name, specs, token)
    if (token.kind === 'positional' && !command.positionals) {
      throw new UsageError(`${name} takes no argument, but got ${token.value}`, name)
    }
  }
  return /** @type {import('./main.js').Input} */ ({ options: parsed.values, positionals: parsed.positionals })
}

/** What comes after the first argument that is no option belongs to the program that is launched. @param {string} name
 *  @param {import('./main.js').Command} command @param {string[]} argv @param {Record<string, import('./main.js').OptionSpec>} specs */
function launcher(name, command, argv, specs) {
  let at = 0
  while (at < argv.length && argv[at].startsWith('-') && argv[at] !== '--') {
    const takesNext = specs[argv[at].replace(/^--/, '')]?.type === 'string'
    at += takesNext ? 2 : 1
  }
  const { options } = parse(name, { ...command, isLauncher: false }, argv.slice(0, at))
  return { options, positionals: argv.slice(argv[at] === '--' ? at + 1 : at) }
}

/**
 * @param {string} command
 * @param {Record<string, import('./main.js').OptionSpec>} specs
 * @param {{ name: string, rawName: string, value?: string, inlineValue?: boolean }} token
 */
function checkOption(command, specs, token) {
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
  if (!spec) {
    const known = Object.keys(specs).map((key) => `--${key}`)
    throw new UsageError(`unknown option ${token.rawName}${nearest(token.rawName, known)}`, command)
  }
  if (spec.type === 'boolean' && token.value !== undefined) {
    throw new UsageError(`${token.rawName} takes no value, but got ${token.value}`, command)
  }
  const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))
  if (spec.type === 'string' && isMissing) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value}`, command)
  }
}

module.exports = { common, parse }

// @ts-check
// From arguments to a command and an exit code. Knows how commands are found and described, nothing of what they do:
// every file in commands/ is one, by its name.

'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { CommandError, UsageError, meant } = require('./errors.js')
const { commandHelp, overview } = require('./help.js')
const { parse } = require('./parse.js')

/**
 * @typedef {object} Io Where a command reads and writes; `process` is one.
 * @property {NodeJS.WriteStream} stdout results
 * @property {NodeJS.WriteStream} stderr progress and errors
 * @property {Record<string, string | undefined>} env
 */
/**
 * @typedef {object} OptionSpec
 * @property {'string' | 'boolean'} type
 * @property {string} help one line
 * @property {string} [value] what stands for the value in the help, as in `--seconds N`
 * @property {string} [short] one letter
 */
/**
 * @typedef {object} Command What a file in commands/ exports.
 * @property {string} summary one line for the overview
 * @property {string} [positionals] as shown in the usage line, such as `FILE`; without it none are taken
 * @property {boolean} [isLauncher] options end at the first positional: the rest is another program's
 * @property {Record<string, OptionSpec>} options
 * @property {(input: Input, io: Io) => Promise<number>} run resolves with the exit code
 */
/** `nodeArgs`: of a launcher, options of Node. @typedef {{ options: Record<string, string | boolean | undefined>, positionals: string[], nodeArgs?: string[] }} Input */

const folder = path.join(__dirname, 'commands')

/**
 * Runs the command that `argv` asks for.
 * @param {string[]} argv without the interpreter and the script
 * @param {Io} io
 * @returns {Promise<number>} the exit code; 2 for a mistake in the arguments
 */
async function main(argv, io) {
  io.stdout.on('error', endOnClosedPipe)
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    io.stderr.write(`leakguard: ${error.message}\n`)
    return error.exitCode
  }
}

/** @param {string[]} argv @param {Io} io @returns {Promise<number>} */
async function dispatch([name, ...rest], io) {
  if (name === undefined) {
    io.stderr.write(overview(loadAll()))
    return 2
  }
  if (name === '--version' || name === '-v') return print(io, `${require('../../package.json').version}\n`)
  if (['--help', '-h', 'help'].includes(name)) return print(io, helpOn(rest[0]))

  const command = load(name)
  const input = parse(name, command, rest)
  if (input.options.help) return print(io, commandHelp(name, command))
  return command.run(input, io)
}

/** @param {string | undefined} name of a command */
function helpOn(name) {
  return name === undefined ? overview(loadAll()) : commandHelp(name, load(name))
}

/** @param {Io} io @param {string} text */
function print(io, text) {
  io.stdout.write(text)
  return 0
}

/** @returns {string[]} */
function names() {
  return fs.readdirSync(folder).flatMap((file) => (path.extname(file) === '.js' ? [path.basename(file, '.js')] : []))
}

/** @param {string} name @returns {Command} */
function load(name) {
  if (names().includes(name)) return require(path.join(folder, `${name}.js`))
  const what = name.startsWith('-') ? 'option' : 'command'
  const known = what === 'option' ? ['--help', '--version'] : names()
  throw new UsageError(`unknown ${what} ${name}${meant(name, known)}`)
}

/** @returns {Map<string, Command>} */
function loadAll() {
  return new Map(names().map((name) => [name, load(name)]))
}

/** `leakguard … | head` closes our stdout early: that is no failure. @param {NodeJS.ErrnoException} error */
function endOnClosedPipe(error) {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

module.exports = { main }

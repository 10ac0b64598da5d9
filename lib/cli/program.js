// @ts-check
// Which program is meant by what a person typed after `leakguard run`: a file of JavaScript, or a command that starts one.
// Knows names and files, not what is done with the program.

'use strict'

const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { UsageError } = require('./errors.js')
const { printable } = require('../base/text.js')

/** These start what is meant, and are not meant themselves. */
const STARTERS = /^(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|tsx|nodemon|leakguard)$/
const onWindows = process.platform === 'win32'

/** @typedef {{ file: string, args: string[], isNode: boolean }} Program what is started, and whether that is Node */

/**
 * @param {string[]} nodeArgs options of Node @param {string[]} words the program and its arguments
 * @param {Record<string, string | undefined>} env @returns {Program}
 */
function programOf(nodeArgs, words, env) {
  const [name, ...rest] = words
  if (nodeArgs.length > 0) return { file: process.execPath, args: [...nodeArgs, ...words], isNode: true }
  if (name === undefined) throw new UsageError('APP.js is missing', 'run')
  if (name === 'node') return { file: process.execPath, args: rest, isNode: true }
  const script = STARTERS.test(name) ? undefined : scriptOf(name)
  if (script?.isNode) return { file: process.execPath, args: words, isNode: true }
  const command = script?.file ?? commandOf(name, env)
  if (command) return { file: command, args: rest, isNode: false }
  throw new UsageError(`${printable(name)} is neither a file here nor a command: check the path`, 'run')
}

/** The file that is meant, if it is one, and whether Node runs it. @param {string} name */
function scriptOf(name) {
  const file = path.resolve(name)
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return { file, isNode: isForNode(file) }
  try {
    createRequire(file).resolve(file)
    return { file, isNode: true }
  } catch {
    // not a folder with a program either
  }
}

/** Not what says itself that something else runs it, nor what is machine code. @param {string} file */
function isForNode(file) {
  const start = Buffer.alloc(128)
  const fd = fs.openSync(file, 'r')
  try {
    fs.readSync(fd, start, 0, start.length, 0)
  } finally {
    fs.closeSync(fd)
  }
  const [line] = start.toString('latin1').split('\n', 1)
  return line.startsWith('#!') ? /\bnode\b/.test(line) : !/^(?:\x7fELF|MZ|\xcf\xfa\xed\xfe)/.test(line)
}

/** On the PATH, or of a package that is installed here. @param {string} name @param {Record<string, string | undefined>} env */
function commandOf(name, env) {
  if (name.includes('/') || name.includes(path.sep)) return
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean)
  for (let at = process.cwd(); ; at = path.dirname(at)) {
    folders.push(path.join(at, 'node_modules', '.bin'))
    if (at === path.dirname(at)) break
  }
  const endings = onWindows ? ['.exe', '.cmd', '.bat'] : ['']
  return folders.flatMap((folder) => endings.map((end) => path.join(folder, name + end))).find(isExecutable)
}

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** Whether a process that runs this file starts the program that is meant. @param {string} file of a package, or a name alone */
function isStarter(file) {
  const [name] = file.split('/')
  return STARTERS.test(name.replace(/(?:-cli|-[\d.]+)?(?:\.[cm]?js)?$/, ''))
}

module.exports = { isStarter, programOf }

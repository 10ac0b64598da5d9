// @ts-check
// Errors that end a command with a message and an exit code instead of a stack. Knows nothing of what went wrong.

'use strict'

const fs = require('node:fs')
const { nearest } = require('../base/nearest.js')
const { printable } = require('../base/text.js')

/** The command could not do its work, for a reason that its user can understand. */
class CommandError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A mistake in the arguments. */
class UsageError extends CommandError {
  /** @param {string} message @param {string} [command] whose help says more */
  constructor(message, command) {
    super(`${message}\nSee ${command ? `leakguard ${command} --help` : 'leakguard --help'}`, 2)
  }
}

/** What is wrong with a file, by the system's word for it. @type {Record<string, string>} */
const FILE_FAULTS = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full'
}

/** A file that cannot be used: each command says so alike. @param {'read' | 'write'} verb @param {string} file as it was given @param {unknown} error */
function fileError(verb, file, error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  return new CommandError(printable(`cannot ${verb} ${file}: ${FILE_FAULTS[code ?? ''] ?? message}`), 2)
}

/** Throws unless there is such a file. @param {string} file as it was given */
function checkIsFile(file) {
  try {
    fs.accessSync(file, fs.constants.R_OK)
    if (fs.statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (error) {
    throw fileError('read', file, error)
  }
}

/** A hint to append to "unknown …", or nothing when no word is near. @param {string} word @param {string[]} known */
function meant(word, known) {
  const name = nearest(word, known)
  return name === undefined ? '' : `: did you mean ${name}?`
}

module.exports = { CommandError, UsageError, checkIsFile, fileError, meant }

// @ts-check
// Errors that end a command with a message and an exit code instead of a stack. Knows nothing of what went wrong.

'use strict'

const { nearest } = require('../base/nearest.js')

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

/** A hint to append to "unknown …", or nothing when no word is near. @param {string} word @param {string[]} known */
function meant(word, known) {
  const name = nearest(word, known)
  return name === undefined ? '' : `: did you mean ${name}?`
}

module.exports = { CommandError, UsageError, meant }

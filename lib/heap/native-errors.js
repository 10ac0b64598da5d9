// @ts-check
// Errors of the addon, as the public API throws them. Knows how the addon tells a code, not what was asked of it.
'use strict'

const { LeakguardError } = require('../base/errors.js')

/** Native errors say their code first. @param {unknown} error */
function translate(error) {
  const match = /^(ERR_LEAKGUARD_[A-Z_]+|E[A-Z]+): (.*)$/s.exec(error instanceof Error ? error.message : String(error))
  if (!match) return error
  const [message, code, what] = match
  if (code.startsWith('ERR_')) return new LeakguardError(code, what)
  // An error of the disk, told as Node tells its own.
  return /** @type {any} */ (error)?.code === code ? error : Object.assign(new Error(message), { code })
}

/** @template T @param {() => T} work @returns {T} */
function translated(work) {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

module.exports = { translate, translated }

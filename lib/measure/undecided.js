// @ts-check
// What becomes of an assertion that cannot tell: red where that is asked for, else green and said so loudly. Knows
// neither how it was measured nor which runner runs.
'use strict'

const fs = require('node:fs')
const { callSite } = require('../v8/call-site.js')
const { invalidArg } = require('../base/errors.js')

/** @param {{ undecided?: 'pass' | 'fail' } | undefined} options of one assertion: they win over the environment */
function failsUndecided(options) {
  if (options?.undecided !== undefined) return options.undecided === 'fail'
  const wanted = process.env.LEAKGUARD_UNDECIDED ?? ''
  if (wanted !== '' && wanted !== 'pass' && wanted !== 'fail')
    throw invalidArg(`LEAKGUARD_UNDECIDED must be 'pass' or 'fail', not '${wanted}'`)
  return wanted === 'fail'
}

/** Where an assertion was called, for want of a test's name. */
function caller() {
  const [, file, line] = callSite().split('\n', 1)[0].split('\t')
  return file ? `${file}:${line}` : ''
}

/**
 * One line on stderr that no runner's own console takes away, and a process warning with the whole report.
 * @param {import('../..').LeakReport} report @param {string} [name] of the test
 */
function passedWithoutAnswer(report, name) {
  const who = name ? `test '${name}'` : caller() || 'an assertion'
  const why = report.undecided
    .map(({ text }) => text)
    .join('; ')
    .replace(/\s+/g, ' ')
  say(`leakguard: PASSED WITHOUT AN ANSWER: ${who}: ${why} (set LEAKGUARD_UNDECIDED=fail to fail instead)`)
  process.emitWarning(String(report), { type: 'LeakguardWarning', code: 'LEAKGUARD_UNDECIDED' })
}

/** @param {string} line */
function say(line) {
  try {
    fs.writeSync(2, `${line}\n`)
  } catch {
    process.stderr.write(`${line}\n`) // a pipe that is full
  }
}

module.exports = { failsUndecided, passedWithoutAnswer, say }

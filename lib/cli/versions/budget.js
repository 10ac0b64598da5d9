// @ts-check
// The option `--budget` of commands that measure.
'use strict'

const { UsageError } = require('../errors.js')

/** @type {Record<string, import('../main.js').OptionSpec>} */
const budgetOption = {
  budget: { type: 'string', value: 'SECONDS', help: 'Time for each measurement; without it as long as it needs' }
}

/** In milliseconds. @param {string} command @param {Record<string, unknown>} options @returns {number | undefined} */
function budgetOf(command, { budget }) {
  if (budget === undefined) return
  const seconds = Number(budget)
  if (!(seconds >= 0.1 && seconds <= 3600)) {
    throw new UsageError(`--budget must be a number of seconds from 0.1 to 3600, not ${budget}`, command)
  }
  return seconds * 1000
}

module.exports = { budgetOf, budgetOption }

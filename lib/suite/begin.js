// @ts-check
// A keeper for this process, as the environment asks for: budget, folder. Knows the environment, no runner.
'use strict'

const path = require('node:path')
const { isOn } = require('../base/options.js')
const { BUDGET_DEFAULT, Budget } = require('./budget.js')
const { Keeper } = require('./keeper.js')
const { Ledger } = require('./ledger.js')
const { FOLDER, TIMES, writer } = require('./parts.js')

const PRELOAD = `--require ${JSON.stringify(path.join(__dirname, 'preload.js'))}`

/** @param {string} runner @returns {import('./keeper.js').KeeperLike | undefined} nothing where no command asked */
function begin(runner) {
  const write = isOn('LEAKGUARD_DISABLE') ? undefined : writer()
  if (!write) return
  const times = Number(process.env[TIMES]) || BUDGET_DEFAULT
  const ledger = new Ledger(path.join(String(process.env[FOLDER]), 'ledger'))
  return new Keeper({ runner, budget: new Budget(times, ledger), write, onFirst: leaveAlone })
}

/** Tests run here: what they start is theirs, and runs without us. */
function leaveAlone() {
  const { env } = process
  const rest = (env.NODE_OPTIONS ?? '').replace(PRELOAD, '').trim()
  if (rest === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest
  delete env[FOLDER]
}

module.exports = { PRELOAD, begin }

// @ts-check
// A program that a command starts in its place: it has the terminal, hears signals, and its end is told. Knows no command.
'use strict'

const { spawn } = require('node:child_process')
const { CommandError } = require('./errors.js')

const FORWARDED = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'])

/** How a program ended. @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ended */

/**
 * @param {import('./program.js').Program} program @param {NodeJS.ProcessEnv} env
 * @param {{ cwd?: string, stdio?: import('node:child_process').StdioOptions }} [how] @returns {Promise<Ended>}
 */
function launch({ file, args, isNode }, env, { cwd, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    // Windows starts its scripts with a shell alone.
    const shell = process.platform === 'win32' && !isNode
    const child = spawn(file, args, { env, stdio, shell, ...(cwd ? { cwd } : {}) })
    // A terminal sends SIGINT and SIGQUIT to the program as well.
    const isShared = (/** @type {string} */ signal) => process.stdin.isTTY && /^SIG(?:INT|QUIT|WINCH)$/.test(signal)
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (!isShared(signal)) child.kill(signal)
    }
    for (const signal of FORWARDED) process.on(signal, forward)
    const done = () => {
      for (const signal of FORWARDED) process.off(signal, forward)
    }
    child.on('error', (error) => {
      done()
      reject(new CommandError(`${file} cannot be run: ${error.message}`, 2))
    })
    child.on('close', (code, signal) => {
      done()
      resolve({ code, signal })
    })
  })
}

module.exports = { launch }

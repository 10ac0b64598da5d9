'use strict'
// @ts-check
// Knows where the repository is and how to start a program on every platform.
// Must not know what the programs are for: no paths of tests, benches or the addon.

const { spawn, spawnSync } = require('node:child_process')
const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')
const onWindows = process.platform === 'win32'

/** npm runs the scripts and tells which npm it is; started by hand, the one on PATH has to do. */
function npmCommand() {
  const cli = process.env.npm_execpath
  if (cli && /npm-cli\.c?js$/.test(cli)) return { command: process.execPath, prefix: [cli], shell: false }
  return { command: 'npm', prefix: [], shell: onWindows }
}

/**
 * @typedef {{ code: number, output: string, missing: boolean }} Outcome
 * @typedef {{ capture?: boolean, env?: NodeJS.ProcessEnv, cwd?: string, shell?: boolean }} RunOptions
 */

/**
 * Runs a program to its end. With `capture` its two outputs come back as one text, else they are ours.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Outcome}
 */
function run(command, args, options = {}) {
  const { capture = false, env = process.env, cwd = root, shell = false } = options
  const done = spawnSync(command, args, {
    cwd,
    env,
    shell,
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8'
  })
  const missing = /** @type {NodeJS.ErrnoException | undefined} */ (done.error)?.code === 'ENOENT'
  if (done.error && !missing) throw done.error
  return { code: done.status ?? 1, output: `${done.stdout ?? ''}${done.stderr ?? ''}`, missing }
}

/**
 * As `run` with `capture`, but leaves the event loop free: for programs that run side by side.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number }} [options]
 * @returns {Promise<Outcome & { timedOut: boolean }>}
 */
function runAside(command, args, options = {}) {
  const { env = process.env, cwd = root, timeoutMs = 0 } = options
  return new Promise((resolve) => {
    // A group of its own, so that what the program started and left behind ends with it: it would hold our pipes open.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: !onWindows })
    const endGroup = () => {
      if (onWindows || child.pid === undefined) return void child.kill('SIGKILL')
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nobody of the group is left.
      }
    }
    let output = ''
    let timedOut = false
    let missing = false
    const keep = (/** @type {string} */ text) => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const stop = () => {
      timedOut = true
      endGroup()
    }
    const timer = timeoutMs > 0 ? setTimeout(stop, timeoutMs) : undefined
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      missing = error.code === 'ENOENT'
    })
    child.on('exit', endGroup)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, output, missing, timedOut })
    })
  })
}

/**
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
function npm(args, options = {}) {
  const { command, prefix, shell } = npmCommand()
  return run(command, [...prefix, ...args], { ...options, shell })
}

/**
 * A development tool of node_modules, started by its own script: no shell and no `.cmd` shim in between.
 * @param {string} script path below node_modules
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
function tool(script, args, options) {
  return run(process.execPath, [path.join(root, 'node_modules', script), ...args], options)
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`)
}

/** @param {bigint} sinceNs @returns {string} */
function secondsSince(sinceNs) {
  return `${(Number(process.hrtime.bigint() - sinceNs) / 1e9).toFixed(1)} s`
}

module.exports = { root, run, runAside, npm, tool, say, secondsSince }

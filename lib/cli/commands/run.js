// @ts-check
// `leakguard run`: a program with a guard and without a change to it. Its exit code is the program's.

'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { painter, paintReport } = require('../colour.js')
const { CommandError, UsageError } = require('../errors.js')

const REGISTER = path.join(__dirname, '..', '..', '..', 'register.js')
const FORWARDED = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'])

/** Options that become a variable of the environment. @type {Record<string, import('../main.js').OptionSpec & { env: string }>} */
const SETTINGS = {
  signal: { type: 'string', value: 'NAME', env: 'LEAKGUARD_SIGNAL', help: 'Report on this signal, such as SIGUSR2' },
  record: {
    type: 'string',
    value: 'FILE',
    env: 'LEAKGUARD_RECORD',
    help: "Append samples of memory, for 'leakguard trend'"
  },
  'sample-ms': { type: 'string', value: 'N', env: 'LEAKGUARD_SAMPLE_MS', help: 'Time between two samples, 10000' },
  'time-scale': { type: 'string', value: 'N', env: 'LEAKGUARD_TIME_SCALE', help: 'For trials: a second counts as N' },
  'history-ms': {
    type: 'string',
    value: 'N',
    env: 'LEAKGUARD_HISTORY_MS',
    help: 'Shortest history of a finding, 1000'
  },
  sites: { type: 'string', value: 'MODE', env: 'LEAKGUARD_SITES', help: "Call sites: 'sampled' or 'exact'" },
  collect: {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_COLLECT',
    help: "Garbage: 'auto', or 'never' to wait for V8"
  },
  memory: { type: 'string', value: 'MODE', env: 'LEAKGUARD_MEMORY', help: "Trends of memory: 'auto' or 'never'" },
  profile: {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_PROFILE',
    help: "Heap profile of a trend: 'auto' or 'never'"
  },
  'profile-ms': { type: 'string', value: 'N', env: 'LEAKGUARD_PROFILE_MS', help: 'Longest time that it runs, 600000' },
  explain: {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_EXPLAIN',
    help: "What grew and what holds most, asked of copies of the process: 'never', 'census' or 'fork'"
  },
  capture: {
    type: 'string',
    value: 'FOLDER',
    env: 'LEAKGUARD_CAPTURE',
    help: 'Write a heap snapshot there for each finding, from a copy of the process'
  },
  allow: { type: 'string', value: 'LIST', env: 'LEAKGUARD_ALLOW', help: 'Fingerprints to accept, separated by commas' },
  baseline: { type: 'string', value: 'FILE', env: 'LEAKGUARD_BASELINE', help: 'A file of known leaks' },
  'last-words': {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_LAST_WORDS',
    help: "Before memory is used up: 'auto' or 'never'"
  }
}

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Run a program with a guard, and report what leaked when it ends',
  positionals: 'APP.js [ARGUMENTS]',
  isLauncher: true,
  options: {
    'fail-on-leak': { type: 'boolean', help: 'Exit with 1 where the program exits with 0 and something leaked' },
    report: { type: 'string', value: 'FILE', help: 'Write the report here: JSON if it ends with .json, else text' },
    ...SETTINGS
  },
  async run({ options, positionals }, io) {
    if (positionals.length === 0) throw new UsageError('APP.js is missing', 'run')
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-run-'))
    try {
      const ended = await launch(positionals, environment(options, folder, io))
      const report = read(folder)
      if (report?.verdict === 'leaking') {
        io.stderr.write(`${paintReport(report.text, painter(io.stderr, io.env))}\n`)
      } else if (!report) io.stderr.write('leakguard: no report, the program ended before it was written\n')
      // As the program was ended, so are we.
      if (ended.signal) {
        process.kill(process.pid, ended.signal)
        return 128 + (os.constants.signals[ended.signal] ?? 0)
      }
      return ended.code === 0 && options['fail-on-leak'] && report?.verdict === 'leaking' ? 1 : (ended.code ?? 1)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** @param {import('../main.js').Input['options']} options @param {string} folder @param {import('../main.js').Io} io */
function environment(options, folder, io) {
  const env = { ...io.env }
  for (const [name, { env: variable }] of Object.entries(SETTINGS)) {
    if (options[name] !== undefined) env[variable] = String(options[name])
  }
  // A file is named from where we stand, not from where the program goes.
  const wanted = options.report === undefined ? [] : [path.resolve(String(options.report))]
  const others = (env.LEAKGUARD_OUTPUT ?? '').split(',').filter(Boolean)
  env.LEAKGUARD_OUTPUT = [path.join(folder, 'report.json'), path.join(folder, 'report.txt'), ...wanted, ...others].join(
    ','
  )
  delete env.LEAKGUARD_PARTS
  return env
}

/** @param {string[]} program @param {NodeJS.ProcessEnv} env @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} */
function launch(program, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', REGISTER, ...program], { env, stdio: 'inherit' })
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
      reject(new CommandError(`${process.execPath} cannot be run: ${error.message}`, 2))
    })
    child.on('close', (code, signal) => {
      done()
      resolve({ code, signal })
    })
  })
}

/** @param {string} folder @returns {{ verdict: string, text: string } | undefined} */
function read(folder) {
  try {
    const { verdict } = JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8'))
    return { verdict, text: fs.readFileSync(path.join(folder, 'report.txt'), 'utf8').trimEnd() }
  } catch {
    // it was killed before it could write one
  }
}

// @ts-check
// `leakguard run`: a program with a guard and without a change to it. Its exit code is the program's.

'use strict'

const os = require('node:os')
const path = require('node:path')
const { readEnvironment } = require('../../guard/environment.js')
const { Supervisor } = require('../../report/supervisor.js')
const { painter, paintReport } = require('../colour.js')
const { CommandError, UsageError } = require('../errors.js')
const { launch } = require('../launch.js')
const { isStarter, programOf } = require('../program.js')
const { progressText, startSteps } = require('../steps.js')
const { messageOf } = require('../../base/entry.js')
const { count, printable } = require('../../base/text.js')

/** So often it is looked how far a comparison of heaps is. */
const PROGRESS_MS = 200
const REGISTER = path.join(__dirname, '..', '..', '..', 'register.js')

/** Options that become a variable of the environment. @type {Record<string, import('../main.js').OptionSpec & { env: string }>} */
const SETTINGS = {
  signal: { type: 'string', value: 'NAME', env: 'LEAKGUARD_SIGNAL', help: 'Report on this signal, such as SIGUSR2' },
  record: {
    type: 'string',
    value: 'FILE',
    env: 'LEAKGUARD_RECORD',
    help: "Append memory samples to FILE, for 'leakguard trend'"
  },
  'sample-ms': {
    type: 'string',
    value: 'N',
    env: 'LEAKGUARD_SAMPLE_MS',
    help: 'Time between two samples in ms (default 10000)'
  },
  'min-growth-ms': {
    type: 'string',
    value: 'N',
    env: 'LEAKGUARD_MIN_GROWTH_MS',
    help: 'Shortest growth to report, in ms (default 1000)'
  },
  'call-sites': {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_CALL_SITES',
    help: "Call sites to record: 'sampled' or 'all'"
  },
  'force-gc': {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_FORCE_GC',
    help: "Forced major GCs: 'auto', or 'never' to wait for V8"
  },
  memory: { type: 'string', value: 'MODE', env: 'LEAKGUARD_MEMORY', help: "Memory trends: 'auto' or 'never'" },
  explain: {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_EXPLAIN',
    help: "Costliest step to explain a finding: 'auto', 'never', 'profile', 'census' or 'heap'"
  },
  compare: {
    type: 'string',
    value: 'TIMES',
    env: 'LEAKGUARD_COMPARE',
    help: "Take a heap after each of these times, such as 20s,20s,20s, and say what gained; 'auto': once something is suspected"
  },
  capture: {
    type: 'string',
    value: 'FOLDER',
    env: 'LEAKGUARD_CAPTURE',
    help: 'Write a heap snapshot to FOLDER for each finding, from a copy of the process'
  },
  allow: { type: 'string', value: 'LIST', env: 'LEAKGUARD_ALLOW', help: 'Fingerprints to accept, separated by commas' },
  baseline: { type: 'string', value: 'FILE', env: 'LEAKGUARD_BASELINE', help: 'A file of known leaks' },
  'oom-report': {
    type: 'string',
    value: 'MODE',
    env: 'LEAKGUARD_OOM_REPORT',
    help: "Report before memory runs out: 'auto' or 'never'"
  }
}

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Run a program with a guard, and report what leaked when it ends',
  positionals: 'APP.js|COMMAND [ARGUMENTS]',
  isLauncher: true,
  options: {
    'fail-on-leak': { type: 'boolean', help: 'Exit with 1 if the program exits with 0 and something leaked' },
    report: {
      type: 'string',
      value: 'FILE',
      help: 'Write the report to FILE: JSON, HTML, SARIF or Markdown by its ending or as in html:FILE, else text'
    },
    verbose: { type: 'boolean', help: 'With --compare: tell each step on stderr, where that is no terminal' },
    ...SETTINGS
  },
  async run({ options, nodeArgs = [], positionals }, io) {
    const env = { ...io.env }
    for (const [name, { env: variable }] of Object.entries(SETTINGS)) {
      if (options[name] !== undefined) env[variable] = String(options[name])
    }
    const program = programOf(nodeArgs, positionals, env)
    const supervisor = supervise(placesOf(options, env))
    const startMs = performance.now()
    const steps = env.LEAKGUARD_COMPARE ? followed(supervisor, io, options.verbose === true) : undefined
    const ended = await launch(program, environment(supervisor, env)).finally(() => steps?.end())
    const all = supervisor.end(env.LEAKGUARD_PARTS)
    const seconds = (performance.now() - startMs) / 1000
    const { verdict, findings } = all.report
    // Who asked for heaps is told what they show, signs too.
    const isTold = verdict === 'leaking' || (env.LEAKGUARD_COMPARE !== undefined && findings.length > 0)
    if (isTold) io.stderr.write(`${paintReport(String(all.report), painter(io.stderr, io.env))}\n`)
    io.stderr.write(`leakguard run: ${printable(closingLine(all, seconds, program, env))}\n`)
    // As the program was ended, so are we.
    if (ended.signal) {
      process.kill(process.pid, ended.signal)
      return 128 + (os.constants.signals[ended.signal] ?? 0)
    }
    return ended.code === 0 && options['fail-on-leak'] && verdict === 'leaking' ? 1 : (ended.code ?? 1)
  }
}

/**
 * Where reports go. Nothing is started with what is wrong: a misspelled option would be a guard that is not there.
 * @param {import('../main.js').Input['options']} options @param {Record<string, string | undefined>} env @returns {import('../../base/outputs.js').Output[]}
 */
function placesOf(options, env) {
  const { settings, problems, doubts } = readEnvironment(env)
  const asked = readEnvironment({ LEAKGUARD_OUTPUT: options.report === undefined ? '' : String(options.report) })
  const names = Object.entries(SETTINGS).map(([name, setting]) => /** @type {const} */ ([setting.env, name]))
  const typed = new Map(names.filter(([, name]) => options[name] !== undefined))
  const wrong = [
    ...[...asked.problems, ...asked.doubts].map(({ why }) => `--report ${why}`),
    ...[...problems, ...doubts].map(({ name, why }) => `${typed.has(name) ? `--${typed.get(name)}` : name} ${why}`)
  ]
  if (options.report === '') wrong.push('--report needs a file')
  if (wrong.length > 0) throw new UsageError(wrong.map(printable).join('\n'), 'run')
  return [...asked.settings.report, ...settings.report]
}

/** @param {import('../../base/outputs.js').Output[]} places */
function supervise(places) {
  try {
    return new Supervisor(places)
  } catch (error) {
    const why = messageOf(error)
    throw new CommandError(
      `cannot create a folder for reports: ${printable(why)}. Set TMPDIR, or run: LEAKGUARD_OUTPUT=stderr node --require leakguard/register APP.js`,
      2
    )
  }
}

/** Shows what the comparison of heaps is at. @param {import('../../report/supervisor.js').SupervisorLike} supervisor @param {import('../main.js').Io} io @param {boolean} verbose */
function followed(supervisor, io, verbose) {
  const steps = startSteps(io.stderr, 'leakguard run', { verbose })
  const look = () => {
    const progress = supervisor.progress()
    if (progress) steps.step(progressText(progress), progress.leftMs)
    else steps.clear()
  }
  const timer = setInterval(look, PROGRESS_MS).unref()
  return {
    end() {
      clearInterval(timer)
      steps.end()
    }
  }
}

/** All Node processes that the program starts inherit the guard. @param {import('../../report/supervisor.js').SupervisorLike} supervisor @param {Record<string, string | undefined>} env */
function environment(supervisor, env) {
  const NODE_OPTIONS = [`--require ${JSON.stringify(REGISTER)}`, env.NODE_OPTIONS].filter(Boolean).join(' ')
  return { ...env, ...supervisor.env(), NODE_OPTIONS }
}

/**
 * What was watched, how long, and the verdict; or that nothing was, and what to type.
 * @param {import('../../report/supervisor.js').Watched} all @param {number} seconds @param {import('../program.js').Program} program
 * @param {Record<string, string | undefined>} env
 */
function closingLine({ report, processes, programs, living }, seconds, program, env) {
  const time = `${seconds.toFixed(1)} s`
  const named = programs.map((name) => name || '[eval]')
  const meant = named.filter((name) => !isStarter(name))
  if (processes === 0) return `nothing was watched: ${whyNothing(program, env)}`
  if (meant.length === 0 && !program.isNode)
    return `only ${named.join(', ')} was watched, for ${time}: it started no Node.js program with the guard. Run: leakguard run APP.js`
  const many = processes === 1 ? '' : ` (${count(processes)} processes)`
  const still =
    living > 0 && Number.isFinite(living) ? `; ${living} process${living === 1 ? ' is' : 'es are'} still running` : ''
  return `watched ${(meant.length > 0 ? meant : named).join(', ')}${many} for ${time}: ${report.summary()}${still}`
}

/** @param {import('../program.js').Program} program @param {Record<string, string | undefined>} env */
function whyNothing({ file, isNode }, env) {
  if (/^(?:1|true)$/.test(env.LEAKGUARD_DISABLE ?? ''))
    return 'LEAKGUARD_DISABLE is set. Run: LEAKGUARD_DISABLE= leakguard run …'
  if (isNode) return 'the guard did not start in the program. Run: leakguard doctor'
  return `${path.basename(file)} started no Node.js program with the guard. Run: leakguard run APP.js`
}

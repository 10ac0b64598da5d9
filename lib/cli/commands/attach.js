// @ts-check
// `leakguard attach`: three heaps of a running process, compared, by its guard; of one that has none by Node's inspector, if
// that is allowed.

'use strict'

const path = require('node:path')
const { readEnvironment } = require('../../guard/environment.js')
const { readOutputs } = require('../../base/outputs.js')
const { printable } = require('../../base/text.js')
const { Asking } = require('../attach/ask.js')
const { enter } = require('../attach/inspector.js')
const { examine, pidOf, programOf, refused } = require('../attach/target.js')
const { painter, paintReport } = require('../colour.js')
const { UsageError } = require('../errors.js')
const { writeOutput } = require('../output.js')
const { checkArguments } = require('../snapshots.js')
const { startSteps } = require('../steps.js')

/** A heap now, and two more. */
const GAPS_MS = [0, 10_000, 10_000]
const INTERRUPTED = 130

/** @typedef {import('../main.js').Io} Io */
/** @typedef {import('../attach/target.js').Target} Target */

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Compare heaps of a running process, and report what it leaks',
  positionals: 'PID',
  options: {
    compare: {
      type: 'string',
      value: 'TIMES',
      help: 'Take a heap after each of these times, such as 20s,20s,20s (default: now, after 10 s and after 20 s)'
    },
    inspector: {
      type: 'boolean',
      help: "Without a guard in the process: load leakguard through Node's inspector, which SIGUSR1 starts for a moment"
    },
    json: { type: 'boolean', help: 'Print the report as JSON on stdout' },
    output: {
      type: 'string',
      value: 'FILE',
      short: 'o',
      help: 'Write the report to FILE (mode 0600): JSON, HTML, SARIF or Markdown by its ending, else text'
    },
    verbose: { type: 'boolean', help: 'Tell each step on stderr, where that is no terminal' }
  },
  async run({ options, positionals }, io) {
    checkArguments('attach', positionals, ['PID'])
    const pid = pidOf(positionals[0])
    if (pid === undefined)
      throw new UsageError(`PID must be the number of a process, got ${printable(positionals[0])}`, 'attach')
    const gapsMs = gapsOf(options.compare)
    const output = outputOf(options.output)
    const target = examine(pid)
    const steps = startSteps(io.stderr, 'leakguard attach', { verbose: options.verbose === true })
    const asking = new Asking(target, steps)
    const interrupt = () => asking.stop()
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', interrupt)
    try {
      const report = await ask(asking, target, gapsMs, options.inspector === true)
      asking.end()
      await tell(report, output, options.json === true, io)
      io.stderr.write(`leakguard attach: ${printable(`${programOf(target)}: ${report.summary()}`)}\n`)
      if (asking.isStopped()) return INTERRUPTED
      return report.verdict === 'leaking' ? 1 : 0
    } finally {
      asking.end()
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
    }
  }
}

/** @param {unknown} text @returns {number[]} */
function gapsOf(text) {
  if (text === undefined) return GAPS_MS
  const { settings, problems } = readEnvironment({ LEAKGUARD_COMPARE: String(text) })
  if (problems.length > 0 || text === '')
    throw new UsageError(`--compare ${problems[0]?.why ?? 'needs times'}`, 'attach')
  // Who attaches suspects something.
  return settings.compare ?? GAPS_MS
}

/** @param {unknown} text */
function outputOf(text) {
  if (text === undefined) return
  /** @type {string[]} */
  const wrong = []
  const [output] = readOutputs(String(text), (why) => wrong.push(why))
  if (output?.file !== undefined && wrong.length === 0) return output
  throw new UsageError(`--output ${wrong[0] ?? 'needs a file'}`, 'attach')
}

/** @param {InstanceType<typeof Asking>} asking @param {Target} target @param {number[]} gapsMs @param {boolean} mayInspect @returns {Promise<import('../../../index.js').LeakReport>} */
async function ask(asking, target, gapsMs, mayInspect) {
  const { pid, hasAddon, isSeen } = target
  if (hasAddon === false && !mayInspect)
    throw refused(
      `process ${pid} has no guard: start it with node --import leakguard/register, or allow Node's inspector for a moment: leakguard attach ${pid} --inspector`
    )
  asking.begin(gapsMs)
  if (hasAddon !== false) asking.steps.step('asking the guard')
  if (hasAddon === false || !(await asking.isTaken())) {
    if (!mayInspect)
      throw refused(
        `process ${pid} has not answered: no guard runs in its main thread, or its event loop is busy. To load leakguard into it: leakguard attach ${pid} --inspector`
      )
    if (!isSeen) throw refused(`--inspector needs /proc, which ${process.platform} does not have`)
    await enter(target, (step) => asking.steps.step(step))
  }
  return require('../../../index.js').LeakReport.from(await asking.report())
}

/** @param {import('../../../index.js').LeakReport} report @param {import('../../base/outputs.js').Output | undefined} output @param {boolean} isJson @param {Io} io */
async function tell(report, output, isJson, io) {
  if (isJson) io.stdout.write(report.render('json'))
  else if (!output) {
    const text = report.render('text', { columns: io.stdout.columns })
    io.stdout.write(`${paintReport(text, painter(io.stdout, io.env))}\n`)
  }
  if (!output) return
  const file = String(output.file)
  const text = report.render(/** @type {any} */ (output.format))
  const written = await writeOutput(file, text.endsWith('\n') ? text : `${text}\n`)
  io.stderr.write(`wrote ${path.relative('', written) || written}\n`)
}

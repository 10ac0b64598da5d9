// @ts-check
// `leakguard suite`: the tests there are, each run again and again, must not leave more each time. The exit code is the
// runner's; a leak turns 0 into 1.

'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { messageOf } = require('../../base/entry.js')
const { printable } = require('../../base/text.js')
const { PRELOAD } = require('../../suite/begin.js')
const { Known } = require('../../suite/known.js')
const { merged } = require('../../suite/merge.js')
const { FOLDER, TIMES, readParts } = require('../../suite/parts.js')
const { toTable } = require('../../suite/table.js')
const { painter, paintReport } = require('../colour.js')
const { CommandError, UsageError } = require('../errors.js')
const { launch } = require('../launch.js')
const { BY_ENDING, writeOutput } = require('../output.js')
const { isStarter, programOf } = require('../program.js')
const { withVersions } = require('../versions/version.js')

const BUDGET = { least: 1.1, most: 1000 }
/** What has a runner never end, or run tests elsewhere, and what to do about it. @type {[RegExp, string][]} */
const REFUSED = [
  [/^--watch(?:All)?(?:=true)?$/, 'watch mode never ends, so there is no end to report at: run the suite once'],
  [/^--browser(?:[=.]|$)/, 'tests in a browser run outside of Node.js, where nothing can be measured: leave them out']
]

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Run a test suite, repeat its tests, and report what they leave more of each time',
  positionals: '-- RUNNER [ARGUMENTS]',
  isLauncher: true,
  options: {
    budget: { type: 'string', value: 'N', help: 'The suite is to take no more than N times as long (default 2.5)' },
    base: { type: 'string', value: 'REF', help: 'Run the suite of this commit too, and fail for new leaks alone' },
    baseline: { type: 'string', value: 'FILE', help: 'A file of known leaks, which do not fail' },
    'update-baseline': { type: 'boolean', help: 'Add what leaks to the baseline' },
    report: {
      type: 'string',
      value: 'FILES',
      help: `Write the report too: FILES, separated by commas, end with ${Object.keys(BY_ENDING).join(', ')}`
    },
    github: { type: 'boolean', help: 'Annotate lines for GitHub Actions, and write the summary of the job' },
    json: { type: 'boolean', help: "Print the report as JSON on stdout; the runner's output goes to stderr" }
  },
  async run({ options, nodeArgs = [], positionals }, io) {
    const times = checked(options, positionals)
    const files = options.report === undefined ? [] : filesOf(String(options.report))
    const program = programOf(nodeArgs, positionals, io.env)
    const before = options.base === undefined ? [] : await leaksOf(String(options.base), program, times, io)
    const known = knownOf(options.baseline === undefined ? undefined : String(options.baseline), before)
    const stdio = options.json ? /** @type {const} */ (['inherit', 2, 2]) : /** @type {const} */ ('inherit')
    const { ended, parts } = await runSuite(program, times, io.env, { stdio: /** @type {any} */ (stdio) })
    if (parts.length === 0) {
      io.stderr.write(`leakguard suite: ${printable(whyNothing(positionals[0], io.env))}\n`)
      return codeOf(ended) || (isOff(io.env) ? 0 : 2)
    }
    const all = merged(parts).leaks.map(({ finding }) => finding)
    if (options['update-baseline']) known.accept(all)
    const suite = merged(parts, (finding) => known.has(finding))
    io.stderr.write(`\n${paintReport(toTable(suite), painter(io.stderr, io.env))}\n`)
    if (options.base !== undefined)
      io.stderr.write(`${compared(String(options.base), before, suite, known.fixed(all))}\n`)
    if (suite.leaks.length > 0) io.stderr.write(`\n${paintReport(String(suite.report), painter(io.stderr, io.env))}\n`)
    for (const file of files) io.stderr.write(`wrote ${await writeOutput(file, rendered(suite, file))}\n`)
    if (options.json) io.stdout.write(`${JSON.stringify(asJson(suite), null, 2)}\n`)
    if (options.github) annotate(suite.report, io)
    return codeOf(ended) || (suite.leaks.length > 0 ? 1 : 0)
  }
}

/** @param {NodeJS.ProcessEnv} env */
const isOff = ({ LEAKGUARD_DISABLE: value = '' }) => /^(?:1|true)$/.test(value)

/** What is wrong with the arguments is said before anything runs. @param {Record<string, unknown>} options @param {string[]} words @returns {number} the budget */
function checked(options, words) {
  if (words.length === 0) throw new UsageError('the test runner is missing: leakguard suite -- npx vitest run', 'suite')
  for (const word of words)
    for (const [pattern, why] of REFUSED) if (pattern.test(word)) throw new UsageError(`${word}: ${why}`, 'suite')
  const vitest = words.findIndex((word) => /(?:^|[\\/])vitest(?:\.mjs)?$/.test(word))
  if (vitest >= 0 && /^(?:watch|dev)$/.test(words[vitest + 1] ?? ''))
    throw new UsageError(`vitest ${words[vitest + 1]}: ${REFUSED[0][1]}: vitest run`, 'suite')
  if (options['update-baseline'] && options.baseline === undefined)
    throw new UsageError('--update-baseline needs --baseline FILE', 'suite')
  const times = options.budget === undefined ? 0 : Number(options.budget)
  if (options.budget !== undefined && !(times >= BUDGET.least && times <= BUDGET.most))
    throw new UsageError(
      `--budget must be a number from ${BUDGET.least} to ${BUDGET.most}, got ${printable(String(options.budget))}`,
      'suite'
    )
  return times
}

/** @param {string} text @returns {string[]} */
function filesOf(text) {
  const files = text.split(',').filter(Boolean)
  for (const file of files)
    if (!Object.hasOwn(BY_ENDING, path.extname(file).toLowerCase()))
      throw new UsageError(
        `--report: the extension of ${printable(file)} is none of ${Object.keys(BY_ENDING).join(', ')}`,
        'suite'
      )
  if (files.length === 0) throw new UsageError('--report needs a file', 'suite')
  return files
}

/** @param {string | undefined} file @param {import('../../../index.js').Finding[]} before */
function knownOf(file, before) {
  try {
    return new Known(file, before)
  } catch (error) {
    throw new CommandError(printable(messageOf(error)), 2)
  }
}

/**
 * @param {import('../program.js').Program} program @param {number} times @param {Record<string, string | undefined>} env
 * @param {Parameters<typeof launch>[2]} how
 */
async function runSuite(program, times, env, how) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-suite-'))
  try {
    const NODE_OPTIONS = [PRELOAD, env.NODE_OPTIONS].filter(Boolean).join(' ')
    const budget = times > 0 ? { [TIMES]: String(times) } : {}
    const ended = await launch(program, /** @type {any} */ ({ ...env, ...budget, [FOLDER]: folder, NODE_OPTIONS }), how)
    return { ended, parts: readParts(folder) }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** Leaks of another commit's suite. @param {string} ref @param {import('../program.js').Program} program @param {number} times @param {import('../main.js').Io} io */
function leaksOf(ref, program, times, io) {
  io.stderr.write(`leakguard suite: the suite of ${printable(ref)} first\n`)
  // What is copied there is a file that is the same in both.
  const here = path.resolve('package.json')
  if (!fs.existsSync(here))
    throw new UsageError('--base: there is no package.json here: run it in the folder of a package', 'suite')
  return withVersions(here, async (versions) => {
    const { op } = await versions.ofCommit(ref)
    const { parts } = await runSuite(program, times, io.env, {
      cwd: path.dirname(op),
      stdio: ['ignore', 'ignore', 'ignore']
    })
    if (parts.length === 0)
      throw new CommandError(`--base: no test of ${printable(ref)} was heard of: does its suite run?`, 2)
    return merged(parts).leaks.map(({ finding }) => finding)
  })
}

/** @param {string} ref @param {unknown[]} before @param {import('../../suite/merge.js').Suite} suite @param {import('../../../index.js').Finding[]} fixed */
function compared(ref, before, suite, fixed) {
  const lines = [
    `Compared with ${printable(ref)}: ${before.length} there, ${suite.leaks.length} new, ${fixed.length} not seen any more.`
  ]
  for (const { message } of fixed) lines.push(`  not seen any more: ${printable(message)}`)
  return lines.join('\n')
}

/** @param {import('../../suite/merge.js').Suite} suite */
function asJson({ report, runners, tests, repeated, spentMs, skipped, leaks }) {
  const found = leaks.map(({ finding: { fingerprint }, tests: some }) => ({ fingerprint, tests: some }))
  return { ...report.toJSON(), suite: { runners, tests, repeated, spentMs, skipped, leaks: found } }
}

/** @param {import('../../suite/merge.js').Suite} suite @param {string} file */
function rendered(suite, file) {
  const format = BY_ENDING[path.extname(file).toLowerCase()]
  if (format === 'json') return `${JSON.stringify(asJson(suite), null, 2)}\n`
  return suite.report.render(/** @type {any} */ (format), { root: process.cwd() })
}

/** @param {import('../../../index.js').LeakReport} report @param {import('../main.js').Io} io */
function annotate(report, io) {
  io.stdout.write(report.render('github'))
  if (io.env.GITHUB_STEP_SUMMARY) fs.appendFileSync(io.env.GITHUB_STEP_SUMMARY, report.render('markdown'))
}

/** @param {import('../launch.js').Ended} ended */
const codeOf = ({ code, signal }) => (signal ? 128 + (os.constants.signals[signal] ?? 0) : (code ?? 1))

/** @param {string} word @param {Record<string, string | undefined>} env */
function whyNothing(word, env) {
  if (/^(?:1|true)$/.test(env.LEAKGUARD_DISABLE ?? '')) return 'nothing was repeated: LEAKGUARD_DISABLE is set'
  const ran = isStarter(word) ? 'no test' : `no test of ${path.basename(word)}`
  return `${ran} was heard of: it runs Vitest, Jest (jest-circus), Mocha and node:test, with a Node.js that takes NODE_OPTIONS`
}

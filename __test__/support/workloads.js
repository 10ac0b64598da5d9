'use strict'
// @ts-check
// Knows how to run one workload in a process of its own, and what is wrong with the report it ends with.
// Must not know which workloads there are.

const fs = require('node:fs')
const path = require('node:path')
const { fork } = require('node:child_process')

const runner = path.join(__dirname, '../workloads/run.js')
const timeoutMs = 60_000

/**
 * @typedef {object} Leak what a leaky workload exports besides `run`
 * @property {string} kind
 * @property {string} [name] of the culprit
 * @property {string} [file] where the marked line is, when not in the workload itself
 * @property {string} [alsoLeaks] text of another line that leaks
 * @property {boolean} [mayBePossible] the finding may be a sign, not a proof
 * @property {string} [mayBeUndecided] of a clean one: why the verdict may be undecided
 *
 * @typedef {{ verdict: string, findings: any[], undecided: string[] }} Report
 * @typedef {{ report: Report, text: string, early: string[], recording?: string }} Outcome `recording`: where the addon keeps one
 */

/**
 * @param {string} file @param {string} [node] @param {NodeJS.ProcessEnv} [more] of the environment
 * @returns {Promise<Outcome>}
 */
function runWorkload(file, node = process.execPath, more = {}) {
  return new Promise((resolve, reject) => {
    // What a test runner around us sets is none of the workload's business.
    const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...others } = process.env
    const env = { ...others, ...more }
    const child = fork(runner, [file], { execPath: node, execArgv: [], env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    /** @type {Outcome | undefined} */
    let outcome
    child.on('message', (message) => (outcome = /** @type {Outcome} */ (message)))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (outcome) resolve(outcome)
      else
        reject(new Error(`${path.basename(file)} ended with ${signal ?? code} and no report\n${output.slice(-2000)}`))
    })
  })
}

/**
 * What a clean workload's outcome comes to. Who was accused on the way was accused.
 * @param {Outcome} outcome @param {Partial<Leak>} workload @returns {import('./live.js').Outcome}
 */
function judgeClean({ report, text, early }, workload) {
  if (report.findings.length > 0) return { verdict: 'leaking', wrong: `a finding where nothing leaks\n${text}` }
  if (early.length > 0)
    return { verdict: 'leaking', wrong: `a finding on the way, where nothing leaks, at ${early[0]}` }
  const { verdict } = report
  return { verdict, wrong: verdict !== 'clean' && !workload.mayBeUndecided ? `${verdict}\n${text}` : '' }
}

/**
 * What a leaky workload's outcome comes to. Accusing an innocent line beside is no less wrong for being undecided.
 * @param {string} file @param {Outcome} outcome @param {Leak} leak @returns {import('./live.js').Outcome}
 */
function judgeLeaky(file, { report, text }, leak) {
  const innocent = report.findings.find((finding) => finding.culprit.file && !isGuilty(finding, leak))
  if (innocent) {
    const { file: accused, line } = innocent.culprit
    return { verdict: 'leaking', wrong: `an innocent line is accused: ${accused}:${line}\n${text}` }
  }
  return { verdict: report.verdict, wrong: missing(file, report, leak, text) }
}

/** @param {string} file @param {Report} report @param {Leak} leak @param {string} text */
function missing(file, report, leak, text) {
  const right = report.findings.filter((finding) => isRight(file, finding, leak))
  if (right.length === 0) return `no ${leak.kind} at the marked line\n${text}`
  if (leak.mayBePossible) return ''
  if (right.every(({ confidence }) => confidence === 'possible')) return `only possible\n${text}`
  return report.verdict === 'leaking' ? '' : `the verdict is ${report.verdict}\n${text}`
}

/** @param {string} file @param {any} finding @param {Leak} leak */
function isRight(file, { kind, culprit, evidence }, leak) {
  if (kind !== leak.kind || (leak.name && culprit.name !== leak.name)) return false
  if (kind === 'buffer' || kind === 'heap') return evidence.length > 0
  const source = leak.file ? path.resolve(path.dirname(file), leak.file) : file
  return culprit.file === source && linesWith(source, '// leaks').includes(culprit.line)
}

/** @param {any} finding @param {Leak} leak */
function isGuilty({ culprit }, leak) {
  const texts = ['// leaks', '// also leaks', ...(leak.alsoLeaks ? [leak.alsoLeaks] : [])]
  return texts.some((text) => linesWith(culprit.file, text).includes(culprit.line))
}

/** Numbers of the lines that have a text in them. @param {string} file @param {string} text */
function linesWith(file, text) {
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []))
}

module.exports = { linesWith, runWorkload, judgeClean, judgeLeaky }

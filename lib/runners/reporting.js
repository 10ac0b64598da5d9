// @ts-check
// LEAKGUARD_OUTPUT in test runners: what fails a test is also told in the forms that a CI reads. Test files run in processes
// of their own, at the same time: a file that is there is added to, under a lock. Knows no runner. Never fails a test by
// itself.
'use strict'

const fs = require('node:fs')
const { locked } = require('../base/locked.js')
const { placeOf } = require('../base/output-place.js')
const { outputsText, readOutputs } = require('../base/outputs.js')
const { say } = require('../base/say.js')
const { writeAsideSync } = require('../base/write-aside.js')
const { rendered } = require('../report/files.js')
const { joined } = require('../report/joined.js')
const { LeakReport } = require('../report/leak-report.js')
const { toGithub } = require('../report/step.js')
const { toldShort } = require('./failure-text.js')

/** @typedef {import('../..').LeakReport} Report */
/** @typedef {import('../base/outputs.js').Output} Output */

/** Findings that this process has told. @type {Set<string>} */
const told = new Set()

/** @param {string} why */
const warn = (why) => process.emitWarning(why, 'LeakguardWarning')

/**
 * Where to, once this process runs tests. What these start is no part of the run: a guard there would write over it, so that
 * the variable goes, and the processes of the runner have another one.
 * @returns {Output[]}
 */
function takeOutputs() {
  const { env } = process
  // Loaded where it is asked for.
  const { strangers } = require('../guard/environment.js')
  /** @type {string[]} */
  const problems = strangers(env).map(({ name, why }) => `${name} ${why}`)
  const text = env.LEAKGUARD_OUTPUT?.trim() || env.LEAKGUARD_RUNNER_OUTPUT?.trim()
  const outputs = readOutputs(text ?? '', (why) => problems.push(`LEAKGUARD_OUTPUT ${why}`))
  if (problems.length > 0) warn(problems.join('; '))
  if (text) env.LEAKGUARD_RUNNER_OUTPUT = outputsText(outputs)
  if (env.LEAKGUARD_OUTPUT) delete env.LEAKGUARD_OUTPUT
  return outputs
}

const outputs = takeOutputs()

/** The report inside of a page. @param {string} html */
const dataOf = (html) => /<script type="application\/json" id="report">(.*)<\/script>/.exec(html)?.[1] ?? ''

/** What SARIF has of a report, as far as it is needed to add to it. @param {string} before @param {Report} report */
function mergedSarif(before, report) {
  const log = JSON.parse(report.render('sarif'))
  const [run, old] = [log.runs[0], JSON.parse(before).runs[0]]
  const key = (/** @type {any} */ result) => JSON.stringify(result.partialFingerprints)
  const known = new Set(old.results.map(key))
  run.results = [...old.results, ...run.results.filter((/** @type {any} */ result) => !known.has(key(result)))]
  /** @type {Map<string, any>} */
  const rules = new Map([...old.tool.driver.rules, ...run.tool.driver.rules].map((rule) => [rule.id, rule]))
  run.tool.driver.rules = [...rules.values()]
  const ids = [...rules.keys()]
  for (const result of run.results) result.ruleIndex = ids.indexOf(result.ruleId)
  return `${JSON.stringify(log, null, 2)}\n`
}

/** @param {string} format @param {string} before what the file holds @param {Report} report */
function added(format, before, report) {
  if (before === '') return rendered(report, format)
  if (format === 'json') return joined(LeakReport.from(before), report).render('json')
  if (format === 'html') return joined(LeakReport.from(dataOf(before)), report).render('html')
  if (format === 'sarif') return mergedSarif(before, report)
  return `${before.trimEnd()}\n\n${rendered(report, format)}`
}

/** @param {string} file */
function readOr(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

/** What an assertion rejects with is told too, and is as short as what matchers say. @template T @param {Promise<T>} asserted @returns {Promise<T>} */
async function telling(asserted) {
  try {
    return await asserted
  } catch (error) {
    const { code, report } = /** @type {any} */ (error)
    if (code === 'ERR_LEAKGUARD_LEAK') tell(report)
    throw toldShort(error)
  }
}

/** Tells a failing report where LEAKGUARD_OUTPUT says. @param {Report} report @returns {Report} the same */
function tell(report) {
  if (outputs.length === 0) return report
  const findings = report.findings.filter(({ fingerprint }) => !told.has(fingerprint))
  if (findings.length === 0) return report
  for (const { fingerprint } of findings) told.add(fingerprint)
  const { verdict, undecided, examined, allowed } = report
  const news = new LeakReport({ verdict, findings, undecided, examined, allowed }, () => report.details)
  for (const output of outputs) {
    try {
      tellTo(output, news)
    } catch (error) {
      warn(`LEAKGUARD_OUTPUT: ${/** @type {Error} */ (error).message}`)
    }
  }
  return report
}

/** @param {Output} output @param {Report} news */
function tellTo({ format, file }, news) {
  if (format === 'stderr') return say(`${news}\n`)
  if (file === undefined) return toGithub(news)
  // What is no file has nothing to add to.
  if (placeOf(file).kind === 'stream') return writeAsideSync(file, rendered(news, format))
  locked(file, () => writeAsideSync(file, added(format, readOr(file), news)))
}

module.exports = { tell, telling }

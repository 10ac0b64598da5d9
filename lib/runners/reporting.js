// @ts-check
// LEAKGUARD_REPORT: what fails a test is also told in the forms that a CI reads. Test files run in processes of their
// own, at the same time: a file that is there is added to, under a lock. Knows no runner. Never fails a test by itself.
'use strict'

const fs = require('node:fs')
const { LeakReport } = require('../report/leak-report.js')
const { placeOf } = require('../base/output-place.js')
const { writeAsideSync } = require('../base/write-aside.js')

/** Another process writes; one that died leaves its lock. Pauses are counted: a test may have a clock of its own. */
const LOCK_PAUSE_MS = 20
const LOCK_PAUSES_MAX = 250

/** @typedef {import('../..').LeakReport} Report */

/** Findings that this process has told. @type {Set<string>} */
const told = new Set()

/** What is wrong with the variable is said once. */
let hasComplained = false

/** @param {string} text */
function targetsOf(text) {
  /** @type {string[]} */
  const problems = []
  // Loaded where it is asked for.
  const targets = require('../guard/environment.js').reportTargets(text, (why) => problems.push(why))
  if (problems.length > 0 && !hasComplained) warn(problems.join('; '))
  hasComplained ||= problems.length > 0
  return targets
}

/** @param {string} why */
const warn = (why) => process.emitWarning(`LEAKGUARD_REPORT: ${why}`, 'LeakguardWarning')

/** @template T @param {string} file @param {() => T} work @returns {T} */
function locked(file, work) {
  const lock = `${file}.lock`
  for (let pauses = 0; ; pauses++) {
    try {
      fs.closeSync(fs.openSync(lock, 'wx', 0o600))
      break
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    }
    if (pauses % LOCK_PAUSES_MAX === LOCK_PAUSES_MAX - 1) fs.rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS)
  }
  try {
    return work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

/** Two reports as one: what both found stands once. @param {Report} before @param {Report} report */
function merged(before, report) {
  const isNew = (/** @type {import('../..').Finding} */ { fingerprint }) =>
    before.findings.every((finding) => finding.fingerprint !== fingerprint)
  const findings = [...before.findings, ...report.findings.filter(isNew)]
  const isLeaking = [before, report].some(({ verdict }) => verdict === 'leaking')
  return new LeakReport({
    verdict: isLeaking ? 'leaking' : report.verdict,
    findings,
    undecided: once([...before.undecided, ...report.undecided]),
    examined: once([...before.examined, ...report.examined]),
    allowed: before.allowed + report.allowed
  })
}

/** Lines that say the same are one. @template {{ text: string }} T @param {T[]} lines */
const once = (lines) => [...new Map(lines.map((line) => [line.text, line])).values()]

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
  const whole = /** @type {import('../..').ReportFormat} */ (format)
  if (before === '') return report.render(whole)
  if (format === 'json') return merged(LeakReport.from(before), report).render('json')
  if (format === 'html') return merged(LeakReport.from(dataOf(before)), report).render('html')
  if (format === 'sarif') return mergedSarif(before, report)
  return `${before.trimEnd()}\n\n${report.render(whole)}\n`
}

/** @param {string} file */
function readOr(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

/** What an assertion rejects with is told too. @template T @param {Promise<T>} asserted @returns {Promise<T>} */
async function telling(asserted) {
  try {
    return await asserted
  } catch (error) {
    const { code, report } = /** @type {any} */ (error)
    if (code === 'ERR_LEAKGUARD_LEAK') tell(report)
    throw error
  }
}

/** Tells a failing report where LEAKGUARD_REPORT says. @param {Report} report @returns {Report} the same */
function tell(report) {
  const wanted = process.env.LEAKGUARD_REPORT
  if (!wanted) return report
  const findings = report.findings.filter(({ fingerprint }) => !told.has(fingerprint))
  if (findings.length === 0) return report
  for (const { fingerprint } of findings) told.add(fingerprint)
  const { verdict, undecided, examined, allowed } = report
  const news = new LeakReport({ verdict, findings, undecided, examined, allowed }, () => report.details)
  for (const target of targetsOf(wanted)) {
    try {
      tellTo(target, news)
    } catch (error) {
      warn(/** @type {Error} */ (error).message)
    }
  }
  return report
}

/** @param {{ format: string, file: string }} target @param {Report} news */
function tellTo({ format, file }, news) {
  if (format !== 'github') {
    // What is no file has nothing to add to.
    if (placeOf(file).kind === 'stream') return writeAsideSync(file, added(format, '', news))
    return locked(file, () => writeAsideSync(file, added(format, readOr(file), news)))
  }
  fs.writeSync(1, `\n${news.render('github')}`)
  if (process.env.GITHUB_STEP_SUMMARY) fs.appendFileSync(process.env.GITHUB_STEP_SUMMARY, news.render('markdown'))
}

module.exports = { tell, telling }

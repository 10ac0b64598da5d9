// @ts-check
// What a failing test shows, in each runner the same: the headline, then each finding as short as it can be, its path from the
// program's own module on; the rest by LEAKGUARD_VERBOSE=1. Knows reports, no runner.
'use strict'

const { LeakError } = require('../base/errors.js')
const { isOn } = require('../base/options.js')
const { LeakReport } = require('../report/leak-report.js')

const LINES_MAX = 25
/** The headline, an empty line, and the line that tells of the rest. */
const AROUND = 3
/** The last lines of a finding say what to do, and its fingerprint. */
const LAST = 2
const OF_OTHERS = /(?:^|[\\/])node_modules[\\/]|^(?:node|wasm|https?):/

/** @typedef {import('../..').LeakReport} Report */
/** @typedef {import('../..').Finding} Finding */

/** Runners take lines that begin with `at` for those of a stack. @param {string} text */
const withoutStack = (text) => text.replace(/^( +)at /gm, '$1at: ')

/** The path from the first step that stands in a file of the program's own. @param {Finding['retainerPath']} steps */
function ownPath(steps) {
  const first = steps?.findIndex(({ file }) => file !== undefined && !OF_OTHERS.test(file)) ?? -1
  return first > 0 ? steps?.slice(first) : steps
}

/** What is said of one finding, its number included. @param {Finding} finding @param {number} at @param {boolean} source whether with code */
function linesOf(finding, at, source) {
  const told = { ...finding, evidence: [], retainerPath: ownPath(finding.retainerPath) }
  const report = new LeakReport({ verdict: 'leaking', findings: [told] })
  const [, ...parts] = report.render('text', { header: false, source }).split('\n\n')
  return parts
    .join('\n')
    .split('\n')
    .filter(Boolean)
    .map((line, i) => (i === 0 ? line.replace(/^1/, String(at + 1)) : line))
}

/** @param {string[]} lines @param {number} room */
function cut(lines, room) {
  if (lines.length <= room) return lines
  if (room < LAST + 3) return lines.slice(0, 1)
  return [...lines.slice(0, room - LAST - 1), '     …', ...lines.slice(-LAST)]
}

/**
 * As many lines as there is room for: all of the first findings, of the others what they are; and code where that leaves some.
 * @param {readonly Finding[]} findings @param {number} room
 */
function fitting(findings, room) {
  const told = findings.slice(0, room).map((finding, at) => linesOf(finding, at, false))
  let spare = room - told.reduce((sum, { length }) => sum + length, 0)
  for (const [at, plain] of told.entries()) {
    if (spare <= 0) break
    const shown = linesOf(findings[at], at, true)
    // A finding is not shown in part for the sake of code.
    if (shown.length - plain.length > spare) continue
    told[at] = shown
    spare -= shown.length - plain.length
  }
  /** @type {string[]} */
  const lines = []
  for (const [at, one] of told.entries()) {
    const others = told.length - at - 1
    const left = room - lines.length
    if (left < 1) break
    lines.push(...cut(one, Math.max(1, left - others)))
  }
  return lines
}

/** @param {Report} report */
function failureText(report) {
  const whole = String(report)
  if (isOn('LEAKGUARD_VERBOSE')) return withoutStack(whole)
  const all = whole.split('\n').filter(Boolean)
  const fits = wholeIfItFits(report, all.length)
  if (fits) return withoutStack(fits)
  const { findings, undecided } = report
  const [headline] = all
  const open = undecided.map(({ text }) => `  - ${text}`)
  const shown = findings.length > 0 ? fitting(findings, LINES_MAX - AROUND) : ['Not decided yet:', ...open]
  const lines = shown.slice(0, LINES_MAX - AROUND)
  return withoutStack([headline, '', ...lines, ...moreText(all.length - 1 - lines.length)].join('\n').trimEnd())
}

/** @param {number} rest lines that are not shown */
const moreText = (rest) => (rest > 0 ? [`… ${rest} more ${rest === 1 ? 'line' : 'lines'}: LEAKGUARD_VERBOSE=1`] : [])

/** All but the way to the own module, where that is short. @param {Report} report @param {number} count of all lines */
function wholeIfItFits({ verdict, findings, undecided, examined, allowed }, count) {
  const own = findings.map((finding) => ({ ...finding, retainerPath: ownPath(finding.retainerPath) }))
  const lines = new LeakReport({ verdict, findings: own, undecided, examined, allowed })
    .render('text', { header: false })
    .split('\n')
  const more = moreText(count - lines.filter(Boolean).length)
  return lines.length + more.length <= LINES_MAX ? [...lines, ...more].join('\n') : undefined
}

/** An error of an assertion, with that text. @param {unknown} error */
function toldShort(error) {
  const { code, report, message, stack } = /** @type {any} */ (error)
  if (code !== 'ERR_LEAKGUARD_LEAK') return error
  const short = new LeakError(report)
  short.message = failureText(report)
  const frames =
    typeof stack === 'string' && stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : ''
  short.stack = `${short.name}: ${short.message}${frames}`
  return short
}

module.exports = { failureText, toldShort }

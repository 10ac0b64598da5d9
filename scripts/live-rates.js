'use strict'
// @ts-check
// How often the live tests were right, wrong and undecided: rates with their bounds, from the lines that
// __test__/support/live.js appends to .cache/live.jsonl. Must not know what a live test does.
//
//   node scripts/live-rates.js            prints them
//   node scripts/live-rates.js --record   also adds them to bench/record/ under the date and this machine
//   … [--since YYYY-MM-DD] [--commit HASH] [--node MAJOR] [FILE]

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { clopperPearson } = require('../bench/lib/rates.js')
const { root, say } = require('./lib/exec.js')

const DEFAULT_FILE = '.cache/live.jsonl'

/**
 * @typedef {{ date: string, commit: string, node: string, load: number, cores: number, kind: string, name: string,
 *   verdict: string, expected: string, isRight: boolean, tries: number, ms: number }} Line
 * @typedef {'right' | 'wrong' | 'undecided'} Outcome
 */

/** @param {Line} line @returns {Outcome} */
function outcomeOf({ verdict, isRight }) {
  if (isRight) return 'right'
  return verdict === 'undecided' ? 'undecided' : 'wrong'
}

/** Lines of a record; what was cut off by a crash is left out. @param {string} text @returns {Line[]} */
function parse(text) {
  return text.split('\n').flatMap((line) => {
    try {
      return line ? [JSON.parse(line)] : []
    } catch {
      return []
    }
  })
}

/** @param {number} rate */
const percent = (rate) => `${(rate * 100).toFixed(rate > 0 && rate < 0.001 ? 2 : 1)} %`

/** @param {number} seen @param {number} all */
function rate(seen, all) {
  const { low, high } = clopperPearson(seen, all)
  return `${seen} (${percent(seen / all)}; ${percent(low)} to ${percent(high)})`
}

/**
 * A table in Markdown. First tries only make the rates: a later one is of a case that was not decided at first, so it
 * says nothing of the others. Failures of the surroundings (verdict `error`) are counted beside.
 * @param {Line[]} lines
 */
function summary(lines) {
  const first = lines.filter(({ tries, verdict }) => tries === 1 && verdict !== 'error')
  const groups = [...new Set(first.map(groupOf))].sort()
  const rows = groups.map((group) =>
    row(
      group,
      first.filter((line) => groupOf(line) === group)
    )
  )
  if (groups.length > 1) rows.push(row('all |', first))
  const table = ['| kind | expected | n | right | wrong | undecided |', '|---|---|---|---|---|---|', ...rows]
  const later = lines.filter(({ tries }) => tries > 1)
  const errors = lines.filter(({ verdict }) => verdict === 'error')
  const wrong = lines.filter((line) => outcomeOf(line) === 'wrong' && line.verdict !== 'error')
  return [
    ...table,
    '',
    'Rates of first tries with their 95 % bounds (Clopper and Pearson).',
    `Tries after an undecided one: ${later.length}, ${later.filter(({ isRight }) => isRight).length} of them right. Ended without a verdict: ${errors.length}.`,
    ...countedNames('Wrong', wrong),
    ...countedNames(
      'Undecided',
      lines.filter((line) => outcomeOf(line) === 'undecided')
    )
  ].join('\n')
}

/** @param {Line} line */
const groupOf = ({ kind, expected }) => `${kind} | ${expected}`

/** @param {string} group @param {Line[]} lines */
function row(group, lines) {
  const count = (/** @type {Outcome} */ wanted) => lines.filter((line) => outcomeOf(line) === wanted).length
  const rates = /** @type {Outcome[]} */ (['right', 'wrong', 'undecided']).map((outcome) =>
    rate(count(outcome), lines.length)
  )
  return `| ${group} | ${lines.length} | ${rates.join(' | ')} |`
}

/** @param {string} word @param {Line[]} lines */
function countedNames(word, lines) {
  if (lines.length === 0) return []
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { kind, name } of lines) counts.set(`${kind} '${name}'`, (counts.get(`${kind} '${name}'`) ?? 0) + 1)
  const names = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => (count > 1 ? `${name} ${count} times` : name))
  return [`${word}: ${names.join(', ')}.`]
}

/** What the lines were measured on. @param {Line[]} lines */
function circumstances(lines) {
  const loads = lines.map(({ load }) => load).sort((a, b) => a - b)
  const distinct = (/** @type {(line: Line) => string} */ of) => [...new Set(lines.map(of))].sort().join(', ')
  return [
    `${lines.length} measurements from ${lines[0].date.slice(0, 10)} to ${lines[lines.length - 1].date.slice(0, 10)},`,
    `commits ${distinct(({ commit }) => commit || 'unknown')}, Node ${distinct(({ node }) => node)},`,
    `load average ${loads[0]} to ${loads[loads.length - 1]} (median ${loads[loads.length >> 1]}) on ${distinct(({ cores }) => String(cores))} cores.`
  ].join('\n')
}

/** Adds a section to today's record of this machine. @param {string} text */
function addToRecord(text) {
  const today = new Date().toISOString().slice(0, 10)
  const name = `${today}-${process.platform}-${process.arch}-${os.cpus().length}-cores.md`
  const file = path.join(root, 'bench/record', name)
  if (!fs.existsSync(file))
    fs.writeFileSync(file, `# ${today}, ${process.platform} ${process.arch}, ${os.cpus().length} cores\n`)
  fs.appendFileSync(file, `\n## Live tests\n\n${text}\n`)
  say(`added to bench/record/${name}`)
}

function main() {
  const { values, positionals } = parseArgs({
    options: {
      record: { type: 'boolean' },
      since: { type: 'string' },
      commit: { type: 'string' },
      node: { type: 'string' }
    },
    allowPositionals: true
  })
  const file = path.resolve(root, positionals[0] ?? DEFAULT_FILE)
  const all = fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : []
  const lines = all
    .filter(({ date }) => !values.since || date >= values.since)
    .filter(({ commit }) => !values.commit || commit.startsWith(values.commit.slice(0, 12)))
    .filter(({ node }) => !values.node || node.startsWith(`v${values.node}.`))
    .sort((a, b) => (a.date < b.date ? -1 : 1))
  if (lines.length === 0) {
    say(`no measurement in ${path.relative(root, file)}: the live tests write them`)
    process.exitCode = 1
    return
  }
  const text = `${circumstances(lines)}\n\n${summary(lines)}`
  say(text)
  if (values.record) addToRecord(text)
}

main()

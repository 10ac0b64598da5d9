// @ts-check
// `leakguard fleet`: one view of the reports and profiles of many processes.

'use strict'

const { fleetOf } = require('../../fleet/fleet.js')
const { newestOfEach, processesOf } = require('../../fleet/processes.js')
const { amount, reportOf, sinceText } = require('../../fleet/report.js')
const { shownName, sourcesOf } = require('../../fleet/sources.js')
const { count, printable } = require('../../base/text.js')
const { CommandError, UsageError } = require('../errors.js')
const { htmlOption, writeHtml } = require('../output.js')
const { table } = require('../text.js')

/** Of what could not be read, so many are named. */
const NAMED_MAX = 5

/** @typedef {{ name: string, why: string, isNamed: boolean }} Unread */

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Show the leaks of many processes as one: in how many of them, since which version',
  positionals: 'DIR|FILE|URL...',
  options: {
    json: { type: 'boolean', help: 'Print JSON on stdout' },
    ...htmlOption,
    all: { type: 'boolean', help: 'Also show what is found in no more processes than chance explains' }
  },
  async run({ options, positionals }, io) {
    if (positionals.length === 0) throw new UsageError('DIR|FILE|URL is missing', 'fleet')
    const { processes, unread } = await read(positionals)
    if (processes.length === 0)
      throw new CommandError(
        `nothing can be read of ${positionals.map((name) => printable(shownName(name))).join(', ')}${because(unread)}`,
        2
      )
    const fleet = fleetOf(newestOfEach(processes))
    const rows = options.all ? [...fleet.rows, ...fleet.rare] : fleet.rows
    const shown = options.json ? json(fleet, unread) : text(fleet, rows, io.stdout.columns)
    io.stdout.write(shown)
    warn(unread, io)
    await writeHtml(options.html, /** @type {any} */ (reportOf(fleet, rows)), io)
    return fleet.rows.length > 0 ? 1 : 0
  }
}

/** @param {readonly string[]} names */
async function read(names) {
  /** @type {import('../../fleet/processes.js').Process[]} */
  const processes = []
  /** @type {Unread[]} */
  const unread = []
  try {
    for await (const source of sourcesOf(names)) {
      const { name, isNamed, why } = source
      if (why !== undefined) {
        unread.push({ name, why, isNamed })
        continue
      }
      try {
        processes.push(...(await processesOf(source)))
      } catch (error) {
        unread.push({ name, why: /** @type {Error} */ (error).message, isNamed })
      }
    }
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    if (typeof code !== 'string') throw error
    throw new CommandError(printable(message), 2)
  }
  return { processes, unread }
}

/** @param {readonly Unread[]} unread */
const because = (unread) => (unread.length > 0 ? `: ${printable(`${unread[0].name}: ${unread[0].why}`)}` : '')

/** What was not read is told: those that were named, each; of a folder's, how many. @param {readonly Unread[]} unread @param {import('../main.js').Io} io */
function warn(unread, io) {
  for (const { name, why } of unread.slice(0, NAMED_MAX))
    io.stderr.write(`leakguard: ${printable(`${name}: ${why}`)}\n`)
  if (unread.length > NAMED_MAX) io.stderr.write(`leakguard: ${unread.length - NAMED_MAX} more could not be read\n`)
}

/** @param {import('../../fleet/fleet.js').Fleet} fleet @param {readonly Unread[]} unread */
function json({ processes, services, rows, rare }, unread) {
  const plain = (/** @type {import('../../fleet/fleet.js').Row} */ { finding, ...row }) => ({
    ...row,
    message: finding.message,
    advice: finding.advice
  })
  const all = { schemaVersion: 1, processes, services, leaks: rows.map(plain), rare: rare.map(plain), unread }
  return `${JSON.stringify(all, null, 2)}\n`
}

/** @param {import('../../fleet/fleet.js').Fleet} fleet @param {readonly import('../../fleet/fleet.js').Row[]} rows @param {number} [columns] */
function text({ services, rows: told, rare }, rows, columns) {
  const heads = services.map(({ name, processes: of, versions }) => {
    const span =
      versions.length > 1
        ? `${versions.length} versions, ${versions[0].version} to ${versions.at(-1)?.version}`
        : (versions[0]?.version ?? 'version unknown')
    return `${printable(name)}: ${count(of)} ${of === 1 ? 'process' : 'processes'}, ${printable(span)}\n`
  })
  const lines = rows.map((row) => [
    row.fingerprint,
    `${count(row.processes)} of ${count(row.of)}`,
    printable(sinceText(row)),
    row.perHour === undefined ? amount(row.total, row.unit) : `${amount(row.perHour, row.unit)}/h`,
    row.confidence,
    printable(whatOf(row))
  ])
  const leaks = told.length === 0 ? 'No leaks.' : `${count(told.length)} ${told.length === 1 ? 'leak' : 'leaks'}:`
  const head = ['fingerprint', 'processes', 'since', 'grows', 'confidence', 'what']
  const left = rare.filter((row) => !rows.includes(row)).length
  return [
    heads.join(''),
    `\n${leaks}\n`,
    rows.length > 0 ? `\n${table(head, lines, columns)}` : '',
    left > 0
      ? `\n${count(left)} more ${left === 1 ? 'is' : 'are'} found in no more processes than chance explains: --all shows them.\n`
      : ''
  ].join('')
}

/** What grows, at which line, in what. @param {import('../../fleet/fleet.js').Row} row */
function whatOf({ kind, culprit, holder }) {
  const { name, file, line } = culprit
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`
  const held = holder && holder !== name ? `, held by ${holder}` : ''
  return `${kind}${name === undefined ? '' : ` '${name}'`}${place}${held}`
}

// @ts-check
// The check of each test file, or of each test: what they leave behind becomes a report. Knows the steps of a run, not
// the runner; an adapter calls them.
'use strict'

const path = require('node:path')
const { addon } = require('../base/addon.js')
const { Baseline, allowedText, checkRules } = require('../findings/allow.js')
const { LeakError, given, invalidArg } = require('../base/errors.js')
const { noted, worded } = require('../findings/findings.js')
const { LeakReport } = require('../report/leak-report.js')
const { examined } = require('../report/lines.js')
const { isOn, readOptions } = require('../base/options.js')
const { framesOf } = require('../findings/source-map.js')
const { leftOf, watchFor } = require('../watch/watch.js')
const { Leftovers } = require('./left.js')
const { failureText } = require('./failure-text.js')
const { tell } = require('./reporting.js')

const RULES = Object.freeze({
  allow: { type: /** @type {const} */ ('any'), default: Object.freeze([]) },
  baseline: { type: /** @type {const} */ ('string'), default: undefined }
})

/** @typedef {import('./left.js').Owner} Owner */
/** @typedef {'file' | 'test'} Mode */

/** Who called the tests says nothing of them. */
const RUNNER = /[\\/]node_modules[\\/](?:@?jest\b|@?vitest\b|mocha\b|expect\b|tinypool\b)/

/** @param {string} line of a call site's key */
const isRunners = (line) => RUNNER.test(line.split('\t')[1] ?? '')

/** Frames of the tests' own. @param {string} site */
const ownFramesOf = (site) =>
  framesOf(
    site
      .split('\n')
      .filter((line) => !isRunners(line))
      .join('\n')
  )

class Each {
  /** @param {unknown} mode @param {unknown} options @param {{ where?: string, blamesLoading?: boolean }} [how] `blamesLoading`: what is left when a file was loaded outlives it */
  constructor(mode, options, { where = 'checkEach', blamesLoading = false } = {}) {
    if (mode !== 'file' && mode !== 'test')
      throw invalidArg(
        `${where}: mode must be 'file' or 'test', not ${typeof mode === 'string' ? `'${mode}'` : given(mode)}`
      )
    const { allow, baseline } = readOptions(where, RULES, options)
    this.mode = /** @type {Mode} */ (mode)
    this.rules = checkRules(where, allow)
    this.baseline = baseline === undefined ? undefined : Baseline.read(baseline)
    this.blamesLoading = blamesLoading
    this.isOff = isOn('LEAKGUARD_DISABLE')
    /** Tests that run at the same time cannot be told apart. */
    this.together = 0
    this.leftovers = new Leftovers(addon())
  }

  start() {
    if (!this.isOff) this.leftovers.start()
  }

  /** @param {Owner | undefined} owner */
  belongTo(owner) {
    this.leftovers.belongTo(owner)
    watchFor(owner?.name)
  }

  /** @param {Owner} owner */
  testStarts(owner) {
    this.belongTo(owner)
  }

  /** After the hooks of a test. @param {Owner} owner @returns {Promise<InstanceType<typeof LeakError> | undefined>} */
  async testEnds(owner) {
    this.belongTo(undefined)
    if (this.isOff || this.mode !== 'test') return
    return this.judge(
      `test '${owner.name}'`,
      (other) => other === owner,
      (name) => name === owner.name
    )
  }

  /** After the last hook of a file. @param {string} [file] where several share a program: the one whose tests have ended @returns {Promise<InstanceType<typeof LeakError> | undefined>} */
  async fileEnds(file) {
    this.belongTo(undefined)
    if (this.isOff) return
    const isOf = (/** @type {Owner | undefined} */ owner) =>
      owner === undefined ? this.blamesLoading : file === undefined || owner.file === file
    return this.judge(file ? path.relative('', file) : 'this file', isOf, () => true)
  }

  stop() {
    this.leftovers.stop()
    watchFor(undefined)
  }

  /**
   * @param {string} what @param {(owner: Owner | undefined) => boolean} isOwner
   * @param {(name: string | undefined) => boolean} isWatchedBy
   */
  async judge(what, isOwner, isWatchedBy) {
    const left = await this.leftovers.left(
      ({ owner, kind, site }) =>
        isOwner(owner) && (owner !== undefined || kind !== 'listener') && !isRunners(site.split('\n', 1)[0])
    )
    const watched = [...(await leftOf(isWatchedBy)), ...(await this.leftovers.lives.left(isOwner))]
    if (left.length === 0 && watched.length === 0) return
    const found = [...this.told(left), ...watched.map(({ finding, owners }) => withOwners(finding, owners))]
    const findings = found.filter(
      (finding) => !this.rules.some((rule) => rule.matches(finding)) && !this.baseline?.has(finding)
    )
    if (this.baseline && isOn('LEAKGUARD_UPDATE_BASELINE')) {
      this.baseline.add(findings)
      return
    }
    if (findings.length === 0) return
    const seen = `what ${what} left behind: listeners, timers, handles, descriptors, watched objects and life cycles`
    const told = new Set(findings)
    const known = found.filter((finding) => !told.has(finding))
    const lines = [examined('left', seen), ...(known.length > 0 ? [examined('allowed', allowedText(known))] : [])]
    return failure(new LeakReport({ verdict: 'leaking', findings, examined: lines, allowed: known.length }))
  }

  /** One finding for all of a kind that come from one line. @param {import('./left.js').Left[]} left */
  told(left) {
    /** @type {Map<string, import('./left.js').Left[]>} */
    const groups = new Map()
    const lineOf = (/** @type {import('./left.js').Left} */ { site }) => site.split('\n', 1)[0]
    // What is open brings listeners of Node's own along: a worker's output is piped to the program's.
    const open = new Set(left.filter(({ kind }) => kind === 'handle').map(lineOf))
    for (const record of left) {
      if (record.kind === 'listener' && open.has(lineOf(record))) continue
      const key = `${record.kind}\n${record.label}\n${lineOf(record)}`
      groups.set(key, [...(groups.get(key) ?? []), record])
    }
    const all = [...groups.values()].map((group) => ({ ...group[0], group }))
    // A stream that was left open is its descriptor too, and a socket its listeners.
    return all.map(({ kind, label, site, group }) => {
      const owners = [...new Set(group.flatMap(({ owner }) => owner?.name ?? []))]
      const facts = JSON.parse(addon().leftFinding(kind, label, group.length, owners))
      return worded({ ...facts, sites: [{ frames: ownFramesOf(site), count: group.length }] })
    })
  }
}

/** An error whose stack is the line to look at, instead of ours, which says nothing. @param {import('../..').LeakReport} report */
function failure(report) {
  const error = new LeakError(tell(report))
  error.message = failureText(report)
  const {
    file,
    line,
    column,
    function: name = '<anonymous>'
  } = report.findings.find(({ culprit }) => culprit.file)?.culprit ?? {}
  error.stack = `${error.name}: ${error.message}${file ? `\n    at ${name} (${file}:${line}:${column ?? 1})` : ''}`
  return error
}

/** @param {import('../..').Finding} finding @param {string[]} owners */
function withOwners(finding, owners) {
  return noted(finding, ...owners.filter(Boolean).map((test) => ({ type: 'watchedBy', test })))
}

/** The mode that the environment asks for, if it does. @returns {Mode | undefined} */
function modeOfEnvironment() {
  const wanted = process.env.LEAKGUARD_CHECK
  if (wanted === undefined || wanted === '' || wanted === '0') return
  if (wanted === 'file' || wanted === 'test') return wanted
  throw invalidArg(`LEAKGUARD_CHECK must be 'file' or 'test', not '${wanted}'`)
}

/** @typedef {InstanceType<typeof Each>} EachLike */

module.exports = { Each, failure, modeOfEnvironment }

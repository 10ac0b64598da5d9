// @ts-check
// What a team has decided to accept: small rules that compose, and a file of known fingerprints. Knows findings only.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { LeakguardError, given, invalidArg } = require('../base/errors.js')
const { writeAsideSync } = require('../base/write-aside.js')

const kRule = Symbol.for('leakguard.allow')
const FINGERPRINT = /^[0-9a-f]{16}$/

/** @typedef {import('../..').Finding} Finding */
/** @typedef {{ label: string, matches: (finding: Finding) => boolean }} Rule */

/** @param {string} label @param {(finding: Finding) => boolean} matches @returns {Rule} */
function rule(label, matches) {
  return Object.freeze({ label, matches, [kRule]: true })
}

/** @param {string} where @param {unknown} value */
function checkName(where, value) {
  if (typeof value !== 'string' || value === '')
    throw invalidArg(`${where} must be a non-empty string, got ${value === '' ? "''" : given(value)}`)
  return value
}

/** A rule for findings of a kind, of one name or all. @param {string} method @param {Finding['kind']} kind @param {unknown} name */
function byName(method, kind, name) {
  if (name === undefined) return rule(method, (finding) => finding.kind === kind)
  const wanted = checkName(`allow.${method}: name`, name)
  return rule(`${method} '${wanted}'`, (finding) => finding.kind === kind && finding.culprit.name === wanted)
}

/** Files that a finding names, with forward slashes. @param {Finding} finding */
function filesOf({ culprit, retainerPath = [] }) {
  return [culprit.file, ...retainerPath.map(({ file }) => file)]
    .filter((file) => file !== undefined)
    .map((file) => file.split(path.sep).join('/'))
}

/** See `allow` in index.d.ts. */
const allow = Object.freeze({
  listeners: (/** @type {unknown} */ event) => byName('listeners', 'listener', event),
  timers: (/** @type {unknown} */ name) => byName('timers', 'timer', name),
  handles: (/** @type {unknown} */ type) => byName('handles', 'handle', type),
  fingerprint(/** @type {unknown} */ fingerprint) {
    if (typeof fingerprint !== 'string' || !FINGERPRINT.test(fingerprint))
      throw invalidArg('allow.fingerprint: fingerprint must be the 16 hexadecimal digits that a finding shows')
    return rule(`fingerprint ${fingerprint}`, (finding) => finding.fingerprint === fingerprint)
  },
  /** Where the culprit is, or where it is held when there is none. */
  file(/** @type {unknown} */ pattern) {
    if (typeof pattern !== 'string' && Object.prototype.toString.call(pattern) !== '[object RegExp]')
      throw invalidArg(`allow.file: pattern must be a RegExp or a part of a path, not ${given(pattern)}`)
    // It would be part of every path.
    if (pattern === '') throw invalidArg('allow.file: pattern must be a part of a path, not an empty one')
    const fits = (/** @type {string} */ file) =>
      typeof pattern === 'string' ? file.includes(pattern) : /** @type {RegExp} */ (pattern).exec(file) !== null
    return rule(`file ${String(pattern)}`, (finding) => {
      const files = finding.culprit.file ? filesOf({ ...finding, retainerPath: [] }) : filesOf(finding)
      return files.some((file) => {
        if (typeof pattern !== 'string') /** @type {RegExp} */ (pattern).lastIndex = 0
        return fits(file)
      })
    })
  }
})

/** @param {string} where @param {unknown} rules @returns {Rule[]} */
function checkRules(where, rules) {
  if (!Array.isArray(rules)) throw invalidArg(`${where}: option 'allow' must be an array of rules, not ${given(rules)}`)
  for (const one of rules) {
    if (!one?.[kRule])
      throw invalidArg(
        `${where}: option 'allow' must hold rules made by allow.listeners(…) and the like, not ${given(one)}`
      )
  }
  return rules
}

/** Findings that are named one by one where some are allowed. */
const NAMED_MAX = 3

/** What was allowed, in a line. @param {readonly Finding[]} findings */
function allowedText(findings) {
  const names = findings.slice(0, NAMED_MAX).map(({ kind, culprit: { name }, fingerprint }) => {
    return `${[kind, name && `'${name}'`].filter(Boolean).join(' ')} (${fingerprint})`
  })
  const rest = findings.length - names.length
  const more = rest > 0 ? ` and ${rest} more` : ''
  return `${findings.length} known finding${findings.length === 1 ? '' : 's'} allowed: ${names.join(', ')}${more}`
}

/** Where `leakguard baseline` is told which files are read, and what of them is found. */
const SEEN = 'LEAKGUARD_BASELINE_SEEN'

/** Known leaks of a team, one entry each. */
class Baseline {
  /** @param {string} file @param {Map<string, object>} known */
  constructor(file, known) {
    this.file = file
    this.known = known
    /** What was told to be found. @type {Set<string>} */
    this.told = new Set()
    this.tell('')
  }

  /** Who has asked hears what is found, once. @param {string} fingerprint */
  tell(fingerprint) {
    const seen = process.env[SEEN]
    if (!seen || this.told.has(fingerprint)) return
    this.told.add(fingerprint)
    try {
      fs.appendFileSync(seen, `${JSON.stringify([this.file, fingerprint])}\n`)
    } catch {
      // Nobody asks any more.
    }
  }

  /** @param {string} name */
  static read(name) {
    const file = path.resolve(name)
    if (!fs.existsSync(file)) return new Baseline(file, new Map())
    const wrong = (/** @type {string} */ what, /** @type {unknown} */ cause) =>
      new LeakguardError('ERR_LEAKGUARD_BASELINE', `${file}: ${what}`, { cause })
    let content
    try {
      content = JSON.parse(fs.readFileSync(file, 'utf8'))
    } catch (cause) {
      throw wrong('is not JSON', cause)
    }
    if (content?.version !== 1 || !Array.isArray(content.known))
      throw wrong('expected { "version": 1, "known": [ { "fingerprint", … } ] }', undefined)
    for (const [i, entry] of content.known.entries()) {
      if (!FINGERPRINT.test(entry?.fingerprint))
        throw wrong(`known[${i}].fingerprint is not 16 hexadecimal digits`, undefined)
    }
    return new Baseline(file, new Map(content.known.map((/** @type {any} */ entry) => [entry.fingerprint, entry])))
  }

  /** @param {Finding} finding */
  has({ fingerprint }) {
    if (!this.known.has(fingerprint)) return false
    this.tell(fingerprint)
    return true
  }

  /** Takes entries out and writes the file. @param {string[]} fingerprints */
  remove(fingerprints) {
    for (const fingerprint of fingerprints) this.known.delete(fingerprint)
    this.write()
  }

  /** Adds findings and writes the file: it is meant to be committed. @param {Finding[]} findings */
  add(findings) {
    for (const { fingerprint, kind, culprit } of findings) {
      const file = culprit.file && path.relative(path.dirname(this.file), culprit.file).split(path.sep).join('/')
      this.known.set(fingerprint, {
        fingerprint,
        kind,
        ...(culprit.name ? { name: culprit.name } : {}),
        ...(file ? { file } : {})
      })
    }
    this.write()
  }

  write() {
    const known = [...this.known.values()].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    writeAsideSync(this.file, `${JSON.stringify({ version: 1, known }, null, 2)}\n`, 0o666)
  }
}

/** @typedef {InstanceType<typeof Baseline>} BaselineLike */

module.exports = { Baseline, SEEN, allow, allowedText, checkRules }

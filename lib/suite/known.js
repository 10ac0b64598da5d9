// @ts-check
// Which leaks of a suite are none of today's: those of a baseline, and those that another version has too. Knows findings.
'use strict'

const path = require('node:path')
const { Baseline } = require('../findings/allow.js')

/** @typedef {import('../..').Finding} Finding */

/** A change moves lines, and its files are in another folder. @param {Finding} one @param {Finding} other */
function isSameLeak(one, other) {
  if (one.fingerprint === other.fingerprint) return true
  const [a, b] = [one.culprit, other.culprit]
  const isNamed = one.kind === other.kind && a.name !== undefined && a.name === b.name
  return isNamed && path.basename(a.file ?? '') === path.basename(b.file ?? '')
}

class Known {
  /** @param {string | undefined} file of a baseline @param {Finding[]} [before] leaks of another version */
  constructor(file, before = []) {
    this.baseline = file === undefined ? undefined : Baseline.read(file)
    this.before = before
  }

  /** @param {Finding} finding */
  has(finding) {
    return (this.baseline?.has(finding) ?? false) || this.before.some((one) => isSameLeak(one, finding))
  }

  /** Accepts these from now on. @param {Finding[]} findings */
  accept(findings) {
    this.baseline?.add(findings)
  }

  /** Leaks of the other version that are gone. @param {Finding[]} findings @returns {Finding[]} */
  fixed(findings) {
    return this.before.filter((one) => !findings.some((finding) => isSameLeak(one, finding)))
  }
}

module.exports = { Known }

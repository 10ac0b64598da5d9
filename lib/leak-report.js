// @ts-check
// The one value everywhere: a verdict and its findings. Knows how to print itself, not where it comes from.
'use strict'

const { toJson } = require('./report/json.js')
const { toText } = require('./report/text.js')

class LeakReport {
  /** @param {{ verdict: import('..').Verdict, findings: import('..').Finding[], undecided?: string[], looked?: string[], allowed?: number }} parts */
  constructor({ verdict, findings, undecided = [], looked = [], allowed = 0 }) {
    this.schemaVersion = /** @type {const} */ (1)
    this.verdict = verdict
    this.findings = findings
    this.undecided = undecided
    this.looked = looked
    this.allowed = allowed
  }

  toString() {
    return toText(this)
  }

  toJSON() {
    return toJson(this)
  }
}

/** @typedef {InstanceType<typeof LeakReport>} LeakReportLike */

module.exports = { LeakReport }

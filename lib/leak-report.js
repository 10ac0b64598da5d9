// @ts-check
// The one value everywhere: a verdict and its findings. Knows how to print itself, not where it comes from.
'use strict'

const { toJson } = require('./report/json.js')
const { toText } = require('./report/text.js')

class LeakReport {
  /** @param {{ verdict: import('..').Verdict, findings: import('..').Finding[], undecided?: string[], looked?: string[], uptimeMs?: number }} parts */
  constructor({ verdict, findings, undecided = [], looked = [] }) {
    this.schemaVersion = /** @type {const} */ (1)
    this.verdict = verdict
    this.findings = findings
    this.undecided = undecided
    this.looked = looked
  }

  toString() {
    return toText(this)
  }

  toJSON() {
    return toJson(this)
  }
}

module.exports = { LeakReport }

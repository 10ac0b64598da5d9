// @ts-check
// The one value everywhere: a verdict and its findings. Knows how to print itself and to be read back, not where it comes from.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { toJson } = require('./format/json.js')
const { headline, toText } = require('./format/text.js')
const { readReport } = require('./read.js')

/** What a report may be rendered as; each is loaded when it is asked for. @type {Record<string, (report: any, options: any) => string>} */
const FORMATS = {
  text: (report, options) => toText(report, options),
  json: (report) => `${JSON.stringify(toJson(report), null, 2)}\n`,
  html: (report) => require('./format/html.js').toHtml(toJson(report), toText(report)),
  sarif: (report, options) => `${JSON.stringify(require('./format/sarif.js').toSarif(report, options), null, 2)}\n`,
  github: (report, options) => require('./format/github.js').toAnnotations(report, options),
  markdown: (report, options) => require('./format/github.js').toMarkdown(report, options)
}

/** @typedef {NonNullable<import('../..').LeakReport['details']>} Details */
/** What a report of a trend has besides. @typedef {Partial<Omit<import('../..').TrendReport, keyof import('../..').LeakReport>>} OfTrend */

class LeakReport {
  #details
  /** @type {{ found: Details | undefined } | undefined} */
  #found

  /**
   * @param {{ verdict: import('../..').Verdict, findings: import('../..').Finding[], undecided?: import('../..').Undecided[], examined?: import('../..').Examined[], allowed?: number, ofTrend?: OfTrend }} parts
   * @param {() => Details | undefined} [details] asked for once, when they are wanted
   */
  constructor({ verdict, findings, undecided = [], examined = [], allowed = 0, ofTrend }, details = () => undefined) {
    this.schemaVersion = /** @type {const} */ (2)
    this.verdict = verdict
    this.findings = findings
    this.undecided = undecided
    this.examined = examined
    this.allowed = allowed
    if (ofTrend) Object.assign(this, ofTrend)
    this.#details = details
  }

  /** See index.d.ts. @param {unknown} json @returns {LeakReport} */
  static from(json) {
    const { parts, details } = readReport(json)
    return new LeakReport(parts, () => details)
  }

  get details() {
    this.#found ??= { found: known(this.#details()) }
    return this.#found.found
  }

  /** The verdict, how many findings, and what the first one says. */
  summary() {
    const { verdict, findings, undecided } = this
    const said = findings[0]?.message ?? (verdict === 'undecided' ? undecided[0]?.text : undefined)
    return `${headline(this)}${said ? `: ${said}` : ''}`.replace(/\s+/g, ' ')
  }

  toString() {
    return toText(this)
  }

  toJSON() {
    return toJson(this)
  }

  /** @param {unknown} format @param {any} [options] */
  render(format, options = {}) {
    if (typeof format !== 'string' || !Object.hasOwn(FORMATS, format)) {
      const what = typeof format === 'string' ? `'${format}'` : given(format)
      throw invalidArg(`render: format must be one of ${Object.keys(FORMATS).join(', ')}, not ${what}`)
    }
    return FORMATS[format](this, options)
  }
}

/** Lists that have something; nothing where none has. @param {Details | undefined} details @returns {Details | undefined} */
function known(details) {
  const full = Object.entries(details ?? {}).filter(([, some]) => some && (!Array.isArray(some) || some.length > 0))
  return full.length > 0 ? Object.fromEntries(full) : undefined
}

/** @typedef {InstanceType<typeof LeakReport>} LeakReportLike */

module.exports = { LeakReport }

// @ts-check
// The one value everywhere: a verdict and its findings. Knows how to print itself, not where it comes from.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { toJson } = require('./format/json.js')
const { toText } = require('./format/text.js')
const { writeAside } = require('../base/write-aside.js')

/** What a report may be rendered as; each is loaded when it is asked for. @type {Record<string, (report: any, options: any) => string>} */
const FORMATS = {
  text: (report, options) => toText(report, options),
  json: (report) => `${JSON.stringify(toJson(report), null, 2)}\n`,
  html: (report) => require('./format/html.js').toHtml(toJson(report), toText(report)),
  sarif: (report, options) => `${JSON.stringify(require('./format/sarif.js').toSarif(report, options), null, 2)}\n`,
  github: (report, options) => require('./format/github.js').toAnnotations(report, options),
  markdown: (report, options) => require('./format/github.js').toMarkdown(report, options)
}

class LeakReport {
  #details
  /** @type {{ series?: import('../..').ReportSeries[], counts?: import('../..').ReportCount[], owners?: import('../..').ReportOwner[], lifecycles?: import('../..').LifeCycle[] } | undefined} */
  #found

  /**
   * @param {{ verdict: import('../..').Verdict, findings: import('../..').Finding[], undecided?: string[], looked?: string[], allowed?: number }} parts
   * @param {() => { series?: import('../..').ReportSeries[], counts?: import('../..').ReportCount[], owners?: import('../..').ReportOwner[], lifecycles?: import('../..').LifeCycle[] }} [details] asked for once, when the first of them is wanted
   */
  constructor({ verdict, findings, undecided = [], looked = [], allowed = 0 }, details = () => ({})) {
    this.schemaVersion = /** @type {const} */ (1)
    this.verdict = verdict
    this.findings = findings
    this.undecided = undecided
    this.looked = looked
    this.allowed = allowed
    this.#details = details
  }

  #detail() {
    this.#found ??= this.#details()
    return this.#found
  }

  get series() {
    return this.#detail().series
  }

  get counts() {
    return this.#detail().counts
  }

  get lifecycles() {
    return this.#detail().lifecycles
  }

  get owners() {
    return this.#detail().owners
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

  /** @param {unknown} target */
  async writeHtml(target) {
    if (typeof target !== 'string' || target === '')
      throw invalidArg(`writeHtml: path must be a string, not ${given(target)}`)
    return writeAside(target, this.render('html'))
  }
}

/** @typedef {InstanceType<typeof LeakReport>} LeakReportLike */

module.exports = { LeakReport }

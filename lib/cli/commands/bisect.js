// @ts-check
// `leakguard bisect`: the first commit, or the first version of a dependency or of Node, with a leak, or without it.

'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { isSameLeak } = require('../../report/compared.js')
const { UsageError } = require('../errors.js')
const { bisect, walk } = require('../versions/bisect.js')
const { budgetOf, budgetOption } = require('../versions/budget.js')
const { rangeOf } = require('../versions/range.js')
const { measureVersion, withVersions } = require('../versions/version.js')
const { writeAside } = require('../../base/write-aside.js')

/** @typedef {import('../versions/bisect.js').Answer} Answer */

/** Windows has none. */
const uidOf = () => process.getuid?.() ?? 0

/** What was measured before a break; the owner's only. */
class Answers {
  /** @param {string[]} names what is bisected */
  constructor(names) {
    const key = createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16)
    this.file = path.join(os.tmpdir(), `leakguard-bisect-${uidOf()}-${key}.json`)
    const { answers = [], wanted } = this.read()
    /** @type {Map<string, Answer>} */
    this.known = new Map(answers)
    /** The leaks of the end that leaks. @type {readonly import('../../../index.js').Finding[] | undefined} */
    this.wanted = wanted
  }

  /** @returns {any} */
  read() {
    try {
      const { uid, mode } = fs.lstatSync(this.file)
      if (uid !== uidOf() || (mode & 0o077) !== 0) return {}
      return JSON.parse(fs.readFileSync(this.file, 'utf8'))
    } catch {
      return {} // nothing was measured before
    }
  }

  /** @param {string} version @param {import('../../report/leak-report.js').LeakReportLike} report */
  async add(version, { verdict, findings }) {
    this.wanted ??= findings
    const wanted = this.wanted
    const isWanted = findings.some((finding) => wanted.some((one) => isSameLeak(one, finding)))
    const answer = verdict === 'leaking' && isWanted ? 'leaks' : verdict === 'undecided' ? 'unknown' : 'clean'
    this.known.set(version, answer)
    await writeAside(this.file, JSON.stringify({ answers: [...this.known], wanted: this.wanted }))
    return answer
  }

  end() {
    fs.rmSync(this.file, { force: true })
  }
}

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Find the first commit, or the first version of a package, that leaks, or that no longer does',
  positionals: '-- OP.js',
  options: {
    good: { type: 'string', value: 'REF', help: 'A commit, name@version or node@version that does not leak' },
    bad: { type: 'string', value: 'REF', help: 'One that does; before or after --good' },
    all: { type: 'boolean', help: 'Measure each version, and say wherever that changes' },
    json: { type: 'boolean', help: 'Print the answer as JSON on stdout' },
    ...budgetOption
  },
  async run({ options, positionals }, io) {
    const { good, bad } = options
    if (typeof good !== 'string' || typeof bad !== 'string')
      throw new UsageError('--good and --bad are needed', 'bisect')
    if (positionals.length !== 1) throw new UsageError('bisect takes the operation after --: -- OP.js', 'bisect')
    const budgetMs = budgetOf('bisect', options)
    return withVersions(positionals[0], async (versions) => {
      const { versions: range, isForward } = await rangeOf(good, bad, path.dirname(versions.op))
      const text = fs.readFileSync(versions.op, 'utf8')
      const answers = new Answers([versions.op, text, range[0], range[range.length - 1], String(budgetMs)])
      const ask = async (/** @type {string} */ name) => {
        const known = answers.known.get(name)
        if (known) return known
        const version = await versions.ready(name)
        const report = await measureVersion(version, budgetMs)
        versions.done(version)
        return answers.add(name, report)
      }
      // What is looked for is what that one leaks.
      await ask(range[isForward ? range.length - 1 : 0])
      const toldWith =
        (/** @type {string} */ what) =>
        (/** @type {string} */ name, /** @type {Answer} */ answer, /** @type {number} */ left) =>
          void io.stderr.write(
            `${name} ${answer === 'unknown' ? 'cannot be told' : answer}; ${left} more ${left === 1 ? 'is' : 'are'} ${what}\n`
          )
      const print = (/** @type {object} */ found, /** @type {string} */ text) =>
        io.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : text}\n`)
      if (options.all) {
        const found = await walk(range, ask, toldWith('left'))
        answers.end()
        print(found, walked(found))
        return found.changes.length === 1 ? 0 : 1
      }
      const found = await bisect(range, ask, toldWith('possible'))
      answers.end()
      print(found, found.why ?? said(found))
      return found.why ? 1 : 0
    })
  }
}

/** @param {Answer | undefined} answer */
const does = (answer) => (answer === 'leaks' ? 'leaks' : 'no longer leaks')

/** @param {Awaited<ReturnType<typeof walk>>} found */
function walked({ changes, skipped, isMonotone }) {
  const lines = changes.map(({ first, before, answer }) => `${first} ${does(answer)}; ${before} is the last before it`)
  if (changes.length === 0) lines.push('all that could be told are alike: there is no first version that differs')
  if (!isMonotone) lines.unshift('the range is not monotone: the leak comes and goes')
  if (skipped.length > 0) lines.push(`could not be told: ${skipped.join(', ')}`)
  return lines.join('\n')
}

/** @param {Awaited<ReturnType<typeof bisect>>} found */
function said({ first, before, answer, skipped }) {
  const what = does(answer)
  const unsure = skipped.length > 0 ? `, or one of ${skipped.join(', ')}, which could not be told` : ''
  return `${first} is the first that ${what}${unsure}; ${before} is the last before it`
}

// @ts-check
// `leakguard demo`: a leaky server and its mended twin under the same load, and what the guard in each has to say.
// Knows how to tell it; running the servers is demo/observe.js' work.

'use strict'

const path = require('node:path')
const { LeakReport } = require('../../../index.js')
const { painter, paintReport } = require('../colour.js')
const { observe } = require('../demo/observe.js')
const { named, planted } = require('../demo/planted.js')
const { UsageError } = require('../errors.js')
const { htmlOption, writeHtml } = require('../output.js')
const { startProgress } = require('../progress.js')

/** @typedef {import('../main.js').Io} Io */
/** @typedef {import('../demo/observe.js').Observation} Observation */

const examples = path.join(__dirname, '../../../examples')
const secondsDefault = 8
const secondsMax = 3600

/** @type {import('../main.js').Command} */
module.exports = {
  summary: 'Run a leaky HTTP server under load, and name the line of each leak',
  options: {
    seconds: { type: 'string', value: 'N', help: `Load for each of the two servers (default ${secondsDefault})` },
    json: { type: 'boolean', help: 'Print both reports as JSON on stdout' },
    ...htmlOption
  },
  async run({ options }, io) {
    const seconds = readSeconds(options.seconds)
    return options.json ? runJson(seconds, options.html, io) : runText(seconds, options.html, io)
  }
}

/** @param {unknown} text */
function readSeconds(text) {
  if (text === undefined) return secondsDefault
  const seconds = Number(text)
  if (seconds >= 1 && seconds <= secondsMax) return seconds
  throw new UsageError(`--seconds must be a number from 1 to ${secondsMax}, got ${text}`, 'demo')
}

/** @param {number} seconds @param {unknown} html @param {Io} io */
async function runJson(seconds, html, io) {
  const leaky = await observeExample('leaky-server', seconds, io)
  const fixed = await observeExample('fixed-server', seconds, io)
  const leaks = named(leaky.json)
  const ok = isLeakyRight(leaky) && isFixedRight(fixed)
  const output = { ok, seconds, planted: leaks, leaky: machineReadable(leaky), fixed: machineReadable(fixed) }
  io.stdout.write(`${JSON.stringify(output, null, 2)}\n`)
  await writeHtml(html, LeakReport.from(leaky.json), io)
  return ok ? 0 : 1
}

/** @param {Observation} observation */
function machineReadable({ requests, failures, json }) {
  return { requests, failures: failures.length, report: json }
}

/** @param {number} seconds @param {unknown} html @param {Io} io */
async function runText(seconds, html, io) {
  const paint = painter(io.stdout, io.env)
  const say = (/** @type {string} */ text) => io.stdout.write(`${text}\n`)

  say(`A small HTTP server with ${planted.length} leaks runs under load for ${seconds} s, then its guard reports.`)
  say('Then the same server runs with the leaks fixed. Compare the two in examples/.\n')

  const leaky = await observeExample('leaky-server', seconds, io)
  say(paint('bold', `leaky-server, after ${count(leaky.requests)} requests`))
  say(paintReport(leaky.text, paint))
  say(summary(leaky, paint))
  await writeHtml(html, LeakReport.from(leaky.json), io)

  const fixed = await observeExample('fixed-server', seconds, io)
  say(paint('bold', `fixed-server, after ${count(fixed.requests)} requests`))
  say(paintReport(fixed.text, paint))

  const ok = isLeakyRight(leaky) && isFixedRight(fixed)
  say(
    ok ? paint('green', 'Every planted leak was named; fixed-server is clean.') : paint('red', complaint(leaky, fixed))
  )
  return ok ? 0 : 1
}

/** @param {string} name @param {number} seconds @param {Io} io */
async function observeExample(name, seconds, io) {
  const progress = startProgress(io.stderr, name)
  try {
    return await observe(path.join(examples, name, 'src/server.js'), seconds, progress.update)
  } finally {
    progress.end()
  }
}

/** @param {Observation} leaky @param {ReturnType<typeof painter>} paint */
function summary(leaky, paint) {
  const leaks = named(leaky.json)
  const found = leaks.filter((leak) => leak.file !== undefined)
  const width = Math.max(...leaks.map((leak) => leak.what.length))
  const rows = leaks.map(({ what, file, line }) => {
    const place = file === undefined ? paint('red', 'not found') : paint('cyan', `${shorten(file)}:${line}`)
    return `  ${what.padEnd(width)}  ${place}\n`
  })
  return `${paint('bold', `${found.length} of ${leaks.length} planted leaks found`)}\n${rows.join('')}`
}

/** @param {Observation} leaky */
function isLeakyRight(leaky) {
  return leaky.json.verdict === 'leaking' && named(leaky.json).every((leak) => leak.file !== undefined)
}

/** @param {Observation} fixed */
function isFixedRight(fixed) {
  return fixed.json.verdict === 'clean' && fixed.json.findings.length === 0
}

/** @param {Observation} leaky @param {Observation} fixed */
function complaint(leaky, fixed) {
  const failures = [...leaky.failures, ...fixed.failures]
  const lines = [
    isLeakyRight(leaky) ? '' : 'The guard missed a leak of leaky-server.',
    isFixedRight(fixed) ? '' : `The guard reports fixed-server as ${fixed.json.verdict}, but it has no leak.`,
    failures.length > 0 ? `${count(failures.length)} requests failed; the first: ${failures[0]}` : ''
  ]
  return lines.filter(Boolean).join('\n')
}

/** @param {string} file */
function shorten(file) {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') ? file : relative
}

/** @param {number} value */
function count(value) {
  return value.toLocaleString('en')
}

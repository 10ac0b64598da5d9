// @ts-check
// From nothing but `--require leakguard/register` to the line of a leak that no hook sees: objects kept in a Map that
// nobody tracks. Time is scaled; the collections, the floors, the trend and the profile are real.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const native = require('../../lib/base/native.js')
const { root, tempFolder } = require('../support/child.js')

const register = path.join(root, 'register.js')
/** Some 30 s where nothing else runs. */
const PATIENCE_MS = 300_000

/** Lines 6 to 9 leak, 11 to 14 do not. */
const SERVICE = `'use strict'
const http = require('node:http')
const sessions = new Map()
let requests = 0

function remember(url) {
  for (let i = 0; i < 40; i++)
    sessions.set(sessions.size, { url, user: 'user ' + requests, tags: [requests, i, 3, 4, 5, 6, 7, 8] })
}

function render() {
  const rows = Array.from({ length: 300 }, (_, i) => ({ i, text: 'row ' + i }))
  return JSON.stringify(rows).length
}

const server = http.createServer((request, response) => {
  requests++
  remember(request.url)
  const size = render()
  setTimeout(() => response.end(String(size)), 50)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  setInterval(() => http.get({ port, agent }, (response) => response.resume()).on('error', () => {}), 20)
})
`

/**
 * Runs the service until its report has a finding of the heap that is fit.
 * @param {import('node:test').TestContext} t @param {string[]} args of node @param {Record<string, string>} more
 * @param {(finding: any) => boolean} isFit
 */
async function until(t, args, more, isFit) {
  const cwd = tempFolder(t, { 'app.js': SERVICE })
  const env = {
    ...process.env,
    LEAKGUARD_TIME_SCALE: '200',
    LEAKGUARD_SAMPLE_MS: '20000',
    LEAKGUARD_PROFILE_MS: '3000',
    LEAKGUARD_OUTPUT: 'report.json',
    ...more
  }
  const child = spawn(process.execPath, [...args, 'app.js'], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part) => (said += part))
  const ended = new Promise((resolve) => child.on('close', resolve))
  try {
    const untilMs = performance.now() + PATIENCE_MS
    while (true) {
      const report = read(path.join(cwd, 'report.json'))
      const why = `nothing in ${PATIENCE_MS} ms; ${said}${JSON.stringify(report?.findings)}`
      assert.ok(performance.now() < untilMs && child.exitCode === null, why)
      const found = report?.findings.find((/** @type {any} */ one) => one.kind === 'heap' && isFit(one))
      if (found) return { report, found }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** @param {any} found */
function assertLine({ culprit, message, evidence }) {
  assert.equal(path.basename(culprit.file), 'app.js')
  // Where V8 has inlined the function, it is its caller that is named.
  assert.ok((culprit.line >= 6 && culprit.line <= 9) || (culprit.line >= 16 && culprit.line <= 18), message)
  assert.match(message, /^heapUsed after collections rises by .* an hour.* most of what stays is allocated at /)
  assert.match(evidence.join('\n'), /found \d+ times in a row[\s\S]*heap profile over/)
}

test('a leaking service that was started with nothing but register names its line', async (t) => {
  const { report, found } = await until(t, ['--require', register], {}, ({ culprit }) => culprit.file)
  assertLine(found)
  assert.ok(found.growth.perHour > 0)
  const series = report.series.find((/** @type {any} */ one) => one.fingerprint === found.fingerprint)
  assert.ok(series.name === 'heapUsed' && series.floors.length > 3 && series.trend[1][1] > series.trend[0][1])
})

test('with a captured heap it names what holds it, too, and no value of the program', {
  skip: native.forkUnsupported() ?? false
}, async (t) => {
  // Under `--import`, with a copy of the process that is made, written, read and gone.
  const { found } = await until(t, ['--import', 'leakguard/register'], { LEAKGUARD_EXPLAIN: 'fork' }, ({ evidence }) =>
    evidence.some((/** @type {string} */ line) => /captured/.test(line))
  )
  assertLine(found)
  const evidence = found.evidence.join('\n')
  assert.match(evidence, /captured heap: sessions \(Map, module scope\) keeps [\d.]+ MB, [\d.]+ MB of it by \d+ of \{/)
  assert.match(evidence, /census: entries of Map grew from [\d,]+ to [\d,]+ in \d+ s/)
  assert.doesNotMatch(evidence, /user \d/)
})

/** @param {string} file @returns {any} */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

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

const SERVICE = path.join(root, '__test__', 'programs', 'memory', 'a-service-that-remembers.js')
const LINES = fs.readFileSync(SERVICE, 'utf8').split(/\r?\n/)

/**
 * Runs the service until its report has a finding of the heap, or of what holds it, that is fit.
 * @param {import('node:test').TestContext} t @param {string[]} args of node @param {Record<string, string>} more
 * @param {(finding: any) => boolean} isFit
 */
async function until(t, args, more, isFit) {
  const cwd = tempFolder(t)
  const env = {
    ...process.env,
    LEAKGUARD_TEST_TIME_SCALE: '200',
    LEAKGUARD_SAMPLE_MS: '20000',
    LEAKGUARD_TEST_PROFILE_MS: '3000',
    LEAKGUARD_OUTPUT: 'report.json',
    ...more
  }
  const child = spawn(process.execPath, [...args, SERVICE], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part) => (said += part))
  const ended = new Promise((resolve) => child.on('close', resolve))
  try {
    const untilMs = performance.now() + PATIENCE_MS
    while (true) {
      const report = read(path.join(cwd, 'report.json'))
      const why = `nothing in ${PATIENCE_MS} ms; ${said}${JSON.stringify(report?.findings)}`
      assert.ok(performance.now() < untilMs && child.exitCode === null, why)
      const found = report?.findings.find(
        (/** @type {any} */ one) => ['heap', 'collection'].includes(one.kind) && isFit(one)
      )
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
  const at = (/** @type {string} */ text) => {
    const found = LINES.findIndex((line) => line.startsWith(text)) + 1
    assert.ok(found > 0, text)
    return found
  }
  assert.equal(culprit.file, SERVICE)
  // Where V8 has inlined the function, it is its caller that is named.
  const [remembers, serves] = [at('function remember('), at('const server = ')]
  const { line } = culprit
  assert.ok((line >= remembers && line <= remembers + 3) || (line >= serves && line <= serves + 2), message)
  assert.match(
    message,
    /^heapUsed after major GCs rises by .* per hour.* most of what stays in memory is allocated at /
  )
  assert.match(evidence.join('\n'), /found \d+ times in a row[\s\S]*heap profile of/)
}

/** @param {any} found */
function assertHolder({ culprit, confidence, holder, message, evidence, retainerPath }) {
  assert.equal(confidence, 'likely')
  assert.deepEqual([culprit.name, culprit.file], ['sessions', SERVICE])
  assert.equal(culprit.line, LINES.findIndex((line) => line.startsWith('const sessions')) + 1)
  assert.equal(holder.class, 'Map')
  assert.match(message, /^Map 'sessions' \(.*\) gained [\d,]+ .*, growing in every snapshot/)
  assert.match(evidence.join('\n'), /also growing: .*heapUsed after major GCs rises by .* per hour/)
  assert.match(evidence.join('\n'), /is \d+ % of what the heap gained in [\d.]+ \w+, by graphs/)
  assert.ok(retainerPath.length > 1)
}

test('a leaking service without copies names the line that allocates', async (t) => {
  const how = { LEAKGUARD_EXPLAIN: 'profile' }
  const { report, found } = await until(t, ['--require', register], how, ({ culprit }) => culprit.file)
  assertLine(found)
  assert.ok(found.growth.perHour > 0)
  const series = report.details.series.find((/** @type {any} */ one) => one.fingerprint === found.fingerprint)
  assert.ok(series.name === 'heapUsed' && series.floors.length > 3 && series.trend[1][1] > series.trend[0][1])
})

const withoutCopies = { skip: native.forkUnsupported() ?? false }

test('one that was started with nothing but register names what holds it', withoutCopies, async (t) => {
  const isHeld = (/** @type {any} */ { holder, evidence }) => holder && /rises by/.test(evidence.join())
  const { found } = await until(t, ['--require', register], {}, isHeld)
  assertHolder(found)
  assert.doesNotMatch(found.evidence.join('\n'), /user \d/)
})

test(
  'with captured heaps it tells what grew and what is held besides, and no value of the program',
  withoutCopies,
  async (t) => {
    // Under `--import`, with copies of the process that are made, written, read and gone.
    const { found } = await until(
      t,
      ['--import', 'leakguard/register'],
      { LEAKGUARD_EXPLAIN: 'heap' },
      ({ evidence, holder }) => holder && evidence.some((/** @type {string} */ line) => /captured/.test(line))
    )
    assertHolder(found)
    const evidence = found.evidence.join('\n')
    assert.match(
      evidence,
      /captured heap: sessions \(Map, module scope\) retains [\d.]+ MB, [\d.]+ MB of it by [\d,]+ of \{/
    )
    assert.match(evidence, /census: entries of Map grew from [\d,]+ to [\d,]+ in \d+ s/)
    assert.doesNotMatch(evidence, /user \d/)
  }
)

/** @param {string} file @returns {any} */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

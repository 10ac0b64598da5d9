// @ts-check
// The demo as its reader runs it: every planted leak at its file and line, and no word against the mended server.
// Lines are looked up in the examples' sources, so that editing those breaks nothing here.

'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('node:test')
const { observe } = require('../../lib/cli/demo/observe.js')

const root = path.join(__dirname, '../..')
const leakySource = path.join(root, 'examples/leaky-server/src')
const seconds = 4

/**
 * Where the leaks are: the text stands once in its file, on the line that a report must name. The Map is found in the
 * heap and by no count: its line is where its variable is declared.
 */
const leaks = [
  { kind: 'listener', file: 'flags.js', text: "config.bus.on('change', onChange)" },
  { kind: 'listener', file: 'delay.js', text: "signal.addEventListener('abort', onAbort" },
  { kind: 'timer', file: 'poller.js', text: 'setInterval(poll, pollMs)' },
  { kind: 'handle', file: 'uploads.js', text: 'fs.openSync(file' },
  { kind: 'collection', file: 'sessions.js', text: 'const sessions = new Map()' }
]

test('the demo names each planted leak at its line and calls the fixed server clean', async () => {
  const { code, output } = await runDemo()
  const { leaky, fixed, ok } = JSON.parse(output)

  assert.equal(leaky.failures + fixed.failures, 0, 'every request was answered as it should be')
  assertNames(leaky.report, leakySource, (text) => text)
  assert.equal(fixed.report.verdict, 'clean')
  assert.deepEqual(fixed.report.findings, [])
  assert.equal(ok, true)
  assert.equal(code, 0)
})

test('the same leaks are named where they went when code is renamed and moved', async (t) => {
  const { source, rename } = moveServer(t)
  const { json, failures } = await observe(path.join(source, rename('server.js')), seconds)

  assert.deepEqual(failures, [])
  assertNames(json, source, rename)
})

/** @returns {Promise<{ code: number, output: string }>} */
function runDemo() {
  const args = [path.join(root, 'bin/leakguard.js'), 'demo', '--seconds', String(seconds), '--json']
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (_error, output, errors) => {
      assert.notEqual(output, '', errors)
      resolve({ code: Number(child.exitCode), output })
    })
  })
}

/**
 * @param {any} report
 * @param {string} source the folder of the server's files
 * @param {(text: string) => string} rename what the copy calls a thing
 */
function assertNames(report, source, rename) {
  assert.equal(report.verdict, 'leaking')
  const seen = report.findings.map((/** @type {any} */ { kind, culprit }) => `${kind} ${culprit.file}:${culprit.line}`)
  for (const leak of leaks) {
    const file = path.join(source, rename(leak.file))
    const line = lineOf(file, rename(leak.text))
    const found = report.findings.filter(
      (/** @type {any} */ { kind, culprit }) =>
        kind === leak.kind && culprit.line === line && file.endsWith(path.normalize(culprit.file ?? '?'))
    )
    assert.equal(found.length, 1, `${leak.kind} at ${file}:${line} must stand once among\n${seen.join('\n')}`)
    if (leak.kind === 'collection') assertMap(found[0], rename('sessions'))
  }
}

/** @param {any} finding @param {string} name of the variable that holds the Map */
function assertMap(finding, name) {
  assert.equal(finding.culprit.name, name)
  assert.match(finding.message, new RegExp(`^Map '${name}' `))
  const steps = finding.retainerPath.map((/** @type {any} */ step) => `${step.edge} -> ${step.name}`)
  assert.ok(steps.includes(`variable ${name} -> Map`), steps.join('\n'))
}

/** @param {string} file @param {string} text */
function lineOf(file, text) {
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  const hits = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []))
  assert.equal(hits.length, 1, `${text} must stand once in ${file}`)
  return hits[0]
}

/**
 * A copy of the leaky server under other names and at other lines, in a project that has leakguard installed.
 * @param {import('node:test').TestContext} t
 */
function moveServer(t) {
  const project = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'moved-server-')))
  t.after(() => fs.rmSync(project, { recursive: true, force: true, maxRetries: 3 }))
  fs.mkdirSync(path.join(project, 'node_modules'))
  fs.symlinkSync(root, path.join(project, 'node_modules/leakguard'), 'junction')

  const source = path.join(project, 'service')
  fs.mkdirSync(source)
  for (const [index, file] of fs.readdirSync(leakySource).entries()) {
    const code = rename(fs.readFileSync(path.join(leakySource, file), 'utf8'))
    fs.writeFileSync(path.join(source, rename(file)), shiftLines(code, index + 3))
  }
  return { source, rename }
}

/** @type {[from: RegExp, to: string][]} */
const names = [
  [/\bserver\.js\b/g, 'depot.js'],
  [/\bflags\.js\b/g, 'switches.js'],
  [/\bdelay\.js\b/g, 'pausing.js'],
  [/\bpoller\.js\b/g, 'ticker.js'],
  [/\buploads\.js\b/g, 'pictures.js'],
  [/\bsessions\.js\b/g, 'visitors.js'],
  [/\bnextValue\b/g, 'awaitNews'],
  [/\bonChange\b/g, 'hear'],
  [/\bbus\b/g, 'wire'],
  [/\bdelay\b/g, 'pause'],
  [/\bonAbort\b/g, 'giveUp'],
  [/\bstreamScans\b/g, 'followScans'],
  [/\bpoll\b/g, 'look'],
  [/\btimer\b/g, 'clock'],
  [/\bstore\b/g, 'putAway'],
  [/\bfd\b/g, 'opened'],
  [/\bsessions\b/g, 'visitors'],
  [/\bfindSession\b/g, 'recognise']
]

/** @param {string} text */
function rename(text) {
  return names.reduce((renamed, [from, to]) => renamed.replace(from, to), text)
}

/** Lines before everything, and one before each function. @param {string} code @param {number} count */
function shiftLines(code, count) {
  return '// Moved.\n'.repeat(count) + code.replace(/^(async )?function/gm, '\n$&')
}

// @ts-check
// Whatever fails below the guard, the program does not notice: each call that leaves leakguard's own code is let fail, at the
// start, once, and for good, in a small service under load. Which calls there are a first run finds out.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { root, runNode } = require('../support/child.js')

const SERVICE = path.join(root, '__test__', 'programs', 'faults', 'service.js')
const KINDS = ['EMFILE', 'ENOMEM', 'EACCES', 'ENOSPC', 'nothing']
/** Milliseconds of load before and after calls begin to fail: some ticks of the guard. */
const BEFORE_MS = 150
const AFTER_MS = 700
/** Runs at a time: they wait more than they work. */
const AT_A_TIME = 6
/** Functions that fail once in the same run are one in so many. */
const PARTS = 4

/** @param {string} stderr what leakguard and Node have said, without Node's own hint at its first warning */
const linesOf = (stderr) => stderr.split('\n').filter((line) => line !== '' && !/--trace-warnings/.test(line))

describe('calls that leave leakguard', () => {
  /** @type {string} */
  let cwd
  /** @type {string} */
  let expected
  /** Functions that leakguard calls in such a service, most called first. @type {string[]} */
  let names
  let runs = 0

  /** @param {import('../support/faults.js').Fault[]} faults @param {number[]} [ms] */
  async function serve(faults, ms = [BEFORE_MS, AFTER_MS]) {
    const folder = fs.mkdtempSync(path.join(cwd, 'run-'))
    const log = path.join(folder, 'log.json')
    const guard = [
      '--require',
      path.join(root, '__test__', 'support', 'faults.js'),
      '--require',
      path.join(root, 'register.js')
    ]
    const env = {
      FAULTS: JSON.stringify({ faults, log }),
      LEAKGUARD_OUTPUT: path.join(folder, 'report.json'),
      LEAKGUARD_RECORD: path.join(folder, 'memory.csv'),
      ...(process.platform === 'win32' ? {} : { LEAKGUARD_SIGNAL: 'SIGUSR2' }),
      LEAKGUARD_SAMPLE_MS: '100',
      LEAKGUARD_TEST_TIME_SCALE: '60',
      TMPDIR: folder
    }
    runs++
    const ended = await runNode([...guard, SERVICE, ...ms.map(String)], { cwd, env })
    const { calls, failed } = fs.existsSync(log) ? JSON.parse(fs.readFileSync(log, 'utf8')) : { calls: {}, failed: {} }
    return { ...ended, calls, failed, report: path.join(folder, 'report.json') }
  }

  /** Of files, what cannot be written is said once each: the record, the report, the folder for reports of children. */
  const PLACES = 3

  /** @param {any} ended @param {string} what @param {number} [linesMax] */
  function unharmed(ended, what, linesMax = what.startsWith('fs.') ? PLACES : 1) {
    const { code, stdout, stderr } = ended
    assert.deepEqual({ code, stdout }, { code: 0, stdout: expected }, `${what}\n${stderr}`)
    assert.ok(linesOf(stderr).length <= linesMax, `${what}\n${stderr}`)
  }

  /** @template T @param {T[]} items @param {(item: T, at: number) => Promise<void>} run */
  async function inLanes(items, run) {
    const waiting = [...items.entries()]
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await run(next[1], next[0])
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, lane))
  }

  before(async () => {
    cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-faults-'))
    const plain = await runNode([SERVICE, '50', '50'], { cwd })
    expected = plain.stdout
    assert.match(expected, /^answers \w{64}\n$/, plain.stderr)
    const ended = await serve([], [BEFORE_MS, 2500])
    unharmed(ended, 'nothing fails', 0)
    names = Object.keys(ended.calls).sort((a, b) => ended.calls[b] - ended.calls[a])
  })

  after(() => fs.rmSync(cwd, { recursive: true, force: true, maxRetries: 3 }))

  test('are found by who calls them', () => {
    for (const name of ['native.ThreadLedger#observe', 'v8.getHeapStatistics', 'fs.renameSync', 'performance.now'])
      assert.ok(names.includes(name), `${name} is not among ${names}`)
    assert.ok(names.length > 30, String(names))
  })

  test('fail from the start', async (t) => {
    let failures = 0
    await inLanes(names, async (name, at) => {
      const fault = { name, kind: KINDS[at % KINDS.length], isLate: false, count: null }
      const ended = await serve([fault], [50, 50])
      unharmed(ended, `${name}: ${fault.kind}, from the start`)
      failures += ended.failed[name] ?? 0
    })
    t.diagnostic(`${names.length} functions failed ${failures} times`)
  })

  test('fail for good while it serves', async (t) => {
    let failures = 0
    await inLanes(names, async (name, at) => {
      const fault = { name, kind: KINDS[(at + 1) % KINDS.length], isLate: true, count: null }
      const ended = await serve([fault])
      unharmed(ended, `${name}: ${fault.kind}, for good`)
      failures += ended.failed[name] ?? 0
    })
    t.diagnostic(`${names.length} functions failed ${failures} times`)
  })

  test('fail once each, and the guard goes on', async (t) => {
    // Not all in one run: what fails five times in a row at one place is given up.
    const parts = KINDS.flatMap((kind) => Array.from({ length: PARTS }, (_, part) => ({ kind, part })))
    let failures = 0
    await inLanes(parts, async ({ kind, part }) => {
      const some = names.filter((_, at) => at % PARTS === part)
      const ended = await serve(
        some.map((name) => ({ name, kind, isLate: true, count: 1 })),
        [BEFORE_MS, 1500]
      )
      // A quarter of all functions fail in one run: the record, a report and the last report may each be lost, and each
      // is said once.
      unharmed(ended, `each once: ${kind}, ${some}`, PLACES)
      assert.doesNotMatch(ended.stderr, /ERR_LEAKGUARD_STOPPED/)
      failures += Object.keys(ended.failed).length
    })
    assert.ok(failures > (KINDS.length * names.length) / 2, `${failures} of ${names}`)
    t.diagnostic(`${failures} failures, ${runs} runs of the service in all`)
  })

  test('fail too often, and one warning says that the guard has stopped itself, and why', async () => {
    const ended = await serve([{ name: 'native.ThreadLedger#observe', kind: 'EMFILE', isLate: true, count: null }])
    assert.match(ended.stderr, /\[ERR_LEAKGUARD_STOPPED\].*5 errors in a row \(observe\): EMFILE/)
  })
})

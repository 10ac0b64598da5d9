// @ts-check
// A guard without a caller: leakguard run, reports at the end, on a signal and before memory is used up, of several
// processes.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const Ajv = require('ajv/dist/2020').default
const { LeakReport } = require('../../lib/report/leak-report.js')
const { merged } = require('../../lib/report/merge.js')
const { ReportFiles } = require('../../lib/report/files.js')
const { major, root, runNode, tempFolder } = require('../support/child.js')

const command = path.join(root, 'bin', 'leakguard.js')
const register = path.join(root, 'register.js')

/** Leaks listeners until told otherwise, then ends with the code it was given. */
const LEAKY = `
  const { EventEmitter } = require('node:events')
  const bus = new EventEmitter().setMaxListeners(0)
  const work = setInterval(() => bus.on('news', () => {}), 10)
  setTimeout(() => process.exit(Number(process.env.CODE ?? 0)), 3500)
`

/** @param {import('node:test').TestContext} t @param {string[]} args @param {string} app @param {Record<string, string>} [env] */
async function run(t, args, app, env = {}) {
  const cwd = tempFolder(t, { 'app.js': app })
  return { ...(await runNode([command, 'run', ...args], { cwd, env })), cwd }
}

describe('leakguard run', () => {
  test("the program's exit code wins, and what leaked is told", async (t) => {
    const { code, stderr } = await run(t, ['--fail-on-leak', 'app.js'], LEAKY, { CODE: '7' })
    assert.equal(code, 7, stderr)
    assert.match(stderr, /leakguard: leaking, 1 finding[\s\S]*'news' listeners/)
  })

  test('a leak is a failure only where that is wanted', async (t) => {
    assert.equal((await run(t, ['app.js'], LEAKY)).code, 0)
    assert.equal((await run(t, ['--fail-on-leak', 'app.js'], LEAKY)).code, 1)
  })

  test('what comes after the program is its own, and one line is ours', async (t) => {
    const app = 'console.log(JSON.stringify([process.argv.slice(2), process.env.LEAKGUARD_CALL_SITES]))'
    const { code, stdout, stderr } = await run(t, ['--call-sites', 'all', 'app.js', '--fail-on-leak', '-x', 'y'], app)
    assert.deepEqual([code, stdout], [0, `${JSON.stringify([['--fail-on-leak', '-x', 'y'], 'all'])}\n`])
    assert.match(stderr, /^leakguard run: watched app\.js for \d+\.\d s: undecided: only .*\n$/)
  })

  test('a program that is missing and an option that is misspelled are mistakes', async (t) => {
    const none = await run(t, [], '')
    assert.deepEqual([none.code, /APP\.js is missing/.test(none.stderr)], [2, true])
    const wrong = await run(t, ['--fail-on-leek', 'app.js'], '')
    assert.deepEqual([wrong.code, /did you mean --fail-on-leak/.test(wrong.stderr)], [2, true])
  })

  test('a signal reaches the program, whose answer is ours', { skip: process.platform === 'win32' }, async (t) => {
    const cwd = tempFolder(t, {
      'app.js': "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')"
    })
    const child = spawn(process.execPath, [command, 'run', 'app.js'], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.once('data', () => child.kill('SIGTERM'))
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(code, 9)
  })

  test('the processes of a cluster are one report, and the messages of the program are left alone', async (t) => {
    const app = `
      const cluster = require('node:cluster')
      if (cluster.isPrimary) {
        let open = 2
        const heard = []
        for (let i = 0; i < 2; i++) cluster.fork().on('message', (message) => heard.push(message))
        cluster.on('exit', () => {
          if (--open > 0) return
          console.log(JSON.stringify(heard))
          process.exit()
        })
      } else {
        process.send('mine')
        ${LEAKY}
      }`
    const { code, stdout, stderr, cwd } = await run(t, ['--report', 'out.json', 'app.js'], app)
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), ['mine', 'mine'])
    const report = JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8'))
    assert.equal(report.findings.length, 1)
    assert.match(report.findings[0].evidence.join(), /in 2 of 3 processes: \d+, \d+/)
    const schema = JSON.parse(fs.readFileSync(path.join(root, 'schema', 'report.json'), 'utf8'))
    const validate = new Ajv({ strict: false }).compile(schema)
    assert.ok(validate(report), JSON.stringify(validate.errors))
  })
})

describe('processes that are killed', { skip: process.platform === 'win32' && 'no SIGKILL' }, () => {
  /** Leaks until it is killed. */
  const leaky = LEAKY.split('setTimeout')[0]

  test('a worker of a cluster: what it had found is in the report of the service', async (t) => {
    const app = `
      const cluster = require('node:cluster')
      const fs = require('node:fs')
      if (cluster.isPrimary) {
        const worker = cluster.fork()
        const part = require('node:path').join(process.env.LEAKGUARD_PARTS, worker.process.pid + '.json')
        const wait = setInterval(() => {
          if (!fs.existsSync(part) || JSON.parse(fs.readFileSync(part, 'utf8')).findings.length === 0) return
          clearInterval(wait)
          worker.process.kill('SIGKILL')
        }, 200)
        worker.on('exit', (code, signal) => {
          console.log(worker.process.pid, signal)
          process.exit(4)
        })
      } else {
        ${leaky}
      }`
    const { code, stdout, stderr, cwd } = await run(t, ['--report', 'out.json', 'app.js'], app)
    const [, pid] = /^(\d+) SIGKILL\n$/.exec(stdout) ?? assert.fail(`${stdout}${stderr}`)
    assert.equal(code, 4)
    const { verdict, findings } = JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8'))
    assert.deepEqual([verdict, findings.length], ['leaking', 1])
    assert.equal(findings[0].evidence.at(-1), `in 1 of 2 processes: ${pid}`)
  })

  test('the first process: its file has what was known some seconds before', async (t) => {
    const cwd = tempFolder(t, { 'app.js': leaky })
    const file = path.join(cwd, 'out.json')
    const env = { ...process.env, LEAKGUARD_OUTPUT: file, TMPDIR: cwd }
    const child = spawn(process.execPath, ['--require', register, 'app.js'], { cwd, env, stdio: 'ignore' })
    const ended = new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)))
    t.after(() => child.kill('SIGKILL'))
    const leaked = () => fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).verdict === 'leaking'
    while (child.exitCode === null && !leaked()) await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGKILL')
    assert.equal(await ended, 'SIGKILL')
    assert.match(JSON.parse(fs.readFileSync(file, 'utf8')).findings[0].message, /'news' listeners/)
  })
})

describe('leakguard/register', () => {
  test('reports on a signal, if one is named, and goes on', { skip: process.platform === 'win32' }, async (t) => {
    const app = `
      process.kill(process.pid, 'SIGUSR2')
      setTimeout(() => { console.log('goes on'); process.exit() }, 500)`
    const cwd = tempFolder(t, { 'app.js': app })
    const { code, stdout, stderr } = await runNode(['--require', register, 'app.js'], {
      cwd,
      env: { LEAKGUARD_SIGNAL: 'SIGUSR2' }
    })
    assert.deepEqual([code, stdout], [0, 'goes on\n'])
    assert.match(stderr, /^leakguard: undecided[\s\S]*Examined/)
  })

  test('a signal that there is not is a warning, and the program runs', async (t) => {
    const cwd = tempFolder(t, { 'app.js': "console.log('runs')" })
    const { code, stdout, stderr } = await runNode(['--require', register, 'app.js'], {
      cwd,
      env: { LEAKGUARD_SIGNAL: 'SIGNOT' }
    })
    assert.deepEqual([code, stdout], [0, 'runs\n'])
    assert.match(stderr, /LEAKGUARD_SIGNAL must be the name of a signal/)
  })

  test('writes an out-of-memory report before the heap is used up, once', async (t) => {
    const app = `
      const kept = []
      const keep = (thousands) => {
        for (let i = 0; i < thousands; i++) kept.push(Array.from({ length: 1000 }, (_, j) => ({ j, text: i + 'x' + j })))
      }
      keep(800)
      setInterval(keep, 100, 2)`
    const cwd = tempFolder(t, { 'app.js': app })
    const args = ['--max-old-space-size=96', '--max-semi-space-size=1', '--require', register, 'app.js']
    const { code, stderr } = await runNode(args, { cwd, timeoutMs: 120_000 })
    assert.notEqual(code, 0)
    const said = stderr.match(/leakguard: process \d+ has used \d+ % of V8's heap limit \(\d+ MB\)/g)
    assert.equal(said?.length, 1, stderr)
    assert.match(stderr, /Examined/)
  })

  test('where no file can be written the report says so, and the program goes on', async (t) => {
    const cwd = tempFolder(t, { 'app.js': "console.log('runs')" })
    const { code, stdout, stderr } = await runNode(['--require', register, 'app.js'], {
      cwd,
      env: { LEAKGUARD_OUTPUT: path.join(cwd, 'no', 'such', 'report.json'), TMPDIR: path.join(cwd, 'none') }
    })
    assert.deepEqual([code, stdout], [0, 'runs\n'])
    assert.match(stderr, /report\.json cannot be written: ENOENT/)
  })

  test('files that cannot be written are one line, however often it is tried', async (t) => {
    const app =
      "for (const ms of [100, 300, 500]) setTimeout(() => process.kill(process.pid, 'SIGUSR2'), ms)\nsetTimeout(() => {}, 1000)"
    const cwd = tempFolder(t, { 'app.js': app })
    const { code, stderr } = await runNode(['--require', register, 'app.js'], {
      cwd,
      env: { LEAKGUARD_OUTPUT: 'none/a.json,none/b.txt', LEAKGUARD_SIGNAL: 'SIGUSR2' }
    })
    assert.equal(code, 0)
    assert.match(stderr, /^leakguard: .*a\.json, .*b\.txt cannot be written: ENOENT: no such file or directory\n$/)
  })

  test('a child that is sent the signal tells of the service, not of itself alone', {
    skip: process.platform === 'win32'
  }, async (t) => {
    const app = `
      const { fork } = require('node:child_process')
      if (process.send) {
        process.on('SIGUSR2', () => setTimeout(() => process.exit(), 100))
        setInterval(() => {}, 1000)
        process.send('ready')
      } else {
        const child = fork(__filename)
        child.on('message', () => child.kill('SIGUSR2'))
        child.on('exit', () => {
          console.log(require('node:fs').readFileSync('out.txt', 'utf8'))
          process.exit()
        })
      }`
    const cwd = tempFolder(t, { 'app.js': app })
    const { stdout } = await runNode(['--require', register, 'app.js'], {
      cwd,
      env: { LEAKGUARD_OUTPUT: 'out.txt', LEAKGUARD_SIGNAL: 'SIGUSR2' }
    })
    assert.match(stdout, /Examined 2 processes: \d+, \d+/)
  })

  const flag = major >= 24 ? '--permission' : '--experimental-permission'
  test('under the permission model it reports with what is left', {
    skip: major < 22 && 'no flag for addons'
  }, async (t) => {
    const cwd = tempFolder(t, { 'app.js': LEAKY })
    const args = [flag, '--allow-addons', '--allow-fs-read=*', '--no-warnings', '--require', register, 'app.js']
    const { code, stderr } = await runNode(args, { cwd, env: { LEAKGUARD_OUTPUT: 'stderr' } })
    assert.equal(code, 0, stderr)
    assert.match(stderr, /leakguard: leaking, 1 finding/)
    assert.match(stderr, /reports of child processes cannot be collected/)
  })
})

describe('files', () => {
  const report = (/** @type {string[]} */ ...undecided) =>
    /** @type {any} */ (
      new LeakReport({ verdict: undecided.length > 0 ? 'undecided' : 'clean', findings: [], undecided })
    )

  test('are written when something is new, and anew each minute; what is no file only when something is new', {
    skip: process.platform === 'win32' && 'no /dev'
  }, () => {
    const [json, device] = [
      { format: 'json', file: 'a.json' },
      { format: 'text', file: '/dev/null' }
    ]
    const files = new ReportFiles([json, device, { format: 'stderr' }], assert.fail)
    const atMs = 1000
    assert.deepEqual(files.due(report(), atMs), [json, device])
    assert.equal(files.due(report(), atMs + 50_000), undefined)
    assert.deepEqual(files.due(report(), atMs + 60_000), [json])
    assert.equal(files.due(report(), atMs + 70_000), undefined)
    assert.deepEqual(files.due(report('not yet'), atMs + 80_000), [json, device])
  })

  test('say when they were true', async (t) => {
    const cwd = tempFolder(t, { 'app.js': 'setTimeout(() => {}, 100)' })
    const beganMs = Date.now()
    await runNode(['--require', register, 'app.js'], { cwd, env: { LEAKGUARD_OUTPUT: 'out.json' } })
    const { examined } = JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8'))
    const [, at, seconds] = /^last checked (\S+), (\d+\.\d) s after the start$/.exec(examined.at(-1).text) ?? []
    assert.ok(Date.parse(at) >= beganMs && Date.parse(at) <= Date.now(), examined.at(-1).text)
    assert.ok(Number(seconds) > 0)
  })
})

describe('reports of several processes', () => {
  const finding = (/** @type {string} */ fingerprint, confidence = 'likely') =>
    /** @type {any} */ ({ fingerprint, confidence, evidence: ['first'], kind: 'timer', culprit: {}, growth: {} })
  const report = (/** @type {any[]} */ ...findings) =>
    new LeakReport({ verdict: findings.length > 0 ? 'leaking' : 'clean', findings, allowed: 1 })

  test('one is left as it is', () => {
    const own = report(finding('a'))
    assert.equal(merged([{ pid: 1, report: own }]), own)
  })

  test('the same leak is one finding, surest first, and the worst verdict holds', () => {
    const parts = [report(finding('a')), report(finding('b', 'certain'), finding('a')), report()]
    const all = merged(parts.map((one, pid) => ({ pid, report: one })))
    assert.deepEqual(
      all.findings.map((/** @type {any} */ one) => [one.fingerprint, one.evidence.at(-1)]),
      [
        ['b', 'in 1 of 3 processes: 1'],
        ['a', 'in 2 of 3 processes: 0, 1']
      ]
    )
    assert.deepEqual([all.verdict, all.allowed], ['leaking', 3])
    assert.equal(all.examined[0].text, '3 processes: 0, 1, 2')
  })
})

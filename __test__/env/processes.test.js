// @ts-check
// One service of several processes: what each of them found reaches the report, whoever ends first, whatever lies in the
// folder between them, and nothing is left of it.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { LeakReport } = require('../../lib/report/leak-report.js')
const { examined, undecided } = require('../../lib/report/lines.js')
const { Together, merged, readPart, together } = require('../../lib/report/merge.js')
const { Parts } = require('../../lib/report/parts.js')
const { identity, isAlive } = require('../../lib/base/processes.js')
const { root, runNode, tempFolder } = require('../support/child.js')

const register = path.join(root, 'register.js')
const onWindows = process.platform === 'win32'
/** A number that no process has. */
const NOBODY = 2 ** 22 + 1

/** @param {string} name of the event whose listeners leak */
const leaky = (name) => `
  const bus = new (require('node:events').EventEmitter)().setMaxListeners(0)
  setInterval(() => bus.on('${name}', () => {}), 10)`

/**
 * Runs a program of one file, with a temporary folder of its own.
 * @param {import('node:test').TestContext} t @param {string} app @param {Record<string, string>} [env]
 */
async function service(t, app, env = {}) {
  const cwd = tempFolder(t, { 'app.js': app, 'tmp/keep': '' })
  const out = path.join(cwd, 'out.json')
  const NODE_OPTIONS = `--require ${JSON.stringify(register)}`
  const all = { LEAKGUARD_OUTPUT: out, TMPDIR: path.join(cwd, 'tmp'), NODE_OPTIONS, ...env }
  // Many processes take long on a machine with other work.
  const ended = await runNode(['app.js'], { cwd, env: all, timeoutMs: 180_000 })
  return { ...ended, cwd, out, env: all }
}

/** @param {string} file @returns {any} */
const read = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined)

/** @param {string} cwd what is left in the temporary folder */
const left = (cwd) => fs.readdirSync(path.join(cwd, 'tmp')).filter((name) => name !== 'keep')

/** @param {() => unknown} isTrue @param {string} what */
async function until(isTrue, what) {
  const endMs = performance.now() + 40_000
  while (!isTrue()) {
    assert.ok(performance.now() < endMs, what)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('what lies in the folder', { concurrency: true }, () => {
  const parts = ['{}', '[]', 'null', '', '{"verdict":"leaking","findings":[{}]}', '{"verdict":"clean","findings":7}']
  for (const text of [
    ...parts,
    'x'.repeat(2e6),
    '{"verdict":"leaking","findings":"constructor","examined":{"length":9}}'
  ]) {
    test(`a part that is ${JSON.stringify(text).slice(0, 60)} is said, and costs nothing else`, async (t) => {
      const { code, stderr, out, cwd } = await service(
        t,
        `${leaky('news')}
         const fs = require('node:fs')
         fs.writeFileSync(process.env.LEAKGUARD_PARTS + '/1.json', ${JSON.stringify(text)})
         setTimeout(() => process.exit(), 3000)`
      )
      assert.deepEqual([code, stderr], [0, ''])
      const { verdict, findings, undecided: open } = read(out)
      assert.deepEqual([verdict, findings.length], ['leaking', 1])
      assert.ok(
        open.some((/** @type {any} */ { process: pid, text }) => pid === 1 && /its report could not be read/.test(text))
      )
      assert.deepEqual(left(cwd), [])
    })
  }

  test('a FIFO, a folder, a link and a device keep nobody waiting', { skip: onWindows }, async (t) => {
    const app = `
      const fs = require('node:fs')
      const { execFileSync } = require('node:child_process')
      const at = (name) => process.env.LEAKGUARD_PARTS + '/' + name
      execFileSync('mkfifo', [at('1.json'), at('ended.json')])
      fs.mkdirSync(at('2.json/more'), { recursive: true })
      fs.symlinkSync('/dev/zero', at('3.json'))
      fs.rmSync(at('first'))
      execFileSync('mkfifo', [at('first')])
      if (process.env.LOCK) fs.symlinkSync('nowhere', at('lock'))`
    for (const LOCK of ['', '1']) {
      const { code, stderr, tookMs, out } = await service(t, app, { LOCK })
      assert.equal(code, 0, stderr)
      assert.ok(read(out), 'no report')
      assert.ok(tookMs < 20_000, `${tookMs} ms`)
    }
  })
})

describe('without descriptors', { skip: onWindows && 'no limit there' }, () => {
  test('nobody is taken for gone, nothing is said, and all of it is there afterwards', async (t) => {
    const app = `
      const fs = require('node:fs')
      const { fork } = require('node:child_process')
      if (process.send) { ${leaky('news')}; process.on('disconnect', () => process.exit()) }
      else {
        fork(__filename)
        const part = () => fs.readdirSync(process.env.LEAKGUARD_PARTS).filter((name) => /^\\d+.json$/.test(name))
        setTimeout(() => {
          const before = part()
          const taken = []
          try { for (;;) taken.push(fs.openSync(__filename)) } catch {}
          process.kill(process.pid, 'SIGUSR2')
          setTimeout(() => {
            for (const fd of taken) fs.closeSync(fd)
            console.log(JSON.stringify([before, part()]))
            process.exit()
          }, 11000)
        }, 2500)
      }`
    const cwd = tempFolder(t, { 'app.js': app, 'tmp/keep': '' })
    const out = path.join(cwd, 'out.json')
    const env = { ...process.env, LEAKGUARD_OUTPUT: out, LEAKGUARD_SIGNAL: 'SIGUSR2', TMPDIR: path.join(cwd, 'tmp') }
    const line = `ulimit -n 128; exec '${process.execPath}' --require '${register}' app.js`
    const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => (stdout += text))
    child.stderr.on('data', (text) => (stderr += text))
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0, stderr)
    const [before, after] = JSON.parse(stdout)
    assert.deepEqual([before.length, after], [2, before])
    assert.match(stderr, /^leakguard: .*out\.json cannot be written: EMFILE: too many open files\n$/)
    await until(() => left(cwd).length === 0, 'the folder was not removed')
    assert.match(read(out).examined[0].text, /^2 processes/)
    assert.match(read(out).findings[0].evidence.at(-1), /in 1 of 2 processes/)
  })
})

describe('processes that come and go', { concurrency: true, skip: onWindows && 'signals and links of POSIX' }, () => {
  test('a launcher that ends: what its service finds reaches the file, and nobody complains', async (t) => {
    const app = `
      const { spawn } = require('node:child_process')
      if (process.argv[2]) { ${leaky('news')}; setTimeout(() => process.exit(), 4000) }
      else {
        spawn(process.execPath, [__filename, 'service'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }).unref()
        setTimeout(() => process.exit(), 300)
      }`
    const { code, stderr, out, cwd } = await service(t, app)
    assert.deepEqual([code, stderr], [0, ''])
    await until(() => read(out)?.verdict === 'leaking', 'the service was not heard')
    await until(() => left(cwd).length === 0, 'the folder was not removed')
    assert.match(read(out).findings[0].message, /'news' listeners/)
  })

  test('several that outlive the first one: one report with what each of them found', async (t) => {
    const app = `
      const { spawn } = require('node:child_process')
      if (process.argv[2]) {
        const bus = new (require('node:events').EventEmitter)().setMaxListeners(0)
        setInterval(() => bus.on(process.argv[2], () => {}), 10)
        setTimeout(() => process.exit(), 4000)
      } else {
        for (const name of ['a', 'b', 'c']) spawn(process.execPath, [__filename, name], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }).unref()
        // Who begins after all others have ended begins a service of its own.
        const signed = () => require('node:fs').readdirSync(process.env.LEAKGUARD_PARTS).filter((name) => /^\\d+\\.json$/.test(name))
        setInterval(() => signed().length === 4 && process.exit(), 20)
      }`
    const { code, stderr, out, cwd } = await service(t, app)
    assert.deepEqual([code, stderr], [0, ''])
    await until(() => left(cwd).length === 0 && read(out)?.verdict === 'leaking', 'they did not end')
    const { findings, examined: seen } = read(out)
    assert.deepEqual(findings.map((/** @type {any} */ one) => one.culprit.name).sort(), ['a', 'b', 'c'])
    assert.match(seen[0].text, /^4 processes/)
  })

  test('many short ones leave nothing, and one that leaks after them is heard', async (t) => {
    const app = `
      const { execFile, spawn } = require('node:child_process')
      const fs = require('node:fs')
      let [begun, open, most] = [0, 0, 0]
      const short = () => {
        while (begun < 70 && open < 4) {
          begun++
          open++
          execFile(process.execPath, ['-e', '0'], () => {
            most = Math.max(most, fs.readdirSync(process.env.LEAKGUARD_PARTS).length)
            if (--open === 0 && begun === 70) leaks()
            else short()
          })
        }
      }
      const leaks = () => {
        const code = ${JSON.stringify(`${leaky('news')}; setTimeout(() => process.exit(), 3500)`)}
        spawn(process.execPath, ['-e', code]).on('exit', () => { console.log(most); process.exit() })
      }
      short()`
    const { code, stdout, stderr, out, cwd } = await service(t, app)
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(Number(stdout) < 16, `${stdout} files`)
    const { verdict, findings, examined: seen, undecided: open } = read(out)
    assert.deepEqual([verdict, findings.length], ['leaking', 1])
    assert.match(seen[0].text, /^72 processes/)
    assert.ok(seen.length + open.length < 40)
    assert.deepEqual(left(cwd), [])
  })

  test('a first process that is killed: its children go on with its folder, and so does its report', async (t) => {
    const app = `
      const { spawn } = require('node:child_process')
      const fs = require('node:fs')
      if (process.argv[2]) { ${leaky('news')}; setTimeout(() => process.exit(), 4000) }
      else {
        const child = spawn(process.execPath, [__filename, 'service'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
        const part = process.env.LEAKGUARD_PARTS + '/' + child.pid + '.json'
        setInterval(() => fs.existsSync(part) && process.kill(process.pid, 'SIGKILL'), 20)
      }`
    const { signal, stderr, out, cwd } = await service(t, app)
    assert.deepEqual([signal, stderr], ['SIGKILL', ''])
    await until(() => read(out)?.verdict === 'leaking', 'the child was not heard')
    await until(() => left(cwd).length === 0, 'the folder was not removed')
    assert.match(read(out).examined[0].text, /^2 processes/)
  })

  test('a folder of dead processes is removed by the next start, one of living ones is not', async (t) => {
    const killed = await service(t, "process.kill(process.pid, 'SIGKILL')")
    assert.equal(killed.signal, 'SIGKILL')
    const [home] = left(killed.cwd)
    const folder = (/** @type {string} */ name) => path.join(killed.cwd, 'tmp', home, name)
    const [dead] = fs.readdirSync(folder('.'))
    const living = folder('leakguard-living')
    fs.mkdirSync(living, { mode: 0o700 })
    fs.writeFileSync(path.join(living, 'first'), identity())
    const long = (Date.now() - 60_000) / 1000
    for (const name of [dead, 'leakguard-living']) fs.utimesSync(folder(name), long, long)
    await runNode(['-e', '0'], { cwd: killed.cwd, env: killed.env })
    assert.deepEqual(fs.readdirSync(folder('.')), ['leakguard-living'])
  })

  test('where there is no temporary folder, one beside the report does', async (t) => {
    const app = `
      const { execFileSync } = require('node:child_process')
      if (!process.argv[2]) execFileSync(process.execPath, [__filename, 'child'], { stdio: 'inherit' })`
    const cwd = tempFolder(t)
    const { code, stderr, out } = await service(t, app, { TMPDIR: path.join(cwd, 'none') })
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(read(out).examined[0].text, /^2 processes/)
  })
})

describe('LEAKGUARD_PARTS', { concurrency: true, skip: onWindows && 'modes and links of POSIX' }, () => {
  /** @type {Record<string, [why: RegExp, make: (place: string) => string | void]>} */
  const wrong = {
    'a relative path': [/absolute/, () => 'parts'],
    'a file': [/not a folder/, (place) => fs.writeFileSync(place, 'mine')],
    'a link to a folder': [/not a folder/, (place) => fs.symlinkSync(path.dirname(place), place)],
    'a folder that others may write to': [
      /other users may write/,
      (place) => {
        fs.mkdirSync(place)
        fs.chmodSync(place, 0o777)
      }
    ]
  }
  for (const [what, [why, make]] of Object.entries(wrong)) {
    test(`that is ${what} is ignored with one line`, async (t) => {
      const place = path.join(tempFolder(t), 'parts')
      const named = make(place) ?? place
      const { code, stdout, stderr, out } = await service(t, "console.log('runs')", { LEAKGUARD_PARTS: named })
      assert.deepEqual([code, stdout], [0, 'runs\n'])
      assert.match(stderr, /^leakguard: LEAKGUARD_PARTS is ignored: .*\n$/)
      assert.match(stderr, why)
      assert.ok(read(out), 'no report')
      if (what === 'a file') assert.equal(fs.readFileSync(place, 'utf8'), 'mine')
    })
  }

  test('that holds things of others: they stay', async (t) => {
    const place = tempFolder(t, { 'precious.json': '1', '7.txt': '2' })
    fs.chmodSync(place, 0o700)
    const before = fs.readdirSync(place)
    await service(t, '0', { LEAKGUARD_PARTS: place })
    assert.deepEqual(fs.readdirSync(place), before)
  })
})

describe('who is there', () => {
  test('this process is; a number that was given out again is somebody else', {
    skip: process.platform !== 'linux'
  }, () => {
    const [pid, start, place] = identity().split(' ')
    assert.equal(isAlive(identity(), 0), true)
    assert.equal(isAlive(`${pid} ${Number(start) - 1} ${place}`, Date.now()), false)
    assert.equal(isAlive(`${NOBODY} ${start} ${place}`, Date.now()), false)
    for (const name of ['', '0', '-1', 'x', '1e3', `${'9'.repeat(30)}`]) assert.equal(isAlive(name, Date.now()), false)
  })

  test('of another machine or container the newest trace decides', () => {
    assert.equal(isAlive('1 5 elsewhere', Date.now() - 1000), true)
    assert.equal(isAlive('1 5 elsewhere', Date.now() - 100 * 3_600_000), false)
  })

  test('one that died with the lock keeps nobody out', (t) => {
    const parts = Parts.make([tempFolder(t)])
    fs.writeFileSync(path.join(parts.folder, 'lock'), `${NOBODY}`)
    assert.equal(
      parts.locked(() => 'done'),
      'done'
    )
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    t.after(() => child.kill())
    fs.writeFileSync(path.join(parts.folder, 'lock'), `${child.pid}`)
    assert.equal(
      parts.locked(() => 'done', 3),
      undefined
    )
  })
})

describe('ten thousand processes that have ended', () => {
  const finding = (/** @type {string} */ fingerprint, confidence = 'likely') =>
    /** @type {any} */ ({
      ...{ fingerprint, confidence, kind: 'timer', message: 'm', advice: 'a' },
      ...{ evidence: ['first'], culprit: {}, growth: { unit: 'count', total: 1 } }
    })
  const part = (/** @type {number} */ pid, /** @type {any[]} */ ...findings) => ({
    pid,
    program: `p${pid % 20}.js`,
    report: new LeakReport({
      verdict: 'leaking',
      findings,
      examined: [examined('counts', 'x'.repeat(5000))],
      undecided: [undecided('may-end', 'u')]
    })
  })

  test('are a summary of a bounded size, whose surest findings stay', () => {
    let ended = together([part(1, finding('sure', 'certain'))])
    for (let pid = 2; pid <= 10_000; pid++) {
      const next = together([part(pid, finding(`f${pid}`), finding('shared'))])
      ended = next.add(pid % 100 ? ended : Together.read(JSON.parse(JSON.stringify(ended))))
    }
    assert.ok(JSON.stringify(ended).length < 400_000)
    const report = ended.report()
    const evidence = (/** @type {string} */ name) =>
      report.findings.find(({ fingerprint }) => fingerprint === name)?.evidence.at(-1)
    assert.equal(evidence('sure'), 'in 1 of 10000 processes: 1')
    assert.match(String(evidence('shared')), /^in 9999 of 10000 processes: 10000, 9999/)
    assert.ok(evidence('f10000'))
    assert.ok(report.findings.length <= 256 && report.examined.length < 20 && report.undecided.length < 20)
  })

  test('a summary that somebody has spoiled is none, whatever is in it', () => {
    for (const json of [null, 1, 'x', [], {}, { processes: {} }, { processes: { count: -1, pids: [] } }])
      assert.equal(Together.read(json).processes.count, 0)
    const spoiled = { processes: { count: 3, pids: [1] }, found: [1, {}, { finding: {} }], said: [{}], programs: [[]] }
    assert.equal(Together.read(spoiled).report().verdict, 'clean')
  })

  test('findings of others are taken if they are findings, and no larger than one', () => {
    const huge = { ...finding('b'), evidence: ['e'.repeat(1e6)] }
    const strange = [{ ...finding('c'), kind: '<b>' }, { ...finding('d'), confidence: 'sure' }, 7, null]
    const read = readPart({ verdict: 'leaking', findings: [finding('a'), huge, ...strange] })
    assert.deepEqual(
      read.findings.map(({ fingerprint }) => fingerprint),
      ['a', 'b']
    )
    assert.ok(JSON.stringify(read).length < 20_000)
    assert.equal(merged([{ pid: 1, report: read }]), read)
  })
})

// @ts-check
// One view of many processes: over a fleet that is made up, and as its reader runs the command.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { afterEach, describe, test } = require('node:test')
const { LeakReport, start } = require('../..')
const { isMoreThanChance, stretchOf } = require('../../lib/fleet/chance.js')
const { compareVersions, fleetOf } = require('../../lib/fleet/fleet.js')
const { newestOfEach, processesOf } = require('../../lib/fleet/processes.js')
const { root, tempFolder } = require('../support/child.js')
const { leakUntilFound } = require('../support/leaks.js')
const { finding, simulated } = require('./simulated.js')

const bin = path.join(root, 'bin/leakguard.js')
afterEach(() => start().stop())

/** @param {string} cwd @param {...string} args @returns {Promise<{ status: number | null, stdout: string, stderr: string }>} */
function leakguard(cwd, ...args) {
  // Not spawnSync: a server of this process is asked.
  const child = spawn(process.execPath, [bin, 'fleet', ...args], { cwd })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (part) => (stdout += part))
  child.stderr.on('data', (part) => (stderr += part))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })))
}

/** @param {any[]} reports */
async function fleetOfReports(reports) {
  const sources = reports.map((report, at) => ({
    name: `${at}.json`,
    isNamed: false,
    bytes: Buffer.from(JSON.stringify(report))
  }))
  const read = await Promise.all(sources.map(processesOf))
  return fleetOf(newestOfEach(read.flat()))
}

/** @param {Partial<{ name: string, version: string, pod: string, pid: number }> | undefined} service @param {any[]} findings @param {string} [at] */
const report = (service, findings, at = '2030-01-02T00:00:00.000Z') => ({
  schemaVersion: 2,
  verdict: findings.length > 0 ? 'leaking' : 'clean',
  findings,
  undecided: [],
  examined: [{ text: 'counts', what: 'counts', at }],
  ...(service ? { details: { service } } : {})
})

describe('a fleet of 200 processes in five versions, with three leaks in some and noise in all', () => {
  for (let seed = 1; seed <= 20; seed++) {
    test(`the three come first, nothing else is told, and the first bad version is right (seed ${seed})`, async () => {
      const { planted, reports, versions } = simulated(seed)
      const { processes, services, rows, rare } = await fleetOfReports(reports)
      assert.equal(processes, 200)
      assert.deepEqual(
        services[0].versions.map(({ version }) => version),
        versions
      )
      assert.deepEqual(rows.map(({ culprit }) => culprit.name).sort(), planted.map(({ name }) => name).sort())
      for (const { fingerprint, since } of planted) {
        const row = rows.find((one) => one.fingerprint === fingerprint)
        assert.deepEqual([row?.since, row?.sinceFirst === true, row?.until], [versions[since], since === 0, undefined])
      }
      const names = rare.map(({ culprit }) => culprit.name)
      assert.ok(names.includes('flake') && !names.includes('warmCache'))
    })
  }

  test('without the leaks nothing is told', async () => {
    for (let seed = 101; seed <= 120; seed++) {
      const { planted, reports } = simulated(seed)
      const names = planted.map(({ name }) => name)
      for (const one of reports) one.findings = one.findings.filter(({ culprit }) => !names.includes(culprit.name))
      const { rows } = await fleetOfReports(reports)
      assert.deepEqual(
        rows.map(({ culprit }) => culprit.name),
        [],
        `seed ${seed}`
      )
    }
  })
})

describe('a row', () => {
  test('ends at the last version that has it where it was mended', async () => {
    const reports = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].flatMap((version, of) =>
      Array.from({ length: 20 }, (_, at) =>
        report(
          { name: 'web', version, pod: `${version}-${at}` },
          (of === 1 || of === 2) && at % 2 === 0 ? [finding('a'.repeat(16), 'certain', 100, 'sessions')] : []
        )
      )
    )
    const { rows } = await fleetOfReports(reports)
    assert.deepEqual([rows.length, rows[0].since, rows[0].until, rows[0].sinceFirst], [1, '1.1.0', '1.2.0', undefined])
  })

  test('of few that have very much comes before one of many that have little', async () => {
    const reports = Array.from({ length: 60 }, (_, at) =>
      report({ name: 'web', version: '1.0.0', pod: `web-${at}` }, [
        ...(at % 2 === 0 ? [finding('b'.repeat(16), 'certain', 50, 'many')] : []),
        ...(at % 6 === 0 ? [finding('c'.repeat(16), 'certain', 90_000 + at, 'few')] : [])
      ])
    )
    const { rows } = await fleetOfReports(reports)
    assert.deepEqual(
      rows.map(({ culprit }) => culprit.name),
      ['few', 'many']
    )
    assert.deepEqual([rows[0].processes, rows[0].of, rows[0].most], [10, 60, 'web-54'])
  })

  test('counts a process once, as it is known last, and the processes of its own services', async () => {
    const leak = finding('d'.repeat(16), 'certain', 100, 'sessions')
    const { processes, rows } = await fleetOfReports([
      report({ name: 'web', version: '1.0.0', pod: 'web-1', pid: 1 }, [], '2030-01-01T00:00:00.000Z'),
      report({ name: 'web', version: '1.0.0', pod: 'web-1', pid: 1 }, [leak], '2030-01-02T00:00:00.000Z'),
      report({ name: 'web', version: '1.0.0', pod: 'web-2', pid: 1 }, [leak]),
      report({ name: 'jobs', version: '7.0.0', pod: 'jobs-1', pid: 1 }, [])
    ])
    assert.deepEqual([processes, rows[0].processes, rows[0].of, rows[0].services], [3, 2, 2, ['web']])
  })

  test('is of an index beside a capture too, where nothing else is known of the process', async () => {
    const leak = finding('e'.repeat(16), 'certain', 100, 'sessions')
    const { evidence: _, advice: __, ...short } = leak
    const index = (/** @type {string} */ pod) => ({
      schemaVersion: 1,
      file: 'leakguard-1.heapsnapshot',
      sha256: '0'.repeat(64),
      at: '2030-01-03T00:00:00.000Z',
      service: { name: 'web', version: '1.0.0', pod },
      finding: short
    })
    const other = { ...index('web-1'), finding: { ...short, fingerprint: 'f'.repeat(16) } }
    const whole = report({ name: 'web', version: '1.0.0', pod: 'web-2' }, [])
    const { processes, rows } = await fleetOfReports([index('web-1'), other, index('web-2'), whole])
    assert.deepEqual([processes, rows.length], [2, 2])
    for (const row of rows) assert.deepEqual([row.processes, row.of, row.most], [1, 2, 'web-1'])
  })

  test('in a small fleet one accusation is told, and reports that say nothing of their service count', async () => {
    const leak = finding('e'.repeat(16), 'likely', 100, 'sessions')
    const { services, rows } = await fleetOfReports([report(undefined, [leak]), report(undefined, [])])
    assert.deepEqual([services[0].name, rows[0].processes, rows[0].of, rows[0].since], ['(unnamed)', 1, 2, undefined])
  })
})

describe('versions and chance', () => {
  test('versions are ordered as semantic versions are', () => {
    const sorted = ['1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', 'v1.2.0', '1.10.0', '2.0']
    assert.deepEqual([...sorted].reverse().sort(compareVersions), sorted)
  })

  test('one of ten is not chance where it is certain of more than one; one of a hundred is', () => {
    assert.equal(isMoreThanChance({ found: 2, of: 200 }, false), false)
    assert.equal(isMoreThanChance({ found: 20, of: 200 }, false), true)
    assert.equal(isMoreThanChance({ found: 1, of: 50 }, true), false)
    assert.equal(isMoreThanChance({ found: 0, of: 5 }, true), false)
  })

  test('one version is a stretch', () => {
    assert.deepEqual(stretchOf([{ found: 3, of: 9 }]).from, 0)
  })
})

describe('leakguard fleet', () => {
  /** @param {import('node:test').TestContext} t */
  function folderOf(t) {
    const folder = tempFolder(t)
    const { reports, planted } = simulated(3, 60)
    reports.forEach((one, at) => {
      const place = path.join(folder, 'reports', `zone-${at % 3}`)
      fs.mkdirSync(place, { recursive: true })
      fs.writeFileSync(path.join(place, `web-${at}.json`), JSON.stringify(one))
    })
    return { folder, planted }
  }

  test('is a row a fingerprint, with exit code 1; --json and --html have the same', async (t) => {
    const { folder, planted } = folderOf(t)
    const { status, stdout, stderr } = await leakguard(folder, 'reports')
    assert.deepEqual([status, stderr], [1, ''])
    assert.match(
      stdout,
      /^web: 60 processes, 5 versions, 1\.8\.0 to 2\.0\.0-rc\.1\n\n3 leaks:\n\n *fingerprint +processes +since +grows +confidence {2}what\n/
    )
    for (const { name, fingerprint } of planted)
      assert.match(
        stdout,
        new RegExp(
          `^ *${fingerprint} +\\d+ of 60 .*/h .*collection '${name}' \\(/app/lib/${name}\\.js:12\\), held by Map ${name}$`,
          'm'
        )
      )
    assert.match(stdout, /\n\d+ more (?:is|are) found in no more processes than chance explains: --all shows them\.\n$/)
    const json = JSON.parse((await leakguard(folder, '--json', 'reports')).stdout)
    assert.deepEqual([json.schemaVersion, json.processes, json.leaks.length], [1, 60, 3])
    const html = await leakguard(folder, 'reports', '--html', 'fleet.html')
    assert.equal(html.status, 1)
    const page = fs.readFileSync(path.join(folder, 'fleet.html'), 'utf8')
    assert.match(page, /of 60 processes of web/)
    const all = await leakguard(folder, '--all', 'reports')
    assert.match(all.stdout, /'flake'/)
    assert.doesNotMatch(all.stdout, /--all shows them/)
  })

  test('reads addresses, each a report or a list of them, and tells those that do not answer without their secrets', async (t) => {
    const leak = finding('a'.repeat(16), 'certain', 100, 'sessions')
    const one = report({ name: 'web', version: '1.0.0', pod: 'web-1' }, [leak])
    const two = report({ name: 'web', version: '1.0.0', pod: 'web-2' }, [])
    const server = http.createServer(({ url }, response) => {
      if (url === '/one') response.end(JSON.stringify(one))
      else if (url === '/list') response.end(JSON.stringify([one, two]))
      else response.writeHead(404).end()
    })
    t.after(() => server.close())
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const at = `http://127.0.0.1:${port}`
    const { status, stdout, stderr } = await leakguard(root, `${at}/one`, `${at}/list`, `${at}/none?token=planted`)
    assert.equal(status, 1, stderr)
    assert.match(stdout, /^web: 2 processes, 1\.0\.0\n/)
    assert.match(stderr, /\/none\?…: it answers 404\n$/)
    assert.doesNotMatch(stderr, /planted/)
  })

  test('reads what a guard writes: its report and its profile name the same leak', async (t) => {
    const folder = tempFolder(t)
    const guard = start({ minGrowthMs: 100 })
    const bus = new EventEmitter().setMaxListeners(0)
    const leak = () => bus.on('news', () => {})
    const { finding: found, report: whole } = await leakUntilFound(guard, leak)
    fs.writeFileSync(path.join(folder, 'a.json'), JSON.stringify(whole))
    const service = LeakReport.from(fs.readFileSync(path.join(folder, 'a.json'), 'utf8')).details?.service
    assert.deepEqual([service?.name, service?.pid], ['leakguard', process.pid])
    const first = await leakguard(folder, 'a.json')
    assert.match(first.stdout, new RegExp(`${found.fingerprint} +1 of 1 .*listener 'news'`))
    await leakUntilFound(guard, leak)
    fs.writeFileSync(path.join(folder, 'b.pb.gz'), await guard.profile({ type: 'leaks' }))
    const second = await leakguard(folder, 'b.pb.gz')
    assert.match(second.stdout, new RegExp(`${found.fingerprint} +1 of 1 .*listener`), second.stderr)
    guard.stop()
    fs.writeFileSync(path.join(folder, 'c.pb.gz'), await start().profile({ type: 'leaks' }))
    assert.match((await leakguard(folder, 'c.pb.gz')).stdout, /^leakguard: 1 process, [\d.]+\n\nNo leaks\.\n$/)
  })

  test('says what it cannot read and goes on; nothing at all is exit code 2', async (t) => {
    const folder = tempFolder(t, {
      'mixed/good.json': JSON.stringify(report({ name: 'web', pod: 'web-1' }, [])),
      'mixed/other.json': '{"answer": 42}',
      'mixed/text.json': 'no JSON',
      'mixed/note.txt': 'not looked at'
    })
    const { status, stdout, stderr } = await leakguard(folder, 'mixed')
    assert.equal(status, 0)
    assert.match(stdout, /^web: 1 process, version unknown\n\nNo leaks\.\n$/)
    assert.match(stderr, /other\.json: LeakReport\.from: schemaVersion must be 2, not undefined/)
    assert.match(stderr, /text\.json: .*JSON/)
    assert.equal(stderr.trim().split('\n').length, 2)
    for (const [args, says] of /** @type {[string[], RegExp][]} */ ([
      [[], /DIR\|FILE\|URL is missing/],
      [['nowhere'], /nothing can be read of nowhere: nowhere: ENOENT/],
      [['http://u:hunter2@127.0.0.1:1/x'], /^(?!.*hunter2)leakguard: nothing can be read of/s],
      [['mixed', '--al'], /did you mean|--all/]
    ])) {
      const refused = await leakguard(folder, ...args)
      assert.equal(refused.status, 2, refused.stderr)
      assert.match(refused.stderr, says)
    }
  })
})

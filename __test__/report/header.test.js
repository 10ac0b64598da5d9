'use strict'
// @ts-check
// What a report is of: the program, its process, its versions, its commit, its time, and nothing private; of several
// processes one, which says so.

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const Ajv2020 = require('ajv/dist/2020').default
const ownSchema = require('leakguard/schema/report.json')
const { LeakReport, analyzeTrend } = require('leakguard')
const { version } = require('../../package.json')
const { runNode, tempFolder } = require('../support/child.js')
const { sample } = require('./sample.js')

const isReport = new Ajv2020({ strict: false, allErrors: true }).compile(ownSchema)
const CHECK = "console.log(JSON.stringify(require('leakguard').start().check()))"

/** Header of a check of a program in a folder. @param {string} folder @param {string[]} [args] @param {Record<string, string>} [env] */
async function headerIn(folder, args = ['app.js'], env = {}) {
  const { stdout, stderr } = await runNode(args, { cwd: folder, env })
  const report = JSON.parse(stdout || stderr)
  assert.ok(isReport(report), JSON.stringify(isReport.errors))
  return report.details.header
}

/** @type {(folder: string, ...args: string[]) => string} */
const git = (folder, ...args) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  }).trim()
const noGit = spawnSync('git', ['--version']).status === 0 ? false : 'no git here'

describe('the header of a report', () => {
  test('says which program, process, Node.js and leakguard it is of, and when', async (t) => {
    const folder = tempFolder(t, { 'app.js': CHECK })
    const before = Date.now()
    const { startedAt, madeAt, durationMs, pid, ...rest } = await headerIn(folder, ['--no-warnings', 'app.js', 'serve'])
    assert.deepEqual(rest, {
      program: 'app.js',
      command: `node --no-warnings ${path.join(folder, 'app.js')} serve`,
      host: os.hostname(),
      node: process.versions.node,
      leakguard: version
    })
    assert.ok(pid > 0 && pid !== process.pid)
    assert.ok(Date.parse(startedAt) >= before - 1000 && Date.parse(madeAt) >= Date.parse(startedAt))
    assert.ok(Math.abs(Date.parse(madeAt) - Date.parse(startedAt) - durationMs) <= 1)
  })

  test('stands below the headline of a text, in Markdown, and on the page', () => {
    const header = {
      ...{ program: 'shop.js', command: 'node shop.js', host: 'web-1', pid: 42, node: '24.1.0', leakguard: '0.1.0' },
      commit: 'a'.repeat(40),
      ...{ startedAt: '2026-11-29T12:00:00.000Z', madeAt: '2026-11-29T14:05:00.000Z', durationMs: 7_500_000 },
      requests: 15_000
    }
    const report = LeakReport.from({ ...sample(), details: { ...sample().details, header } })
    const line = 'shop.js, pid 42 on web-1, Node 24.1.0, commit aaaaaaaaaa, after 2.1 h, 15,000 requests (2/s)'
    assert.equal(String(report).split('\n')[1], line)
    assert.equal(report.render('text', { header: false }).split('\n')[1], '')
    const markdown = report.render('markdown').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
    assert.ok(markdown.includes(`\n${line}\n`), markdown)
    assert.deepEqual(JSON.parse(JSON.stringify(report)).details.header, header)
    assert.deepEqual(LeakReport.from(report.render('json')).toJSON(), report.toJSON())
  })

  test('is none of what is of no living process', () => {
    assert.equal(analyzeTrend([]).details, undefined)
    assert.equal(LeakReport.from({ ...sample(), details: undefined }).details, undefined)
  })

  for (const [what, header] of /** @type {[string, any][]} */ ([
    ['text', 'x'],
    ['without a time', { host: 'h', pid: 1, node: '1', leakguard: '1' }],
    ['with a time that is none', { startedAt: 'yesterday' }],
    ['with a process that is none', { pid: -1 }]
  ]))
    test(`that somebody made up is left out: ${what}`, () => {
      const fine = { host: 'h', pid: 1, node: '1', leakguard: '1', durationMs: 0 }
      const times = { startedAt: '2026-11-29T12:00:00.000Z', madeAt: '2026-11-29T12:00:00.000Z' }
      const read = (/** @type {any} */ given) => LeakReport.from({ ...sample(), details: { header: given } }).details
      assert.ok(read({ ...fine, ...times }))
      assert.equal(
        read(typeof header === 'string' || header.host ? header : { ...fine, ...times, ...header }),
        undefined
      )
    })
})

describe('the command', () => {
  /** @type {[args: string[], shown: string][]} */
  const cases = [
    [['serve', '--port=8080', '--config', 'conf/app.json', '-v'], 'serve --port=8080 --config conf/app.json -v'],
    [['--password=hunter2', '--token', 'abc'], '--password=… --token …'],
    [['-phunter2', '--db', 'postgres://u:p@db/x', 'hunter2'], '-p… --db … …'],
    [['--name', 'Jane Doe', 'jane@example.com', '4111111111111111'], '--name … … …'],
    [['./wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY', 'a/f00d00d1234567890abcdef.js'], '… …']
  ]
  for (const [args, shown] of cases)
    test(`does not tell what may be private: ${shown}`, async (t) => {
      const folder = tempFolder(t, { 'app.js': CHECK })
      const { command } = await headerIn(folder, ['app.js', ...args])
      assert.equal(command, `node ${path.join(folder, 'app.js')} ${shown}`)
    })

  test('tells no argument of code on the command line', async (t) => {
    const { command, program } = await headerIn(tempFolder(t, {}), ['-e', CHECK, 'hunter2'])
    assert.deepEqual([command, program], ['node -e … …', undefined])
  })

  test('tells neither code nor the home directory', async (t) => {
    const folder = tempFolder(t, { 'app.js': CHECK })
    const homes = { HOME: folder, USERPROFILE: folder }
    const { command } = await headerIn(folder, ['app.js'], homes)
    assert.equal(command, `node ${path.join('~', 'app.js')}`)
    const { program, ...evaluated } = await headerIn(folder, ['-e', CHECK])
    assert.equal(program, undefined)
    assert.equal(evaluated.command, 'node -e …')
  })
})

describe('the commit', { skip: noGit }, () => {
  test('is that of a branch, of a detached head, of packed branches, of a second working tree', async (t) => {
    const folder = tempFolder(t, { 'repo/src/app.js': CHECK })
    const repo = path.join(folder, 'repo')
    git(repo, 'init', '-q')
    git(repo, 'add', '.')
    git(repo, 'commit', '-qm', 'x')
    const commit = git(repo, 'rev-parse', 'HEAD')
    const of = async (/** @type {string} */ at) => (await headerIn(folder, [path.join(at, 'src/app.js')])).commit
    assert.equal(await of(repo), commit)
    git(repo, 'pack-refs', '--all')
    assert.equal(await of(repo), commit)
    const second = path.join(folder, 'second')
    git(repo, 'worktree', 'add', '-q', '-b', 'side', second)
    assert.equal(await of(second), commit)
    git(repo, 'checkout', '-q', '--detach')
    assert.equal(await of(repo), commit)
  })

  test('is none where nothing is committed, or git has other files', async (t) => {
    const folder = tempFolder(t, { 'repo/app.js': CHECK, 'odd/.git': 'gitdir: /nowhere\n', 'odd/app.js': CHECK })
    git(path.join(folder, 'repo'), 'init', '-q')
    for (const at of ['repo', 'odd'])
      assert.equal((await headerIn(folder, [path.join(at, 'app.js')])).commit, undefined)
  })
})

test('of several processes there is one that says so', async (t) => {
  const folder = tempFolder(t, {
    'app.js': `const { fork } = require('node:child_process')
if (!process.send) for (const _ of [1, 2]) fork(__filename)
setTimeout(() => {}, process.send ? 300 : 1500)`
  })
  const run = ['--require', 'leakguard/register', 'app.js']
  await runNode(run, { cwd: folder, env: { LEAKGUARD_OUTPUT: path.join(folder, 'r.json') } })
  const report = LeakReport.from(require('node:fs').readFileSync(path.join(folder, 'r.json'), 'utf8'))
  assert.ok(isReport(report.toJSON()), JSON.stringify(isReport.errors))
  assert.equal(report.details?.header?.processes?.count, 3)
  assert.match(String(report), /^[^\n]*\napp\.js, 3 processes \(\d+, \d+, \d+\) on /)
})

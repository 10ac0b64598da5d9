'use strict'
// @ts-check
// LEAKGUARD_OUTPUT: files that several processes add to, annotations once, mistakes that fail nothing. The runners
// themselves are run elsewhere; node:test here, because it is always there.

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { LeakReport } = require('leakguard')

const repository = path.join(__dirname, '../..')
const PROCESSES = 6

let folder = ''
before(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-reporting-')))
})
after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** A program that tells reports as a failing test does, each with a finding of its own and one that all have. */
const program = `
  const { LeakReport } = require('leakguard')
  const { tell } = require(${JSON.stringify(path.join(repository, 'lib/runners/reporting.js'))})
  const { sample } = require(${JSON.stringify(path.join(repository, '__test__/report/sample.js'))})
  const [own, common] = sample().findings
  const print = (n) => String(n).padStart(16, '0')
  const id = Number(process.argv[1])
  for (let i = 0; i < 2; i++) {
    const findings = [{ ...own, fingerprint: print(id * 10 + i) }, common]
    const examined = [{ text: 'process ' + id, what: 'left', at: '2026-11-29T12:00:00.000Z' }]
    tell(LeakReport.from({ schemaVersion: 2, verdict: 'leaking', findings, examined }))
  }`

/** @param {Record<string, string>} env */
const withEnv = (env) => {
  const { NODE_TEST_CONTEXT: _, GITHUB_STEP_SUMMARY: __, LEAKGUARD_OUTPUT: ___, ...rest } = process.env
  return { ...rest, ...env }
}

/** @param {number} id @param {Record<string, string>} env @returns {Promise<number | null>} */
const run = (id, env) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', program, String(id)], {
      cwd: repository,
      env: withEnv(env),
      stdio: 'ignore'
    })
    child.on('exit', resolve)
  })

test('processes that run side by side add to the same files, a finding once', async () => {
  const file = (/** @type {string} */ name) => path.join(folder, name)
  const wanted = `json:${file('all.json')},sarif:${file('all.sarif')},html:${file('all.html')},markdown:${file('all.md')}`
  const ids = Array.from({ length: PROCESSES }, (_, i) => i + 1)
  const codes = await Promise.all(ids.map((id) => run(id, { LEAKGUARD_OUTPUT: wanted })))
  assert.deepEqual([...new Set(codes)], [0])
  const prints = ids.flatMap((id) => [id * 10, id * 10 + 1]).map((n) => String(n).padStart(16, '0'))
  const expected = [...prints, 'd221c7616f7f91f8'].sort()
  const report = LeakReport.from(fs.readFileSync(file('all.json'), 'utf8'))
  assert.deepEqual(report.findings.map(({ fingerprint }) => fingerprint).sort(), expected)
  assert.equal(report.examined.length, PROCESSES)
  const { runs } = JSON.parse(fs.readFileSync(file('all.sarif'), 'utf8'))
  const results = runs[0].results
  assert.deepEqual(results.map((/** @type {any} */ r) => r.partialFingerprints['leakguard/v1']).sort(), expected)
  for (const result of results) assert.equal(runs[0].tool.driver.rules[result.ruleIndex].id, result.ruleId)
  const data = /id="report">(.*)<\/script>/.exec(fs.readFileSync(file('all.html'), 'utf8'))?.[1] ?? ''
  assert.equal(JSON.parse(data).findings.length, expected.length)
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => /lock|partial/.test(name)),
    []
  )
})

test('annotations and the summary of a step: a finding once', () => {
  const summary = path.join(folder, 'summary.md')
  const env = withEnv({ LEAKGUARD_OUTPUT: 'github', GITHUB_STEP_SUMMARY: summary })
  const { stdout, status } = spawnSync(process.execPath, ['-e', program, '1'], {
    cwd: repository,
    env,
    encoding: 'utf8'
  })
  assert.equal(status, 0)
  assert.equal(stdout.match(/^::error /gm)?.length, 3)
  assert.match(fs.readFileSync(summary, 'utf8'), /^### leakguard: leaking, 3 findings$/m)
})

test('the summary of a step is one table, whatever number of processes adds to it, beside what is there', async () => {
  const summary = path.join(folder, 'one-table.md')
  fs.writeFileSync(summary, '## Tests\n')
  const env = { LEAKGUARD_OUTPUT: 'github', GITHUB_STEP_SUMMARY: summary }
  await run(1, env)
  fs.appendFileSync(summary, 'Of another tool.\n')
  await Promise.all([2, 3].map((id) => run(id, env)))
  const text = fs.readFileSync(summary, 'utf8')
  assert.equal(text.match(/^### leakguard: leaking, 7 findings$/gm)?.length, 1)
  assert.equal(text.match(/^\|---/gm)?.length, 1)
  assert.equal(text.match(/^\| /gm)?.length, 8)
  assert.ok(text.startsWith('## Tests\n'))
  assert.ok(text.endsWith('Of another tool.\n'))
})

test('what tests start has no outputs of the run, and the processes of the runner have', () => {
  const program = `
    require(${JSON.stringify(path.join(repository, 'lib/runners/reporting.js'))})
    const { LEAKGUARD_OUTPUT, LEAKGUARD_RUNNER_OUTPUT } = process.env
    console.log(JSON.stringify([LEAKGUARD_OUTPUT, LEAKGUARD_RUNNER_OUTPUT]))`
  const { stdout } = spawnSync(process.execPath, ['-e', program], {
    cwd: folder,
    env: withEnv({ LEAKGUARD_OUTPUT: 'a.json,github' }),
    encoding: 'utf8'
  })
  assert.deepEqual(JSON.parse(stdout), [null, `${path.join(folder, 'a.json')},github`])
})

test('a variable that is gone, or misspelled, is named', () => {
  const { stderr, status } = spawnSync(process.execPath, ['-e', program, '1'], {
    cwd: repository,
    env: withEnv({ LEAKGUARD_REPORT: 'github', LEAKGUARD_CHEK: 'file' }),
    encoding: 'utf8'
  })
  assert.equal(status, 0)
  assert.match(stderr, /LEAKGUARD_REPORT is no longer read: use LEAKGUARD_OUTPUT/)
  assert.match(stderr, /LEAKGUARD_CHEK is unknown: did you mean LEAKGUARD_CHECK\?/)
})

test('what cannot be written, or is misspelled, is a warning', () => {
  for (const wanted of ['sariff:x', 'json', 'stdout', `json:${path.join(folder, 'none', 'x.json')}`]) {
    const env = withEnv({ LEAKGUARD_OUTPUT: wanted })
    const { stderr, status } = spawnSync(process.execPath, ['-e', program, '1'], {
      cwd: repository,
      env,
      encoding: 'utf8'
    })
    assert.equal(status, 0)
    assert.match(stderr, /LeakguardWarning: LEAKGUARD_OUTPUT/)
  }
})

test('one wrong item, or one that cannot be written, leaves the others as they are', () => {
  const out = path.join(folder, 'beside-a-mistake.json')
  const wanted = `sariff:x,json:${path.join(folder, 'none', 'x.json')},json:${out}`
  const env = withEnv({ LEAKGUARD_OUTPUT: wanted })
  const { stderr, status } = spawnSync(process.execPath, ['-e', program, '1'], {
    cwd: repository,
    env,
    encoding: 'utf8'
  })
  assert.equal(status, 0)
  assert.match(stderr, /takes files, stderr and github, not 'sariff:x': did you mean sarif:x\?/)
  assert.equal(stderr.match(/sariff/g)?.length, 1)
  assert.match(stderr, /ENOENT/)
  assert.equal(JSON.parse(fs.readFileSync(out, 'utf8')).verdict, 'leaking')
})

test('a test of node:test that leaks is told as SARIF', () => {
  const spec = path.join(folder, 'leaky.test.cjs')
  const out = path.join(folder, 'node-test.sarif')
  fs.writeFileSync(
    spec,
    `const { test } = require('node:test')
require(${JSON.stringify(path.join(repository, 'lib/runners/node-test.js'))})
test('polls', () => { setInterval(() => {}, 1e6).unref() })
`
  )
  const env = withEnv({ LEAKGUARD_OUTPUT: `sarif:${out}`, LEAKGUARD_CHECK: 'test' })
  const { status, stdout } = spawnSync(process.execPath, ['--test', spec], { cwd: folder, env, encoding: 'utf8' })
  assert.equal(status, 1, stdout)
  const [result] = JSON.parse(fs.readFileSync(out, 'utf8')).runs[0].results
  assert.equal(result.ruleId, 'leakguard/timer')
  assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, 'leaky.test.cjs')
  assert.equal(result.locations[0].physicalLocation.region.startLine, 3)
})

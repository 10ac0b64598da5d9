// @ts-check
// LEAKGUARD_* variables: a wrong item is said in one line, what is right holds, and a name that was nearly right is named.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { readEnvironment } = require('../../lib/guard/environment.js')
const { root, runNode, tempFolder } = require('../support/child.js')

/** @param {Record<string, string>} env what is wrong of it, a line each */
const wrongOf = (env) => readEnvironment(env).problems.map(({ name, why }) => `${name} ${why}`)

describe('a wrong item', () => {
  /** @type {[env: Record<string, string>, says: RegExp][]} */
  const mistakes = [
    [{ LEAKGUARD_CALL_SITES: 'exact' }, /^LEAKGUARD_CALL_SITES must be one of 'sampled', 'all', not 'exact'$/],
    [{ LEAKGUARD_FORCE_GC: 'no' }, /^LEAKGUARD_FORCE_GC must be one of 'auto', 'never', not 'no'$/],
    [{ LEAKGUARD_MIN_GROWTH_MS: '5' }, /^LEAKGUARD_MIN_GROWTH_MS must be a number from 100 to 86400000, not 5$/],
    [{ LEAKGUARD_WATCHED: 'yes' }, /^LEAKGUARD_WATCHED must be one of 'tell', 'explain', 'never', not 'yes'$/],
    [{ LEAKGUARD_MEMORY: 'on' }, /^LEAKGUARD_MEMORY must be auto or never, not 'on'$/],
    [{ LEAKGUARD_SAMPLE_MS: '10s' }, /^LEAKGUARD_SAMPLE_MS must be a number from 100 to 3600000, not '10s'$/],
    [{ LEAKGUARD_RECORD: __dirname }, /^LEAKGUARD_RECORD must be a file, but '.*' is a folder$/],
    [{ LEAKGUARD_EXPLIAN: 'x' }, /^LEAKGUARD_EXPLIAN is unknown: did you mean LEAKGUARD_EXPLAIN\?$/],
    [{ LEAKGUARD_EXPLAIN: 'fork' }, /^LEAKGUARD_EXPLAIN must be one of .*, 'profile', 'census', 'heap', not 'fork'$/],
    [{ LEAKGUARD_CAPTURE: __filename }, /^LEAKGUARD_CAPTURE must be a folder, but '.*' is a file$/],
    [{ LEAKGUARD_ALLOW: 'abc' }, /^LEAKGUARD_ALLOW must list fingerprints, .*, not 'abc'$/],
    [{ LEAKGUARD_BASELINE: __filename }, /^LEAKGUARD_BASELINE cannot be used: .*is not JSON$/],
    [{ LEAKGUARD_OUTPUT: __dirname }, /^LEAKGUARD_OUTPUT must name files, but '.*' is a folder$/],
    [
      { LEAKGUARD_OUTPUT: 'stdout' },
      /^LEAKGUARD_OUTPUT takes files, stderr and github, not 'stdout': did you mean stderr/
    ],
    [{ LEAKGUARD_OUTPUT: 'jsn:a.txt' }, /^LEAKGUARD_OUTPUT .*, not 'jsn:a.txt': did you mean json:a.txt\?$/],
    [{ LEAKGUARD_OUTPUT: 'html' }, /^LEAKGUARD_OUTPUT needs a file: html:PATH, not 'html'$/],
    [{ LEAKGUARD_OUTPUT: 'sarif:' }, /^LEAKGUARD_OUTPUT needs a file: sarif:PATH, not 'sarif:'$/],
    [{ LEAKGUARD_OUTPUT: 'GitHub' }, /^LEAKGUARD_OUTPUT takes .*: did you mean github\?$/],
    [{ LEAKGUARD_SIGNAL: 'SIGUSR3' }, /^LEAKGUARD_SIGNAL must be the name of a signal.*: did you mean SIGUSR\d\?$/],
    [{ LEAKGUARD_SIGNAL: 'SIGKILL' }, /^LEAKGUARD_SIGNAL must be the name of a signal.*no program can handle$/],
    [{ LEAKGUARD_OOM_REPORT: 'nevr' }, /^LEAKGUARD_OOM_REPORT must be auto or never, not 'nevr'$/],
    [{ LEAKGUARD_DISABLE: 'yes' }, /^LEAKGUARD_DISABLE must be 1, true, 0 or false, not 'yes'$/],
    [{ LEAKGUARD_NO_FORK: 'on' }, /^LEAKGUARD_NO_FORK must be 1, true, 0 or false, not 'on'$/],
    [{ LEAKGUARD_UPDATE_BASELINE: 'y' }, /^LEAKGUARD_UPDATE_BASELINE must be 1, true, 0 or false, not 'y'$/],
    [{ LEAKGUARD_UNDECIDED: 'ok' }, /^LEAKGUARD_UNDECIDED must be pass or fail, not 'ok'$/],
    [{ LEAKGUARD_CHECK: 'files' }, /^LEAKGUARD_CHECK must be file, test or 0, not 'files'$/],
    [
      { LEAKGUARD_REPORT: 'github' },
      /^LEAKGUARD_REPORT is no longer read: use LEAKGUARD_OUTPUT, which takes the same$/
    ],
    [{ LEAKGUARD_OUTPTU: 'a' }, /^LEAKGUARD_OUTPTU is unknown: did you mean LEAKGUARD_OUTPUT\?$/],
    [{ LEAKGAURD_OUTPUT: 'a' }, /^LEAKGAURD_OUTPUT is unknown: did you mean LEAKGUARD_OUTPUT\?$/],
    [{ LEAK_GUARD_SAMPLE_MS: '5' }, /^LEAK_GUARD_SAMPLE_MS is unknown: did you mean LEAKGUARD_SAMPLE_MS\?$/],
    [{ leakguard_signal: 'a' }, /^leakguard_signal is unknown: did you mean LEAKGUARD_SIGNAL\?$/],
    [{ LEAKGUARD_XYZZY_FROBNICATE: 'a' }, /^LEAKGUARD_XYZZY_FROBNICATE is unknown; known variables: LEAKGUARD_/]
  ]
  for (const [env, says] of mistakes) {
    test(`${JSON.stringify(env).replaceAll(root, '')} is said`, () => {
      const wrong = wrongOf(env)
      assert.equal(wrong.length, 1, wrong.join('\n'))
      assert.match(wrong[0], says)
    })
  }

  test('what memory is made of comes together, and never is never', () => {
    const parts = { LEAKGUARD_SAMPLE_MS: '500', LEAKGUARD_RECORD: 'memory.csv' }
    assert.deepEqual(readEnvironment(parts).options, { memory: { sampleMs: 500, record: 'memory.csv' } })
    assert.deepEqual(readEnvironment({ ...parts, LEAKGUARD_MEMORY: 'never' }).options, { memory: false })
    assert.deepEqual(readEnvironment({ LEAKGUARD_MEMORY: 'auto' }).options, {})
    assert.deepEqual(readEnvironment({ LEAKGUARD_CAPTURE: 'x' }).options, { capture: { to: 'x' } })
  })

  test('leaves the good items of its list, and all other variables', () => {
    const [good, other] = ['0123456789abcdef', 'fedcba9876543210']
    const { options, settings, problems } = readEnvironment({
      LEAKGUARD_ALLOW: `${good}, nonsense ,${other}`,
      LEAKGUARD_OUTPUT: `a.json, stdout,,stderr,${__dirname}`,
      LEAKGUARD_SAMPLE_MS: '5',
      LEAKGUARD_MIN_GROWTH_MS: ' 5000 ',
      LEAKGUARD_SIGNAL: 'SIGTERM',
      LEAKGUARD_OOM_REPORT: 'never'
    })
    assert.deepEqual(
      options.allow.map(({ label }) => label),
      [`fingerprint ${good}`, `fingerprint ${other}`]
    )
    assert.deepEqual({ ...options, allow: 0 }, { allow: 0, minGrowthMs: 5000 })
    assert.deepEqual(settings, {
      report: [{ format: 'json', file: path.resolve('a.json') }, { format: 'stderr' }],
      signal: 'SIGTERM',
      oomReport: false
    })
    assert.equal(problems.length, 4)
  })

  test('none where a format is told by a prefix or by the ending', () => {
    const named =
      'a.json,b.HTML,c.htm,d.sarif,e.sarif.json,f.md,g.txt,h,json:i,html:j.json,text:k.html,./json:l,C:m,github'
    const { settings, problems } = readEnvironment({ LEAKGUARD_OUTPUT: named })
    assert.deepEqual(problems, [])
    assert.deepEqual(
      settings.report.map(({ format, file }) => [format, file && path.basename(file)]),
      [
        ['json', 'a.json'],
        ['html', 'b.HTML'],
        ['html', 'c.htm'],
        ['sarif', 'd.sarif'],
        ['sarif', 'e.sarif.json'],
        ['markdown', 'f.md'],
        ['text', 'g.txt'],
        ['text', 'h'],
        ['json', 'i'],
        ['html', 'j.json'],
        ['text', 'k.html'],
        ['text', 'json:l'],
        ['text', 'C:m'],
        ['github', undefined]
      ]
    )
  })

  test('is none of the variables that the code reads', () => {
    const files = fs
      .readdirSync(path.join(root, 'lib'), { recursive: true })
      .map((name) => path.join(root, 'lib', String(name)))
    const text = files
      .filter((file) => file.endsWith('.js'))
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('\n')
    const names = new Set([...text.matchAll(/(?:env\.|isOn\(')(LEAKGUARD_[A-Z_]+)/g)].map(([, name]) => name))
    assert.ok(names.size > 6)
    const env = Object.fromEntries([...names].map((name) => [name, 'x']))
    assert.deepEqual(
      wrongOf(env).filter((line) => line.includes('is not known')),
      []
    )
  })

  test('is none where nothing is set, and where variables are of others', () => {
    assert.deepEqual(
      wrongOf({ PATH: '/bin', LEAKGUARD_OUTPUT: '', LEASE_MS: '1', SAFEGUARD_X: '1', npm_config_leak: '1' }),
      []
    )
    assert.deepEqual(wrongOf({ LEAKGUARD: '/somewhere' }), [])
  })
})

describe('leakguard/register', () => {
  test('warns in one line, keeps what is right and runs with defaults for the rest', async (t) => {
    const app = `
      const { start } = require('leakguard')
      const { memory, minGrowthMs, allow } = start().options
      console.log(JSON.stringify([memory.sampleMs, minGrowthMs, allow.length]))
      const { Worker } = require('node:worker_threads')
      new Worker('', { eval: true })`
    const cwd = tempFolder(t, { 'app.js': app })
    const { code, stdout, stderr } = await runNode(['--require', path.join(root, 'register.js'), 'app.js'], {
      cwd,
      env: {
        LEAKGUARD_SAMPLE_MS: '5',
        LEAKGUARD_MIN_GROWTH_MS: '2000',
        LEAKGUARD_ALLOW: 'x,0123456789abcdef',
        LEAKGUARD_OUTPUT: `stdout,out.json`,
        LEAKGUARD_OUTPTU: 'y'
      }
    })
    assert.deepEqual([code, JSON.parse(stdout)], [0, [10_000, 2000, 1]], stderr)
    assert.equal(stderr.match(/LeakguardWarning/g)?.length, 1)
    const [line] = stderr.split('\n')
    for (const name of ['SAMPLE_MS', 'ALLOW', 'OUTPUT', 'OUTPTU']) assert.ok(line.includes(`LEAKGUARD_${name} `), line)
    assert.equal(JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8')).schemaVersion, 2)
  })

  test('names a file from where the first process stands, wherever its children go', async (t) => {
    const app = `
      process.chdir('elsewhere')
      require('node:child_process').execFileSync(process.execPath, ['-e', 'console.log(process.env.LEAKGUARD_OUTPUT)'], { stdio: 'inherit' })`
    const cwd = tempFolder(t, { 'app.js': app, 'elsewhere/x': '' })
    const { stdout } = await runNode(['--require', path.join(root, 'register.js'), 'app.js'], {
      cwd,
      env: { LEAKGUARD_OUTPUT: 'out.json,stderr,html:page' }
    })
    assert.equal(stdout, `${path.join(cwd, 'out.json')},stderr,html:${path.join(cwd, 'page')}\n`)
    assert.match(fs.readFileSync(path.join(cwd, 'page'), 'utf8'), /^<!doctype html>/)
    assert.deepEqual(
      [fs.existsSync(path.join(cwd, 'out.json')), fs.readdirSync(path.join(cwd, 'elsewhere'))],
      [true, ['x']]
    )
  })
})

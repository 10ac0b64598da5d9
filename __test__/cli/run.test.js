// @ts-check
// `leakguard run`: refuses what is wrong before it starts anything, watches the program that is meant whatever starts it, and
// ends with one line of what was watched, how long, and the verdict.
'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

const command = path.join(root, 'bin', 'leakguard.js')
const onWindows = process.platform === 'win32'
const noNpm = spawnSync('npm', ['--version'], { shell: onWindows }).status === 0 ? false : 'there is no npm here'

const LEAKY = `
  const bus = new (require('node:events').EventEmitter)().setMaxListeners(0)
  setInterval(() => bus.on('news', () => {}), 10)
  setTimeout(() => process.exit(Number(process.env.CODE ?? 0)), 3500)`
/** What a launcher does that starts Node again with a loader of its own, and hands signals on. */
const LAUNCHER = `#!/usr/bin/env node
  const { spawn } = require('node:child_process')
  const child = spawn(process.execPath, ['--require', require.resolve('./loader.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code))`

/**
 * @param {import('node:test').TestContext} t @param {string[]} args @param {{ files?: Record<string, string>, env?: Record<string, string>, cwd?: string }} [options]
 */
async function run(t, args, { files = {}, env = {}, cwd = tempFolder(t, { 'app.js': LEAKY, ...files }) } = {}) {
  // Commands are to find this Node.
  const PATH = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`
  return { ...(await runNode([command, 'run', ...args], { cwd, env: { PATH, ...env } })), cwd }
}

describe('what is wrong is refused before anything is started', { concurrency: true }, () => {
  const app = "require('node:fs').writeFileSync('started', '')"
  /** @type {[args: string[], env: Record<string, string>, says: RegExp][]} */
  const mistakes = [
    [
      ['--sample-ms', '5'],
      {},
      /^leakguard: --sample-ms must be a number from 100 to 3600000, not 5\nSee leakguard run/
    ],
    [['--sample-ms=soon'], {}, /--sample-ms must be a number from 100 to 3600000, not 'soon'/],
    [['--min-growth-ms', '0'], {}, /--min-growth-ms must be a number from 100/],
    [['--call-sites', 'exact'], {}, /--call-sites must be one of 'sampled', 'all', not 'exact'/],
    [['--force-gc', 'no'], {}, /--force-gc must be one of/],
    [['--memory', 'no'], {}, /--memory must be auto or never/],
    [['--explain', 'no'], {}, /--explain must be one of/],
    [['--oom-report', 'no'], {}, /--oom-report must be auto or never/],
    [['--signal', 'SIGNOT'], {}, /--signal must be the name of a signal/],
    [['--allow', 'x'], {}, /--allow must list fingerprints/],
    [['--baseline', 'app.js'], {}, /--baseline cannot be used: .*is not JSON/],
    [['--capture', 'app.js'], {}, /--capture must be a folder/],
    [
      ['--compare', '20s'],
      {},
      /--compare must be auto, or 3 to 8 times of at most 24h, such as 20s,20s,20s, not '20s'/
    ],
    [['--compare', '20,20,20'], {}, /--compare must be auto, or 3 to 8 times/],
    [['--record', 'none/memory.csv'], {}, /--record .*none cannot be written to/],
    [['--record', '.'], {}, /--record must be a file/],
    [['--report', 'none/x.json'], {}, /--report .*none cannot be written to/],
    [['--report', '.'], {}, /--report must name files, but '\.' is a folder/],
    [[], { LEAKGUARD_SAMPLE_MS: '5' }, /LEAKGUARD_SAMPLE_MS must be a number/],
    [[], { LEAKGUARD_OUTPUT: 'stdout' }, /LEAKGUARD_OUTPUT takes files, stderr and github, not 'stdout'/],
    [[], { LEAKGUARD_REPORT: 'x.json' }, /LEAKGUARD_REPORT is no longer read: use LEAKGUARD_OUTPUT/],
    [[], { LEAKGUARD_OUTPTU: 'x' }, /LEAKGUARD_OUTPTU is unknown: did you mean LEAKGUARD_OUTPUT\?/],
    [['--sampel-ms', '500'], {}, /unknown option --sampel-ms: did you mean --sample-ms\?/]
  ]
  for (const [args, env, says] of mistakes) {
    test(`${args.join(' ')} ${JSON.stringify(env)}`, async (t) => {
      const { code, stdout, stderr, cwd } = await run(t, ['--fail-on-leak', ...args, 'app.js'], {
        files: { 'app.js': app },
        env
      })
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, says)
      assert.equal(fs.existsSync(path.join(cwd, 'started')), false)
    })
  }

  test('a program that there is not', async (t) => {
    const { code, stderr } = await run(t, ['nope.js'])
    assert.equal(code, 2)
    assert.match(stderr, /^leakguard: nope\.js is neither a file here nor a command/)
  })
})

describe('the program that is meant is watched', { concurrency: true }, () => {
  const watched = /leakguard run: watched app\.(?:js|ts)(?: \(\d processes\))? for \d+\.\d s: leaking, 1 finding: .+\n$/
  /** @type {[what: string, args: string[], files: Record<string, string>, skip?: string | false][]} */
  const ways = [
    ['by its file', ['app.js'], {}],
    ['by its file without an ending', ['./app'], {}],
    ['with node before it', ['node', 'app.js'], {}],
    ['with options of Node', ['--import', './loader.mjs', '--no-warnings', 'app.js'], { 'loader.mjs': '' }],
    ['with options of Node and of ours', ['-r', './loader.js', '--call-sites', 'all', 'app.js'], { 'loader.js': '' }],
    ['by a script of npm', ['npm', 'start'], { 'package.json': '{ "scripts": { "start": "node app.js" } }' }, noNpm],
    ['by a shell', ['sh', '-c', 'node app.js; exit $?'], {}, onWindows && 'sh'],
    [
      'by a launcher that is installed here',
      ['starts', 'app.js'],
      { 'node_modules/.bin/starts': LAUNCHER, 'node_modules/.bin/loader.js': '' },
      onWindows && 'modes'
    ],
    ['by the file of a launcher', ['./starts.js', 'app.js'], { 'starts.js': LAUNCHER, 'loader.js': '' }]
  ]
  for (const [what, args, files, skip = false] of ways) {
    test(what, { skip }, async (t) => {
      const cwd = tempFolder(t, { 'app.js': LEAKY, ...files })
      const bin = path.join(cwd, 'node_modules', '.bin', 'starts')
      if (fs.existsSync(bin)) fs.chmodSync(bin, 0o755)
      const { code, stderr } = await run(t, ['--fail-on-leak', '--report', 'out.json', ...args], { cwd })
      assert.equal(code, 1, stderr)
      assert.match(stderr, /'news' listeners/)
      const lines = stderr.split('\n').filter((line) => line.startsWith('leakguard run: '))
      assert.equal(lines.length, 1)
      assert.match(lines[0], /watched (?:app(?:\.js)?|starts(?:\.js)?, app\.js|app\.js, starts(?:\.js)?)[ ,]/)
      assert.match(lines[0], / for \d+\.\d s: leaking, 1 finding: .*'news' listeners/)
      assert.equal(JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8')).verdict, 'leaking')
    })
  }

  const tsx = peer('tsx', '4.23.15')
  for (const args of [
    ['tsx', 'app.ts'],
    ['--import', 'tsx', 'app.ts'],
    ['npx', '--offline', 'tsx', 'app.ts']
  ]) {
    test(args.join(' '), { skip: tsx.reason ?? (args[0] === 'npx' && noNpm) }, async (t) => {
      const cwd = tempFolder(t, { 'app.ts': LEAKY.replace('const bus', 'const bus: any') })
      for (const name of fs.readdirSync(String(tsx.folder)))
        if (!name.startsWith('.package'))
          fs.symlinkSync(path.join(String(tsx.folder), name), path.join(cwd, 'node_modules', name))
      const { code, stderr } = await run(t, ['--fail-on-leak', ...args], { cwd })
      assert.equal(code, 1, stderr)
      assert.match(stderr, watched)
    })
  }

  test('the code of the program comes back through what starts it', async (t) => {
    const files = { 'starts.js': LAUNCHER, 'loader.js': '' }
    const { code } = await run(t, ['--fail-on-leak', './starts.js', 'app.js'], { files, env: { CODE: '7' } })
    assert.equal(code, 7)
  })

  test('one after the other, all are in the report', { skip: onWindows && 'sh' }, async (t) => {
    const files = { 'clean.js': 'setTimeout(() => {}, 50)' }
    const { code, stderr } = await run(t, ['--fail-on-leak', 'sh', '-c', 'node app.js; node clean.js'], { files })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /watched clean\.js, app\.js \(2 processes\) for/)
  })

  test("options of ours after those of Node are ours, and what is the program's is its own", async (t) => {
    const files = { 'app.js': 'console.log(JSON.stringify([process.argv.slice(2), process.execArgv]))', 'l.js': '' }
    const args = [
      '--require',
      './l.js',
      '--max-old-space-size=99',
      '--call-sites=all',
      'app.js',
      '--call-sites',
      '--import'
    ]
    const { stdout } = await run(t, args, { files })
    assert.deepEqual(JSON.parse(stdout), [
      ['--call-sites', '--import'],
      ['--require', './l.js', '--max-old-space-size=99']
    ])
  })
})

describe('where nothing that is meant was watched, one line says so and what to type', { concurrency: true }, () => {
  /** @type {[what: string, args: string[], env: Record<string, string>, says: RegExp, skip?: string | false][]} */
  const ways = [
    [
      'another program',
      ['sh', '-c', 'exit 3'],
      {},
      /^leakguard run: nothing was watched: sh started no Node\.js program.*Run: leakguard run APP\.js\n$/,
      onWindows && 'sh'
    ],
    [
      'a script of npm without Node',
      ['npm', 'start', '--silent'],
      {},
      /leakguard run: only npm was watched, .*Run: leakguard run APP\.js\n$/,
      noNpm || (onWindows && 'exit')
    ],
    [
      'a guard that is switched off',
      ['app.js'],
      { LEAKGUARD_DISABLE: '1' },
      /^leakguard run: nothing was watched: LEAKGUARD_DISABLE is set.*Run: .*\n$/
    ],
    ['a program that drops the environment', ['env.js'], {}, /watched env\.js for/]
  ]
  for (const [what, args, env, says, skip = false] of ways) {
    test(what, { skip }, async (t) => {
      const files = {
        'package.json': '{ "scripts": { "start": "exit 3" } }',
        'app.js': 'process.exit(3)',
        'env.js':
          "process.exitCode = 3; require('node:child_process').execFileSync(process.execPath, ['-e', '0'], { env: {} })"
      }
      const { code, stderr } = await run(t, args, { files, env })
      assert.equal(code, 3, stderr)
      assert.match(stderr, says)
    })
  }
})

describe('heaps are compared at the times that were asked for', { concurrency: true }, () => {
  // Ends once its report is of all heaps.
  const kept = `
    const fs = require('node:fs')
    const seen = new Map()
    setInterval(() => { for (let i = 0; i < 30; i++) seen.set(seen.size, { tags: [seen.size] }) }, 5)
    setInterval(() => {
      if (fs.existsSync('seen.json') && fs.readFileSync('seen.json', 'utf8').includes('3 heap graphs')) process.exit()
    }, 50)
    setTimeout(() => process.exit(), 60_000)`

  test('what gained is told, with its line', async (t) => {
    const options = { files: { 'kept.js': kept }, env: { LEAKGUARD_OUTPUT: 'seen.json' } }
    const { stderr, cwd } = await run(t, ['--compare', '300ms,300ms,300ms', 'kept.js'], options)
    assert.match(stderr, /collection, possible: Map 'seen' \(kept\.js:3\) gained [\d,]+ plain objects/)
    assert.match(fs.readFileSync(path.join(cwd, 'seen.json'), 'utf8'), /3 heap graphs/)
  })

  test('before that nothing is decided', async (t) => {
    const { stderr } = await run(t, ['--compare', '1h,1h,1h', 'short.js'], {
      files: { 'short.js': 'setTimeout(() => {}, 1500)' }
    })
    assert.match(stderr, /: undecided: heaps are not compared yet\n/)
  })

  test('a program that is interrupted leaves what its heaps have shown', {
    skip: onWindows && 'signals'
  }, async (t) => {
    const kept = 'const kept = []; setInterval(() => { for (let i = 0; i < 50; i++) kept.push({ i }) }, 10)'
    const cwd = tempFolder(t, { 'kept.js': kept })
    const args = [command, 'run', '--compare', '100ms,200ms,1h', '--verbose', 'kept.js']
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, TMPDIR: cwd }, timeout: 60_000 })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      if (!stderr.includes('before heap 3') && `${stderr}${text}`.includes('before heap 3')) child.kill('SIGINT')
      stderr += text
    })
    const [, signal] = await once(child, 'close')
    assert.equal(signal, 'SIGINT', stderr)
    for (const heap of [1, 2]) assert.match(stderr, new RegExp(`^leakguard run: .* heap ${heap} of 3`, 'm'))
    assert.match(stderr, /2 of 3 heaps are compared/)
    assert.match(stderr, /'kept' \(kept\.js:1\) gained/)
    // Nothing is left in the temporary folder.
    assert.deepEqual(
      fs.readdirSync(cwd).filter((name) => name.startsWith('leakguard-')),
      []
    )
  })
})

describe('signals', { concurrency: true, skip: onWindows && 'signals' }, () => {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    test(`${signal} reaches the program through what starts it`, async (t) => {
      const files = {
        'starts.js': LAUNCHER,
        'loader.js': '',
        'app.js': `process.on('${signal}', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')`
      }
      const cwd = tempFolder(t, files)
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, [command, 'run', 'starts.js', 'app.js'], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe']
      })
      let stderr = ''
      child.stderr.on('data', (text) => {
        stderr += text
      })
      child.stdout.once('data', () => child.kill(signal))
      const code = await new Promise((resolve) => child.on('close', resolve))
      assert.equal(code, 9, stderr)
      assert.match(stderr, /leakguard run: watched .*app\.js/)
    })
  }

  test('a program that is killed ends us alike, after the line', async (t) => {
    const { signal, stderr } = await run(t, ['app.js'], { files: { 'app.js': "process.kill(process.pid, 'SIGKILL')" } })
    assert.equal(signal, 'SIGKILL')
    assert.match(
      stderr,
      /^leakguard run: watched app\.js for .* undecided: the process ended before its first check\n$/
    )
  })
})

describe('a run within a run', () => {
  test('what the inner one finds is in the outer report too', async (t) => {
    const args = ['--fail-on-leak', '--report', 'out.json', 'node', command, 'run', 'app.js']
    const { code, stderr, cwd } = await run(t, args)
    assert.equal(code, 1, stderr)
    assert.equal(stderr.match(/^leakguard run: watched /gm)?.length, 2)
    assert.equal(JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8')).verdict, 'leaking')
  })
})

test("the record is the program's, under its own name", async (t) => {
  const files = { 'app.js': 'setTimeout(() => {}, 1500)' }
  const { cwd } = await run(t, ['--record', 'memory.csv', '--sample-ms', '100', 'app.js'], { files })
  assert.match(fs.readFileSync(path.join(cwd, 'memory.csv'), 'utf8'), /^t,heapUsed/)
})

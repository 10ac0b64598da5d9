// @ts-check
// Two leaky tests in a busy run of each test runner: how often they pass in silence, pass with a line, or fail. Goes on
// where it was left: outcomes are appended to a file. A silent pass fails.
//
//   node bench/soak/false-pass.js [RUNS] [OUTPUT.jsonl]    besides: BUSY=2 loops that keep the machine busy
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.resolve(__dirname, '../..')
const [runs = '50', output = path.join(os.tmpdir(), 'leakguard-false-pass.jsonl')] = process.argv.slice(2)
const BUSY = Number(process.env.BUSY ?? 2)
const RUN_MS_MAX = 240_000

/** @param {string} head @param {(op: string) => string} check */
const tests = (head, check) => `${head}
const { EventEmitter } = require('node:events')
const bus = new EventEmitter().setMaxListeners(0)
const seen = new Map()
let n = 0
test('adds a listener', () => ${check("() => void bus.on('x', () => {})")})
test('adds an entry', () => ${check('() => void seen.set(n++, { n })')})
`
const matcher = (/** @type {string} */ op) => `expect(${op}).toBeLeakFree()`
const assertion = (/** @type {string} */ op) => `assertNoLeaks(${op})`

/** A peer that the tests have installed. @param {string} name @returns {string} */
const peer = (name) => {
  const peers = path.join(root, '.cache', 'peers')
  const found = fs.existsSync(peers) ? fs.readdirSync(peers).filter((folder) => folder.startsWith(`${name}@`)) : []
  return found.length > 0 ? path.join(peers, found.sort()[0], 'node_modules') : ''
}

/** @type {Record<string, { modules: string, files: Record<string, string>, args: (cwd: string) => string[] }>} */
const RUNNERS = {
  jest: {
    modules: path.join(root, 'node_modules'),
    files: {
      'jest.config.js':
        "module.exports = { setupFilesAfterEnv: ['leakguard/jest'], transform: {}, watchman: false, haste: { enableSymlinks: false } }",
      'leaky.test.js': tests('', matcher)
    },
    args: () => [path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--no-cache', '-i']
  },
  vitest: {
    modules: peer('vitest'),
    files: {
      'vitest.config.mjs': "export default { test: { setupFiles: ['leakguard/vitest'], watch: false } }",
      'leaky.test.mjs': tests(
        "import { expect, test } from 'vitest'\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
        matcher
      )
    },
    args: (cwd) => [path.join(cwd, 'node_modules', 'vitest', 'vitest.mjs'), 'run']
  },
  mocha: {
    modules: peer('mocha'),
    files: {
      'setup.cjs': "module.exports = require('leakguard/mocha')",
      'leaky.test.js': tests("const { assertNoLeaks } = require('leakguard/mocha')\nconst test = it", assertion)
    },
    args: (cwd) => [
      path.join(cwd, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      '--exit',
      '--require',
      './setup.cjs',
      '*.test.js'
    ]
  },
  'node-test': {
    modules: '',
    files: {
      'leaky.test.js': tests(
        "const { test } = require('node:test')\nconst { noLeaks } = require('leakguard/node-test')",
        (op) => `noLeaks(${op})`
      )
    },
    args: () => ['--test', '--test-reporter=tap']
  }
}

/** @param {string} name */
function once(name) {
  const { modules, files, args } = RUNNERS[name]
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-false-pass-'))
  const own = path.join(cwd, 'node_modules')
  fs.mkdirSync(own)
  fs.symlinkSync(root, path.join(own, 'leakguard'), 'junction')
  for (const folder of modules ? fs.readdirSync(modules) : [])
    if (!folder.startsWith('.') && folder !== 'leakguard')
      fs.symlinkSync(path.join(modules, folder), path.join(own, folder), 'junction')
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(cwd, file), text)
  try {
    const startMs = performance.now()
    const env = { ...process.env, CI: '1', FORCE_COLOR: '0', NO_COLOR: '1' }
    const { stdout, stderr } = spawnSync(process.execPath, args(cwd), {
      cwd,
      env,
      encoding: 'utf8',
      timeout: RUN_MS_MAX
    })
    const text = `${stdout}\n${stderr}`
    const told = new Set(
      [...text.matchAll(/leakguard: leaking|PASSED WITHOUT AN ANSWER: test '([^']*)'/g)].map(([all]) => all)
    )
    const failed = ['adds a listener', 'adds an entry'].filter((test) =>
      new RegExp(`(?:✕|×|not ok \\d+ -|FAIL .*>|\\d+\\)) ${test}`).test(text)
    )
    const loud = [...told].filter((line) => line.startsWith('PASSED')).length
    return {
      name,
      failed: failed.length,
      loud,
      silent: Math.max(0, 2 - failed.length - loud),
      ms: Math.round(performance.now() - startMs)
    }
  } finally {
    fs.rmSync(cwd, { recursive: true, force: true })
  }
}

const done = fs.existsSync(output)
  ? fs
      .readFileSync(output, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  : []
const loops = Array.from({ length: BUSY }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
try {
  for (let run = 0; run < Number(runs); run++) {
    for (const name of Object.keys(RUNNERS)) {
      if (name !== 'jest' && name !== 'node-test' && !RUNNERS[name].modules) continue
      if (done.filter((outcome) => outcome.name === name).length > run) continue
      const outcome = once(name)
      done.push(outcome)
      fs.appendFileSync(output, `${JSON.stringify(outcome)}\n`)
    }
  }
} finally {
  for (const loop of loops) loop.kill()
}
for (const name of Object.keys(RUNNERS)) {
  const all = done.filter((outcome) => outcome.name === name)
  const sum = (/** @type {'failed' | 'loud' | 'silent'} */ key) =>
    all.reduce((total, outcome) => total + outcome[key], 0)
  console.log(
    `${name}: ${all.length} runs of two tests, ${sum('failed')} red, ${sum('loud')} passed and said so, ${sum('silent')} silent`
  )
}
process.exitCode = done.some(({ silent }) => silent > 0) ? 1 : 0

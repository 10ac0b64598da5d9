'use strict'
// @ts-check
// Ways in which suites are run that a check could stumble over: coverage, workers, tests at the same time, fake timers,
// modules that are forgotten, ES modules, TypeScript. Each works, or says clearly that it cannot.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { copyPackage, major, root, runNode, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

const env = { CI: '1', FORCE_COLOR: '0', NO_COLOR: '1' }

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files @param {(string | undefined)[]} folders whose packages the project has */
function project(t, files, folders = []) {
  const cwd = tempFolder(t, files)
  const own = path.join(cwd, 'node_modules')
  fs.unlinkSync(path.join(own, 'leakguard'))
  copyPackage(path.join(own, 'leakguard'))
  for (const folder of folders)
    for (const name of folder ? fs.readdirSync(folder) : [])
      if (!name.startsWith('.') && !fs.existsSync(path.join(own, name)))
        fs.symlinkSync(path.join(/** @type {string} */ (folder), name), path.join(own, name), 'junction')
  return cwd
}

/** @param {string} cwd @param {string[]} args @param {Record<string, string>} [more] */
async function run(cwd, args, more = { LEAKGUARD_CHECK: 'test' }) {
  const ended = await runNode(args, { cwd, env: { ...env, ...more }, timeoutMs: 240_000 })
  const output = `${ended.stdout}\n${ended.stderr}`.replaceAll(`${cwd}${path.sep}`, '')
  /** First lines of what is told. */
  const told = [...new Set([...output.matchAll(/^[ #]*\d+\. (\w+, \w+: .*)$/gm)].map(([, line]) => line))].sort()
  return { ...ended, output, told }
}

/** A file in which one line leaves something, and what is told of it. @param {string} head @param {string} body @param {string} name */
const leaves = (head, body, name) => `${head}\ntest('${name}', async () => {\n  ${body}\n})\n`
const LISTENS = "process.on('fixture', () => {})"
const heardAt = (/** @type {string} */ place, /** @type {string} */ name) =>
  `listener, certain: 1 'fixture' listener on one process left behind by test '${name}'; added at ${place}`

describe('Jest', { skip: !fs.existsSync(path.join(root, 'node_modules', 'jest')) && 'jest is not installed' }, () => {
  const bin = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const config = (/** @type {string} */ more) =>
    `module.exports = { setupFilesAfterEnv: ['leakguard/jest'], testTimeout: 120_000, watchman: false, haste: { enableSymlinks: false }, ${more} }`

  test('coverage, workers, forgotten modules, fake timers, tests at the same time', async (t) => {
    const cwd = project(t, {
      'jest.config.js': config('collectCoverage: true'),
      'reset.test.js': `beforeEach(() => { jest.resetModules() })
${leaves('', LISTENS, 'resets')}
test('measures after a reset', () => expect(() => JSON.parse('[1]')).toBeLeakFree())`,
      'fake.test.js': `const real = setInterval
test('fakes', async () => {
  jest.useFakeTimers()
  setInterval(() => {}, 60_000)
  await expect(() => JSON.parse('[1]')).toBeLeakFree()
})
test('is real again', () => {
  jest.useRealTimers()
  real(() => {}, 60_000).unref()
})`,
      'together.test.js': `test.concurrent('one', async () => { ${LISTENS} })
test.concurrent('two', async () => {
  await expect(expect(() => 1).toBeLeakFree()).resolves.toBeUndefined()
})
test.concurrent('three', async () => {
  await expect(expect(() => 2).toBeLeakFree()).rejects.toMatchObject({ code: 'ERR_LEAKGUARD_BUSY' })
})`
    })
    const { code, output, told } = await run(cwd, [bin, '--no-cache', '-w', '2'])
    assert.equal(code, 1, output)
    assert.match(output, /% Stmts/)
    assert.deepEqual(
      told,
      [
        heardAt('reset.test.js:4', 'resets'),
        heardAt('together.test.js:1', '(tests that run concurrently)'),
        "timer, certain: 1 live interval left behind by test 'is real again'; started at fake.test.js:9"
      ].sort(),
      output
    )
    assert.match(output, /Tests: +2 failed, 5 passed/)
  })

  test('ts-jest: lines of the TypeScript', async (t) => {
    const { folder, reason } = peer('ts-jest', '29.4.6')
    if (reason) return t.skip(reason)
    const typescript = peer('typescript', '5.9.3')
    if (typescript.reason) return t.skip(typescript.reason)
    const cwd = project(
      t,
      {
        'jest.config.js': config("transform: { '.ts$': ['ts-jest', { diagnostics: false }] }"),
        'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "target": "es2022", "isolatedModules": true } }',
        'types.test.ts': `interface Shop {\n  name: string\n}\n${leaves('declare const test: any', LISTENS, 'typed')}`
      },
      [typescript.folder, folder, path.join(root, 'node_modules')]
    )
    const { told, output } = await run(cwd, [bin, '--no-cache', '-i'])
    assert.deepEqual(told, [heardAt('types.test.ts:6', 'typed')], output)
  })

  test('ES modules', async (t) => {
    const cwd = project(
      t,
      {
        'jest.config.js': config("transform: {}, testMatch: ['**/*.test.mjs']"),
        'esm.test.mjs': `import { expect as own } from '@jest/globals'
import { EventEmitter } from 'node:events'
const bus = new EventEmitter()
test('imports', () => {
  bus.on('change', () => {})
})
test('measures', () => own(() => JSON.parse('[1]')).toBeLeakFree())`
      },
      [path.join(root, 'node_modules')]
    )
    const { told, output } = await run(cwd, ['--experimental-vm-modules', bin, '--no-cache', '-i'])
    assert.deepEqual(
      told,
      [
        "listener, certain: 1 'change' listener on one EventEmitter left behind by test 'imports'; added at esm.test.mjs:5"
      ],
      output
    )
    assert.match(output, /Tests:? +1 failed, 1 passed/)
  })
})

for (const [version, entry] of [
  ['3.2.4', 'leakguard/vitest'],
  ['4.1.12', 'leakguard/vitest'],
  ['5.1.1', 'leakguard/vitest']
]) {
  const isOld = version.startsWith('5') && major < 22 && 'Vitest 5 needs Node.js 22.12'
  test(`Vitest ${version}: coverage, TypeScript, fake timers, tests at the same time`, { skip: isOld }, async (t) => {
    const { folder, reason } = peer('vitest', version)
    if (reason) return t.skip(reason)
    const coverage = peer('@vitest/coverage-v8', version)
    const cwd = project(
      t,
      {
        'vitest.config.mjs': `export default { test: { setupFiles: ['${entry}'], watch: false, testTimeout: 120_000, coverage: { enabled: ${!coverage.reason}, provider: 'v8', reporter: ['text'], reportOnFailure: true } } }`,
        'types.test.ts': `interface Shop {\n  name: string\n}\n${leaves("import { test } from 'vitest'", LISTENS, 'typed')}`,
        'fake.test.ts': `import { expect, test, vi } from 'vitest'
const real = setInterval
test('fakes', async () => {
  vi.useFakeTimers()
  setInterval(() => {}, 60_000)
  await expect(() => JSON.parse('[1]')).toBeLeakFree()
})
test('is real again', () => {
  vi.useRealTimers()
  real(() => {}, 60_000).unref()
})`,
        'together.test.ts': `import { describe, expect, test } from 'vitest'
describe.concurrent('together', () => {
  test('one', async () => { ${LISTENS} })
  test('two', async () => { await expect(() => 1).toBeLeakFree() })
  test('three', async () => {
    await expect(expect(() => 2).toBeLeakFree()).rejects.toMatchObject({ code: 'ERR_LEAKGUARD_BUSY' })
  })
})`
      },
      [coverage.folder, folder]
    )
    const { code, output, told } = await run(cwd, [path.join(cwd, 'node_modules', 'vitest', 'vitest.mjs'), 'run'])
    assert.equal(code, 1, output)
    if (coverage.folder) assert.match(output, /% Stmts/)
    assert.deepEqual(
      told,
      [
        heardAt('types.test.ts:6', 'typed'),
        heardAt('together.test.ts:3', '(tests that run concurrently)'),
        "timer, certain: 1 live interval left behind by test 'is real again'; started at fake.test.ts:10"
      ].sort(),
      output
    )
  })
}

test('Mocha: in parallel, and ES modules', async (t) => {
  const { folder, reason } = peer('mocha', '12.0.3')
  if (reason) return t.skip(reason)
  const cwd = project(
    t,
    {
      // The copy of Mocha is elsewhere, and looks there.
      'setup.cjs': "module.exports = require('leakguard/mocha')",
      'one.spec.js': leaves('const test = it', LISTENS, 'one'),
      'two.spec.mjs': leaves("import { strict } from 'node:assert'\nconst test = it", LISTENS, 'two'),
      'clean.spec.mjs': leaves('const test = it', 'await null', 'three')
    },
    [folder]
  )
  const bin = path.join(cwd, 'node_modules', 'mocha', 'bin', 'mocha.js')
  for (const flags of [['--parallel', '--jobs', '2'], []]) {
    const { code, output, told } = await run(cwd, [bin, ...flags, '--require', './setup.cjs', '*.spec.*'], {
      LEAKGUARD_CHECK: 'file'
    })
    assert.ok(code !== null && code > 0, output)
    assert.deepEqual(told, [heardAt('one.spec.js:3', 'one'), heardAt('two.spec.mjs:4', 'two')], output)
  }
})

test('node:test: several files at a time, tests at the same time, ES modules', async (t) => {
  const cwd = project(t, {
    'one.test.mjs': leaves("import { test } from 'node:test'", LISTENS, 'one'),
    'two.test.js': `const { describe, test } = require('node:test')
describe('together', { concurrency: true }, () => {
  test('clean', async () => { await new Promise((resolve) => setTimeout(resolve, 20)) })
  test('leaves', async () => { ${LISTENS} })
})`,
    'clean.test.mjs': leaves("import { test } from 'node:test'", 'await null', 'three')
  })
  const { code, output, told } = await run(cwd, ['--require', 'leakguard/node-test', '--test', '--test-reporter=tap'], {
    LEAKGUARD_CHECK: 'file'
  })
  assert.equal(code, 1, output)
  assert.equal(told.length, 2, output)
  assert.equal(told[0], heardAt('one.test.mjs:3', 'one'))
  assert.match(told[1], /1 'fixture' listener on one process left behind by test .*; added at two\.test\.js:4$/)
  assert.equal([...output.matchAll(/^# tests /gm)].length, 1, output)
})

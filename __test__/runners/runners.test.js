'use strict'
// @ts-check
// Real projects for each test runner: what leaky files leave behind is told with test and line and fails the run, clean
// ones pass; matchers fail with the report. Reports are golden files; UPDATE_GOLDEN=1 writes them anew.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { copyPackage, major, root, runNode, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

/** Of a failure, in any runner. */
const LINES_MAX = 25
const golden = path.join(root, '__test__', 'golden')

/** What runners call their functions. @typedef {{ head: string, name: (base: string) => string }} Dialect */

/** @param {string} head how `test`, `describe` and `after` are had */
const leaky = (head) => `${head}
const { EventEmitter, once } = require('node:events')
const { watch } = require('leakguard')
const bus = new EventEmitter()
const sessions = []
describe('shop', () => {
  test('leaves a listener', () => {
    bus.on('change', () => {})
  })
  test('leaves an interval', () => {
    setInterval(() => {}, 60_000).unref()
  })
})
test('leaves a server', async () => {
  const server = require('node:http').createServer().listen(0)
  await once(server, 'listening')
  server.unref()
})
test('leaves a file open', () => {
  require('node:fs').openSync('package.json')
})
test('keeps what it watched', () => {
  sessions.push(watch({ id: 1 }, 'session'))
})
test('cleans up', () => {
  const listener = () => {}
  bus.on('change', listener)
  bus.off('change', listener)
  clearInterval(setInterval(listener, 1000))
})
`
/** @param {string} head */
const clean = (head) => `${head}
const { EventEmitter, once } = require('node:events')
const { watch } = require('leakguard')
const http = require('node:http')
const bus = new EventEmitter()
const listener = () => {}
const agent = new http.Agent({ keepAlive: true })
let app, asked, server, timer
process.on('fixture', listener)
before(async () => {
  asked = http.createServer((request, response) => response.end('x')).listen(0)
  await once(asked, 'listening')
})
after(() => {
  process.off('fixture', listener)
  agent.destroy()
})
after(() => new Promise((resolve) => {
  asked.closeAllConnections()
  asked.close(resolve)
}))
after(() => {
  bus.off('all', listener)
  clearInterval(timer)
})
after(() => new Promise((resolve) => {
  server.closeAllConnections()
  server.close(resolve)
}))
beforeEach(() => {
  app = new EventEmitter()
  app.on('x', listener)
})
describe('with hooks', () => {
  afterEach(() => void bus.off('y', listener))
  test('listens', () => {
    bus.on('all', listener)
    bus.on('y', listener)
    app.on('z', listener)
    watch(new EventEmitter(), 'short').on('q', listener)
  })
  test('starts timers', () => {
    timer = setInterval(listener, 1000)
    setTimeout(listener, 20)
  })
})
test('serves', async () => {
  server = require('node:http').createServer((request, response) => response.end('x')).listen(0)
  await once(server, 'listening')
  const answer = await fetch('http://localhost:' + server.address().port)
  await answer.text()
})
for (const round of [1, 2]) test('asks over one connection, ' + round, async () => {
  const [response] = await once(http.get({ port: asked.address().port, agent }), 'response')
  await once(response.resume(), 'end')
  await new Promise((resolve) => setImmediate(resolve))
})
test('puts back what stood there', () => {
  process.off('fixture', listener)
  process.on('fixture', listener)
})
`
/** @param {string} head */
const matchers = (head) => `${head}
const seen = new Map()
test('is clean', () => expect(() => JSON.parse('{"a":[1]}')).toBeLeakFree())
test('leaks', () => expect(() => void seen.set(Symbol('key'), { a: 1 })).toBeLeakFree())
test('leaks as expected', () => expect(() => void seen.set(Symbol('key'), { a: 1 })).not.toBeLeakFree())
test('lets go', async () => {
  const session = { id: 1 }
  await expect(session).toBeCollected()
})
test('keeps', async () => {
  const session = { id: 2 }
  seen.set('last', session)
  await expect(session).toBeCollected()
})
test('takes functions only', () => expect(3).toBeLeakFree())
`

const JEST = 'const [after, before] = [afterAll, beforeAll]'
const VITEST = `import { afterAll as after, afterEach, beforeAll as before, beforeEach, describe, expect, test } from 'vitest'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)`
const MOCHA = 'const test = it'
const NODE = `const { after, afterEach, before, beforeEach, describe, test } = require('node:test')`

const env = { LEAKGUARD_CHECK: 'file', CI: '1', FORCE_COLOR: '0', NO_COLOR: '1' }

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files @param {string} [modules] whose packages the project has */
function project(t, files, modules) {
  const cwd = tempFolder(t, files)
  const own = path.join(cwd, 'node_modules')
  fs.unlinkSync(path.join(own, 'leakguard'))
  copyPackage(path.join(own, 'leakguard'))
  for (const name of modules ? fs.readdirSync(modules) : [])
    if (!name.startsWith('.'))
      fs.symlinkSync(path.join(/** @type {string} */ (modules), name), path.join(own, name), 'junction')
  return cwd
}

/** The report in what a runner prints, whatever it puts around it. @param {string} output @param {string} cwd */
function reportIn(output, cwd) {
  const lines = output.replaceAll(`${cwd}${path.sep}`, '').split('\n')
  const from = lines.findIndex((line) => line.includes('leakguard: leaking'))
  const to = lines.findIndex((line, at) => at > from && line.includes('LEAKGUARD_VERBOSE=1'))
  assert.ok(from >= 0 && to > from && to - from < LINES_MAX, output)
  const told = lines
    .slice(from, to + 1)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  // How many lines are left out is the runner's: how one gets to a module differs from Node to Node.
  return `${told
    .join('\n')
    .replace(/^.*leakguard: leaking/, 'leakguard: leaking')
    .replace(/ \d+ more lines/, ' more lines')}\n`
}

/** @param {string} name @param {string} text */
function matchGolden(name, text) {
  const file = path.join(golden, name)
  if (process.env.UPDATE_GOLDEN) fs.writeFileSync(file, text)
  assert.equal(text, fs.readFileSync(file, 'utf8'))
}

/** @typedef {{ files: (kind: string) => Record<string, string>, args: (cwd: string) => string[], modules?: string, skip?: string | false }} Runner */

/** @param {string} name @param {string} version */
function installed(name, version) {
  const { folder, reason } = peer(name, version)
  return folder ? { modules: folder, skip: /** @type {false} */ (false) } : { skip: String(reason) }
}

const sources = { leaky, clean, matchers }
/** @param {string} kind @param {string} head */
const source = (kind, head) => sources[/** @type {'leaky'} */ (kind)](head)
const vitest = (/** @type {string} */ version, /** @type {string} */ entry) => ({
  ...installed('vitest', version),
  files: (/** @type {string} */ kind) => ({
    'vitest.config.mjs': `export default { test: { setupFiles: ['${entry}'], watch: false, testTimeout: 120000 } }`,
    [`${kind}.test.mjs`]: source(kind, VITEST)
  }),
  args: (/** @type {string} */ cwd) => [path.join(cwd, 'node_modules', 'vitest', 'vitest.mjs'), 'run']
})
const mocha = (/** @type {string} */ version) => ({
  ...installed('mocha', version),
  files: (/** @type {string} */ kind) => ({
    'setup.cjs': "module.exports = require('leakguard/mocha')",
    [`${kind}.test.js`]: source(kind, MOCHA)
  }),
  args: (/** @type {string} */ cwd) => [
    path.join(cwd, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--exit',
    '--require',
    './setup.cjs',
    '*.test.js'
  ]
})

/** @type {Record<string, Runner>} */
const runners = {
  'jest-30': {
    skip: !fs.existsSync(path.join(root, 'node_modules', 'jest')) && 'jest is not installed',
    files: (kind) => ({
      'jest.config.js':
        "module.exports = { setupFilesAfterEnv: ['leakguard/jest'], testTimeout: 120000, transform: {}, watchman: false, haste: { enableSymlinks: false } }",
      [`${kind}.test.js`]: source(kind, JEST)
    }),
    args: () => [path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--no-cache', '-i']
  },
  'vitest-4': vitest('4.1.12', 'leakguard/vitest'),
  'vitest-5': vitest('5.1.1', 'leakguard/vitest'),
  'mocha-12': mocha('12.0.3'),
  'node-test': {
    files: (kind) => ({ [`${kind}.test.js`]: source(kind, NODE) }),
    args: () => ['--test', '--test-reporter=tap', '--require', 'leakguard/node-test']
  }
}
// As its own `engines` says.
if (major < 22) runners['vitest-5'].skip = 'Vitest 5 needs Node.js 22.12'

for (const [name, { skip = false, files, args, modules }] of Object.entries(runners)) {
  describe(name, { skip }, () => {
    /** @param {import('node:test').TestContext} t @param {string} kind @param {Record<string, string>} [more] */
    async function run(t, kind, more = {}) {
      const cwd = project(t, files(kind), modules)
      const ended = await runNode(args(cwd), { cwd, env: { ...env, ...more }, timeoutMs: 240_000 })
      return { ...ended, cwd, output: `${ended.stdout}\n${ended.stderr}` }
    }

    test('a file that leaves things behind fails, with test and line', async (t) => {
      const { code, output, cwd } = await run(t, 'leaky')
      assert.ok(code !== null && code > 0, output)
      matchGolden(`runner-${name}.txt`, reportIn(output, cwd))
    })

    test('so does each test', async (t) => {
      const { code, output } = await run(t, 'leaky', { LEAKGUARD_CHECK: 'test' })
      assert.ok(code !== null && code > 0, output)
      assert.match(output, /left behind by test 'shop > leaves a listener'/)
      assert.match(output, /left behind by test 'leaves a file open'/)
    })

    test('a file that cleans up in its hooks passes', async (t) => {
      const { code, output } = await run(t, 'clean')
      assert.equal(code, 0, output)
    })

    test('nothing is checked unasked', async (t) => {
      const { code, output } = await run(t, 'leaky', { LEAKGUARD_CHECK: '' })
      assert.equal(code, 0, output)
    })

    test('the matchers say what leaks and what keeps', {
      skip: !/^(?:jest|vitest)/.test(name) && 'no matchers'
    }, async (t) => {
      const { code, output } = await run(t, 'matchers', { LEAKGUARD_CHECK: '' })
      assert.equal(code, 1, output)
      assert.match(output, /Tests:? +3 failed.* 3 passed/)
      assert.match(output, /Map 'seen' \(.*matchers\.test\.m?js:\d+\) gained/)
      assert.match(output, /1 plain object is still in memory: retained by Map 'seen'/)
      assert.match(output, /toBeLeakFree: expect\(\) needs a function, not 3/)
    })
  })
}

// @ts-check
// A Jest project as people have them: several test files in one process, each in a realm of its own, guards started
// in each and stopped in few, modules evaluated anew, fake clocks. The project's own tests assert; ours reads them.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { copyPackage, root, runNode, tempFolder } = require('../support/child.js')

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
const skip = !fs.existsSync(jest) && 'jest is not installed'
const LEAKS = fs.readFileSync(path.join(root, '__test__', 'support', 'leaks.js'), 'utf8')

const CONFIG = `module.exports = {
  transform: {},
  testSequencer: './in-order.js',
  testTimeout: 60000,
  haste: { enableSymlinks: false },
  watchman: false
}`

const IN_ORDER = `const Sequencer = require(${JSON.stringify(path.join(root, 'node_modules', '@jest', 'test-sequencer'))}).default
module.exports = class extends Sequencer {
  sort(tests) { return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1)) }
}`

/** What outlives the realms: made in the outermost one, so that it keeps none of them. */
const OUTER = `const vm = require('node:vm')
const outer = vm.runInThisContext(\`globalThis.__fixture ??= {
  realms: [],
  note(realm) { this.realms.push(new WeakRef(realm)) },
  alive() { return this.realms.filter((ref) => ref.deref() !== undefined).length },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms))
}\`)
outer.note(globalThis)
exports.outer = outer
exports.gc = () => {
  require('node:v8').setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
}
/** How many functions of ours stand on one another. */
exports.depth = (fn) => {
  let depth = 0
  for (let at = fn[Symbol.for('leakguard.original')]; at; at = at[Symbol.for('leakguard.original')]) depth++
  return depth
}`

const HEAD = `'use strict'
const { outer, gc, depth } = require('./outer.js')
const { EventEmitter } = require('node:events')
const { leakUntilFound, live, until } = require('./leaks.js')
const many = (make) => Array.from({ length: 20 }, (_, i) => make(i))
const HOUR = 3600000
const isHookedOnce = () => {
  expect(depth(EventEmitter.prototype.on)).toBe(1)
  expect(depth(require('node:timers').setTimeout)).toBe(1)
  expect(EventEmitter.prototype.on).toBe(EventEmitter.prototype.addListener)
}
`

/** Test files, run in the order of their names. */
const FILES = {
  '1-leak-without-stop.test.js': `${HEAD}
test('a leak inside of a test file is found with its line', async () => {
  const guard = require('leakguard').start({ minGrowthMs: 100 })
  isHookedOnce()
  const bus = new EventEmitter().setMaxListeners(0)
  const timers = []
  function leaky() {
    bus.on('news', () => {}) // here
    timers.push(setInterval(() => {}, HOUR)) // and here
  }
  const step = () => { for (let i = 0; i < 5; i++) leaky() }
  const lineOf = (mark) => require('node:fs').readFileSync(__filename, 'utf8').split('\\n').findIndex((line) => line.endsWith(mark)) + 1
  for (const [kind, mark] of [['listener', '// here'], ['timer', '// and here']]) {
    const { finding } = await leakUntilFound(guard, step, (found) => found.kind === kind && found.confidence !== 'possible')
    expect(finding.culprit).toMatchObject({ file: __filename, line: lineOf(mark), function: 'leaky' })
  }
  timers.forEach(clearInterval)
  expect(guard.running).toBe(true)
})`,

  '2-reset-modules.test.js': `${HEAD}
test('modules that are evaluated anew share the hooks', async () => {
  const guards = []
  for (let round = 0; round < 5; round++) {
    jest.resetModules()
    const guard = require('leakguard').start({ minGrowthMs: 100 })
    expect(guards).not.toContain(guard)
    guards.push(guard)
    isHookedOnce()
    const timers = many(() => setInterval(() => {}, HOUR))
    // Each guard that runs counts for itself, and each once.
    const counts = guard.stats().counts.filter(({ label }) => label === 'setInterval').map((count) => count.live)
    expect(counts).toContain(20)
    timers.forEach(clearInterval)
    if (round % 2) guard.stop()
  }
})`,

  '3-fake-timers.test.js': `${HEAD}
for (const [name, options] of [['modern', undefined], ['legacy', { legacyFakeTimers: true }]]) {
  for (const isFirst of [true, false]) {
    test(name + ' fake timers, put up ' + (isFirst ? 'before' : 'after') + ' start', async () => {
      jest.resetModules()
      const { start } = require('leakguard')
      const real = setTimeout
      let guard
      if (!isFirst) guard = start({ minGrowthMs: 100 })
      jest.useFakeTimers(options)
      const fakes = [setTimeout, setInterval, setImmediate]
      if (isFirst) guard = start({ minGrowthMs: 100 })
      expect([setTimeout, setInterval, setImmediate]).toEqual(fakes)
      fakes.forEach((fake, i) => expect([setTimeout, setInterval, setImmediate][i]).toBe(fake))
      const before = live(guard, 'setInterval')
      let fired = 0
      many(() => setInterval(() => fired++, 10))
      jest.advanceTimersByTime(15)
      expect(fired).toBe(20)
      expect(jest.getTimerCount()).toBe(20)
      expect(live(guard, 'setInterval')).toBe(before)
      guard.check()
      jest.clearAllTimers()
      jest.useRealTimers()
      await outer.wait(250)
      expect(depth(setTimeout)).toBe(1)
      guard.stop()
    })
  }
}`,

  ...Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [
      `4-start-in-each-${i}.test.js`,
      `${HEAD}
test('starts, and is dropped with its realm', async () => {
  const guard = require('leakguard').start()
  isHookedOnce()
  guard.on('leak', () => {})
  globalThis.kept = { guard }
  const bus = new EventEmitter().setMaxListeners(0)
  many(() => bus.on('x', () => {}))
  many(() => setTimeout(() => {}, 5))
  require('leakguard').track(new Map([[globalThis, 1]]), 'realm ${i}')
  await outer.wait(20)
  require('leakguard').check()
})`
    ])
  ),

  '9-last.test.js': `${HEAD}
test('finished realms are collected', async () => {
  const { start } = require('leakguard')
  const guard = start()
  for (let i = 0; i < 40 && outer.alive() > 3; i++) {
    await outer.wait(50)
    gc()
  }
  process.stderr.write('REALMS ' + outer.realms.length + ' ALIVE ' + outer.alive() + '\\n')
  isHookedOnce()
  for (let i = 0; i < 40 && guard.stats().usage.threads > 3; i++) {
    await outer.wait(50)
    gc()
  }
  process.stderr.write('GUARDS ' + guard.stats().usage.threads + '\\n')
  guard.stop()
})`
}

/** @param {import('node:test').TestContext} t @param {Record<string, string>} tests @param {string[]} [flags] */
async function runJest(t, tests, flags = []) {
  const cwd = tempFolder(t, {
    'jest.config.js': CONFIG,
    'in-order.js': IN_ORDER,
    'outer.js': OUTER,
    'leaks.js': LEAKS,
    ...tests
  })
  // As it is installed: below node_modules, and no link to elsewhere.
  fs.unlinkSync(path.join(cwd, 'node_modules', 'leakguard'))
  copyPackage(path.join(cwd, 'node_modules', 'leakguard'))
  const ended = await runNode([jest, '--no-cache', ...flags], {
    cwd,
    timeoutMs: 60_000,
    env: { CI: '1', FORCE_COLOR: '0' }
  })
  assert.equal(ended.code, 0, `${ended.signal}\n${ended.stdout}\n${ended.stderr}`)
  /** @param {RegExp} pattern */
  const number = (pattern) => Number(pattern.exec(ended.stderr)?.[1])
  assert.doesNotMatch(ended.stderr, /DeprecationWarning|did not exit|failed to exit/)
  return { ...ended, number }
}

describe('a project of several files in one process', { skip }, () => {
  test('hooks are not stacked, leaks are found by line, realms are collected', async (t) => {
    const { stderr, number } = await runJest(t, FILES, ['-i'])
    const realms = number(/REALMS (\d+)/)
    assert.ok(realms >= Object.keys(FILES).length, stderr)
    // The one that looks, what Jest itself holds of one before, and the one in which the addon was loaded: its
    // asynchronous context stays with the addon.
    assert.ok(number(/ALIVE (\d+)/) <= 3, stderr)
    assert.ok(number(/GUARDS (\d+)/) <= 3, stderr)
  })

  test('in workers of Jest it is no different', async (t) => {
    const { stderr } = await runJest(t, FILES, ['-w', '2'])
    assert.match(stderr, /10 passed, 10 total/)
  })
})

// @ts-check
// What other code sees of the hooks: nothing while they stand, nothing after they went, with and without other tools
// that wrap the same functions. Each test is a program of its own that asserts by itself: __test__/programs/hooks/.
'use strict'

const path = require('node:path')
const { describe, test } = require('node:test')
const { programText, runFile, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

/** @param {string} name @param {string[]} [args] @param {string[]} [flags] of Node's */
async function run(name, args, flags) {
  await runFile(path.join('hooks', name), args, { flags })
}

describe('after stop', () => {
  test('every function and every descriptor is what it was', () => run('all-is-as-it-was-after-stop.js'))

  test('the bindings of ES modules are what they were, and follow in between', () =>
    run('bindings-of-es-modules-follow.mjs'))

  test('calls made through functions taken while it ran still work', () =>
    run('functions-taken-while-it-ran-still-work.js'))
})

describe('while it runs', () => {
  test('hooked functions keep name, length, own properties and what promisify makes of them', () =>
    run('hooked-functions-keep-their-faces.js'))

  test('user code that subclasses, overrides and proxies emitters works and is counted', () =>
    run('emitters-subclassed-overridden-and-proxied.js', [], ['--no-warnings']))

  test('the prepareStackTrace of a program, and its stackTraceLimit, stay and are not called by the guard', () =>
    run('a-prepare-stack-trace-of-its-own.js'))

  for (const [what, hasSites, flags] of /** @type {[string, boolean, string[]?][]} */ ([
    ['a stackTraceLimit of 0', true],
    ['--stack-trace-limit=0', true, ['--stack-trace-limit=0']],
    ['no stackTraceLimit', true],
    ['--enable-source-maps', true, ['--enable-source-maps']],
    ['a prepareStackTrace that is an accessor', true],
    ['a prepareStackTrace that cannot be set', false],
    ['a prepareStackTrace whose setter does nothing', false],
    ['a captureStackTrace that was replaced', true],
    ['a frozen Error', false],
    ['--frozen-intrinsics', false, ['--frozen-intrinsics', '--no-warnings']]
  ])) {
    test(`with ${what} leaks are found${hasSites ? ' with their lines' : ', if without lines'}, and Error stays as it was`, () =>
      run('an-error-unlike-others.js', [what, hasSites ? 'sites' : 'no-sites'], flags))
  }
})

/**
 * A tool that stands where tools are known to stand: its frames are passed over.
 * @param {import('node:test').TestContext} t @param {string} name @returns {string} the folder of the package
 */
function toolFolder(t, name) {
  const folder = tempFolder(t, { 'node_modules/dd-trace/index.js': programText(`hooks/stand-ins/${name}`) })
  return path.join(folder, 'node_modules', 'dd-trace')
}

for (const [name, tool] of [
  ['a wrapper in the manner of shimmer', 'like-shimmer.js'],
  ['a wrapper in the manner of dd-trace, which copies all properties', 'like-dd-trace.js']
]) {
  describe(name, () => {
    test('may come before: all is counted once, and it stands as it was after stop', (t) =>
      run('wrapped-before-start.js', [toolFolder(t, tool)]))

    test('may come after: it goes on when we stop, and what starts again is counted once', (t) =>
      run('wrapped-while-it-runs.js', [toolFolder(t, tool)]))

    test('may go while we run', (t) => run('unwrapped-while-it-runs.js', [toolFolder(t, tool)]))
  })
}

for (const clock of ['@sinonjs/fake-timers', 'mock.timers of node:test']) {
  describe(clock, () => {
    test('put up before start is left alone; after it has gone real timers are counted', () =>
      run('a-fake-clock-before-start.js', [clock]))

    test('put up after start is left alone, and gives ours back', () => run('a-fake-clock-after-start.js', [clock]))

    test('up while the guard stops and starts: it keeps working, and all is right in the end', () =>
      run('a-fake-clock-over-stop-and-start.js', [clock]))
  })
}

describe('with packages as npm has them', () => {
  test('shimmer, before and after ours', async (t) => {
    const found = peer('shimmer', '1.2.1')
    if (!found.folder) return t.skip(found.reason)
    await run('shimmer-before-and-after-ours.js', [path.join(found.folder, 'shimmer'), toolFolder(t, 'counting.js')])
  })

  test("OpenTelemetry's context manager, which binds single emitters", async (t) => {
    const found = peer('@opentelemetry/context-async-hooks', '1.30.1')
    const api = peer('@opentelemetry/api', '1.9.0')
    if (!found.folder || !api.folder) return t.skip(found.reason ?? api.reason)
    await run('emitters-that-open-telemetry-binds.js', [
      path.join(found.folder, '@opentelemetry', 'context-async-hooks'),
      path.join(api.folder, '@opentelemetry', 'api')
    ])
  })

  test('source-map-support keeps its prepareStackTrace and its mapped stacks', async (t) => {
    const found = peer('source-map-support', '0.5.21')
    if (!found.folder) return t.skip(found.reason)
    await run('mapped-stacks.js', [path.join(found.folder, 'source-map-support')])
  })
})

'use strict'
// @ts-check
// Objects that ought to go away: each way in which request data is kept is found with its path, what goes is not
// accused, and what watches holds nothing itself.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { programText, runForJson, runProgram, tempFolder } = require('../support/child.js')
const { watch, scope, checkWatched } = require('leakguard')

/** A program whose requests are kept in one way each, named by a mark on the line to change. */
const PROGRAM = programText('watched/ways-to-keep-a-request.js')
const lineOf = (/** @type {string} */ mark) => PROGRAM.split('\n').findIndex((line) => line.endsWith(`// ${mark}`)) + 1

describe('what is watched', () => {
  test('is told with the way in which it is kept: containers, listeners, promises, stores, timers', async (t) => {
    const cwd = tempFolder(t, { 'main.js': PROGRAM })
    const report = await runForJson(['main.js'], { cwd })
    assert.equal(report.verdict, 'leaking')
    const expected = {
      array: ['collection', 'recent', /retained by Array 'recent'/],
      map: ['collection', 'byId', /retained by Map 'byId'/],
      property: ['object', 'last', /retained by 'last'/],
      variable: ['object', 'current', /retained by 'current'/],
      listener: ['listener', 'bus', /retained by a 'done' listener of EventEmitter 'bus'/],
      promise: ['promise', 'never', /a reaction on Promise 'never', which is pending/],
      store: ['timer', 'Timeout', /a pending timer, in the store of an AsyncLocalStorage/],
      storeOfPromise: ['promise', 'never', /Promise 'never', which is pending, in the store of an AsyncLocalStorage/],
      timer: ['timer', 'Timeout', /retained by a pending timer/]
    }
    for (const [label, [kind, name, words]] of Object.entries(expected)) {
      const finding = report.findings.find((/** @type {any} */ found) =>
        found.message.startsWith(`'${label}' (Request)`)
      )
      assert.ok(finding, `${label} is missing: ${report.findings.map((/** @type {any} */ f) => f.message).join('\n')}`)
      assert.equal(finding.kind, kind, finding.message)
      assert.equal(finding.culprit.name, name, finding.message)
      assert.equal(finding.culprit.line, lineOf(label), finding.message)
      assert.match(finding.message, /** @type {RegExp} */ (words))
      assert.match(finding.message, /outlived scope 'request'/)
      assert.match(finding.fingerprint, /^[0-9a-f]{16}$/)
      assert.ok(finding.retainerPath.length > 1)
      assert.equal(finding.retainerPath.at(-1).name, 'Request')
      assert.ok(finding.evidence.some((/** @type {string} */ line) => /watched at .*main\.js:/.test(line)))
      const path = JSON.stringify(finding.retainerPath)
      assert.doesNotMatch(path, /WeakRef|inspector|lib\/(?:watch|held|scopes)/i)
    }
    assert.equal(report.findings.length, Object.keys(expected).length)
  })

  test('has the same fingerprints when lines move and objects become more', async (t) => {
    /** @param {string} text */
    const prints = async (text) => {
      const report = await runForJson(['main.js'], { cwd: tempFolder(t, { 'main.js': text }) })
      return Object.fromEntries(
        report.findings.map((/** @type {any} */ { message, fingerprint }) => [
          /'(\w+)' \(Request\)/.exec(message)?.[1],
          fingerprint
        ])
      )
    }
    const moved = PROGRAM.replace("'use strict'\n", "'use strict'\n\n\n").replace(
      'Object.entries(ways)',
      'Object.entries(ways).flatMap((one) => [one, one, one])'
    )
    const [before, after] = [await prints(PROGRAM), await prints(moved)]
    assert.equal(Object.keys(before).length, 9)
    assert.deepEqual(after, before)
  })

  test('is clean when it goes, and is not held by being watched', async () => {
    for (let i = 0; i < 50; i++) scope('request', () => void watch({ i }, 'request'))
    watch({ loose: true })
    const report = await checkWatched()
    assert.equal(report.verdict, 'clean', String(report))
    assert.match(report.examined[0].text, /^51 watched objects/)
  })

  test('is told behind what keeps it, not beside it', async (t) => {
    const program = `
      const { watch, checkWatched } = require('leakguard')
      class Session {}
      const sessions = new Set()
      const session = watch(new Session(), 'session')
      session.user = watch({ name: 'ana' }, 'user')
      sessions.add(session)
      checkWatched().then((report) => console.log(JSON.stringify(report)))
      setTimeout(() => sessions.size, 1)`
    const report = await runForJson(['main.js'], { cwd: tempFolder(t, { 'main.js': program }) })
    assert.equal(report.findings.length, 1, JSON.stringify(report))
    assert.match(report.findings[0].message, /'session' \(Session\)/)
    assert.ok(report.findings[0].evidence.some((/** @type {string} */ line) => line.includes("'user' (Object)")))
  })

  test('in a scope that runs is not judged; it is when that has ended, whichever way', async () => {
    /** @type {any} */
    let kept
    /** @type {() => void} */
    let end = () => {}
    const running = scope('job', () => {
      kept = watch({ of: 'job' }, 'job data')
      return new Promise((resolve) => {
        end = () => resolve('done')
      })
    })
    assert.equal((await checkWatched()).verdict, 'clean')
    end()
    assert.equal(await running, 'done')
    const report = await checkWatched()
    assert.equal(report.verdict, 'leaking', String(report))
    assert.match(report.findings[0].message, /'job data' \(Object\) outlived scope 'job': retained by/)
    kept = undefined
    assert.equal((await checkWatched()).verdict, 'clean')
    assert.throws(
      () =>
        scope('fails', () => {
          throw new RangeError('its own')
        }),
      RangeError
    )
    await assert.rejects(
      scope('fails', async () => {
        throw new RangeError('its own')
      }),
      RangeError
    )
    void kept
  })

  test('scopes give what the function gives, and touch no thenable that is no promise', () => {
    assert.equal(
      scope('sync', () => 3),
      3
    )
    let started = false
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: as query builders have one
      then() {
        started = true
      }
    }
    assert.equal(
      scope('query', () => query),
      query
    )
    assert.equal(started, false)
  })

  test('a rejection that nobody handles stays one', async (t) => {
    const program = `
      const { scope } = require('leakguard')
      process.on('unhandledRejection', (error) => { console.log('heard ' + error.message); process.exit(0) })
      scope('job', async () => { throw new Error('of the job') })
      setTimeout(() => process.exit(1), 500)`
    const { stdout } = await runProgram(t, { 'main.js': program })
    assert.match(stdout, /heard of the job/)
  })

  test('is bounded: more than a thousand are sampled, and explained three times', async (t) => {
    const program = `
      const { watch, checkWatched } = require('leakguard')
      const kept = []
      async function main() {
        for (let i = 0; i < 5000; i++) kept.push(watch({ i }, 'item'))
        const took = []
        let report
        for (let i = 0; i < 5; i++) {
          kept.push(watch({ i }, 'item'))
          const start = performance.now()
          report = await checkWatched()
          took.push(performance.now() - start)
        }
        console.log(JSON.stringify({ examined: report.examined, findings: report.findings.length, total: report.findings[0].growth.total }))
      }
      main()
      exports.kept = kept`
    const { examined, findings, total } = await runForJson(['main.js'], { cwd: tempFolder(t, { 'main.js': program }) })
    assert.equal(findings, 1)
    assert.ok(total <= 1000, `${total}`)
    assert.ok(
      examined.some((/** @type {any} */ { text }) => /1 in \d+ is/.test(text)),
      JSON.stringify(examined)
    )
  })

  test('wrong arguments are told', () => {
    const wrong = (/** @type {() => void} */ call, /** @type {RegExp} */ message) =>
      assert.throws(
        call,
        (/** @type {any} */ error) => error.code === 'ERR_LEAKGUARD_INVALID_ARG' && message.test(error.message)
      )
    wrong(() => watch(/** @type {any} */ (1)), /watch: target must be an object or a function, not 1/)
    wrong(() => watch(/** @type {any} */ (null)), /not null/)
    wrong(() => watch({}, ''), /label must be a non-empty string, got ''/)
    wrong(() => scope('', () => {}), /label must be/)
    wrong(() => scope('x', /** @type {any} */ (3)), /fn must be a function, not 3/)
  })

  test('switched off, nothing is watched and scopes only run', async (t) => {
    const program = `
      const { watch, scope, checkWatched } = require('leakguard')
      const kept = scope('x', () => [watch({})])
      checkWatched().then((report) => console.log(JSON.stringify([report.verdict, report.undecided.length, kept.length])))`
    const cwd = tempFolder(t, { 'main.js': program })
    assert.deepEqual(await runForJson(['main.js'], { cwd, env: { LEAKGUARD_DISABLE: '1' } }), ['undecided', 1, 1])
  })
})

describe('a running guard', () => {
  /** Requests, of which an array may keep some; collections come as in a program under load, and time as fast as it can. @param {string} options @param {string} keep @param {string} done */
  const program = (options, keep, done) => `'use strict'
const { start, watch, scope } = require('leakguard')
const { TestClock } = require(${JSON.stringify(require.resolve('../support/clock.js'))})
const clock = new TestClock()
const guard = start(${options})
const recent = []
let events = 0
guard.on('leak', () => events++)
const handle = () => scope('request', async () => {
  const request = watch({ url: '/' }, 'request')
  await null
  ${keep}
})
async function main() {
  for (let requests = 0; requests < 180; requests++) {
    if (requests < 5) setImmediate(handle)
    gc()
    await clock.advance(250)
    const report = guard.check()
    const [finding] = report.findings
    if (!(${done})) continue
    recent.length = 0
    await clock.advance(100)
    gc()
    await clock.advance(1500)
    return console.log(JSON.stringify({ report, events, after: guard.check() }))
  }
  console.log(JSON.stringify({ report: guard.check(), events, after: guard.check() }))
}
main()`
  /** @param {import('node:test').TestContext} t @param {Parameters<typeof program>} how */
  const run = (t, ...how) =>
    runForJson(['--expose-gc', 'main.js'], { cwd: tempFolder(t, { 'main.js': program(...how) }) })
  const KEEP = 'recent.push(request)'

  test('tells what outlives its scope, without a snapshot, and no longer when it has gone', async (t) => {
    const { report, events, after } = await run(t, '', KEEP, 'finding?.growth.total === 5 && events > 0')
    const [finding] = report.findings
    assert.equal(report.verdict, 'leaking', JSON.stringify(report))
    assert.match(finding.message, /^'request' is still in memory; what retains it is not known/)
    assert.match(finding.culprit.file, /main\.js$/)
    assert.equal(finding.growth.total, 5)
    assert.ok(report.examined.some(({ text }) => /5 watched objects whose scope has ended/.test(text)))
    assert.equal(events, 1)
    assert.equal(after.findings.length, 0, JSON.stringify(after))
  })

  test('says what holds it where it is asked to', async (t) => {
    const { report } = await run(t, "{ watched: 'explain' }", KEEP, "finding?.culprit.name === 'recent'")
    const [finding] = report.findings
    assert.match(finding?.message, /retained by Array 'recent' \(.*main\.js:6\)/)
    assert.equal(finding.retainerPath.at(-1).name, 'Object')
  })

  test('accuses nothing that goes, and looks at nothing when it is told not to', async (t) => {
    const [goes, never] = await Promise.all([run(t, '', '', 'false'), run(t, "{ watched: 'never' }", KEEP, 'false')])
    assert.deepEqual([...goes.report.findings, ...never.report.findings], [])
  })
})

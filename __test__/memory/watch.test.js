// @ts-check
// Memory as the running guard sees it: what is sampled, recorded and remembered, what is allowed, where what stays was
// allocated. Which series are leaks is tested in trend/.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { afterEach, describe, test } = require('node:test')
const { allow, analyzeTrend, start } = require('../..')
const { readSamples } = require('../../lib/cli/series.js')
const { Collections } = require('../../lib/memory/collections.js')
const { oldUsedBytes } = require('../../lib/v8/old-space.js')
const { collectNow } = require('../../lib/base/clock.js')
const { holders } = require('../../lib/memory/copies.js')
const { Ladder } = require('../../lib/memory/ladder.js')
const { MemoryWatch } = require('../../lib/memory/memory-watch.js')
const { sitesOf } = require('../../lib/memory/profile.js')
const { Recorder } = require('../../lib/memory/record.js')
const { tempFolder } = require('../support/child.js')
const { TestClock } = require('../support/clock.js')
const { leakUntilFound, until } = require('../support/leaks.js')

/** @type {any} */
const native = require('../../lib/base/native.js')
const { worded } = require('../../lib/findings/findings.js')

afterEach(() => start().stop())

describe('what is sampled', () => {
  test('is there soon after the start, and adds up', async () => {
    const guard = start({ memory: { sampleMs: 100 } })
    await until(() => guard.stats().memory !== undefined)
    const now = guard.stats().memory
    assert.ok(now && now.heapUsed > 1e6 && now.heapUsed < now.heapLimit && Number(now.rss) > now.heapUsed)
    const spaces = Object.values(now.spaces).reduce((sum, bytes) => sum + bytes, 0)
    assert.ok(spaces > now.heapUsed * 0.5 && spaces < now.heapUsed * 2, `${spaces} of ${now.heapUsed}`)
    assert.equal(now.trend, undefined)
  })

  test('false samples nothing', async () => {
    const guard = start({ memory: false })
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal(guard.stats().memory, undefined)
  })

  test('goes on in a file that the trend command reads, for its owner only', async (t) => {
    const file = path.join(tempFolder(t), 'memory.csv')
    const guard = start({ memory: { sampleMs: 100, record: file } })
    await until(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8').split('\n').length > 4)
    guard.stop()
    const samples = /** @type {any[]} */ (readSamples(file))
    assert.ok(samples.length >= 3 && samples[0].rss > 1e6 && samples[0].gc.minor >= 0)
    assert.equal(analyzeTrend(samples).verdict, 'undecided')
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600)
  })

  test('a file that cannot be written ends the record and nothing else', () => {
    /** @type {string[]} */
    const said = []
    const recorder = new Recorder(path.join(__dirname, 'no', 'such', 'folder.csv'), (why) => said.push(why))
    for (let i = 0; i < 3; i++) recorder.write(new Float64Array(12))
    assert.equal(said.length, 1)
    assert.match(said[0], /ENOENT/)
  })

  test('a record is gone on with by the next process, which is told from the one before', (t) => {
    const file = path.join(tempFolder(t), 'memory.csv')
    for (const [i, began] of [1_790_000_000, 1_790_000_500].entries()) {
      const recorder = new Recorder(file, assert.fail)
      recorder.started = began
      for (let j = 0; j < 3; j++) recorder.write(new Float64Array(12).fill(5 + i).fill(j * 10, 0, 1))
    }
    const samples = /** @type {any[]} */ (readSamples(file))
    assert.deepEqual(
      samples.map(({ t, started, rss }) => [t, started, rss]),
      [0, 10, 20].map((t) => [t, 1_790_000_000, 5]).concat([0, 10, 20].map((t) => [500 + t, 1_790_000_500, 6]))
    )
    analyzeTrend(samples)
  })

  test('a file that is no record stays as it is', (t) => {
    const file = path.join(tempFolder(t, { 'notes.csv': 'milk,eggs\n' }), 'notes.csv')
    /** @type {string[]} */
    const said = []
    const recorder = new Recorder(file, (why) => said.push(why))
    for (let i = 0; i < 3; i++) recorder.write(new Float64Array(12))
    assert.deepEqual(said, ['it exists and is not a record with the same columns'])
    assert.equal(fs.readFileSync(file, 'utf8'), 'milk,eggs\n')
  })

  test('what a major collection left is known, with its garbage gone', () => {
    const collections = new Collections()
    let garbage = Array.from({ length: 200_000 }, (_, i) => ({ i }))
    const full = process.memoryUsage().heapUsed
    assert.ok(garbage.length > 0)
    garbage = []
    collectNow()
    collections.collected(oldUsedBytes())
    const { major, minor, floor, floorExt } = collections.take({ majors: 1, minors: 7 })
    assert.deepEqual([major, minor], [1, 7])
    assert.ok(floor > 1e6 && floor < full - 4e6, `${floor} of ${full}`)
    assert.ok(floorExt > 0)
    assert.deepEqual(collections.take({ majors: 1, minors: 9 }), { major: 0, minor: 2, floor: NaN, floorExt: NaN })
  })

  test('and is read after each of them', async () => {
    const guard = start({ memory: { sampleMs: 100 } })
    await until(() => {
      collectNow()
      return guard.stats().memory?.heapFloor !== undefined
    })
    const { heapFloor, heapUsed } = /** @type {any} */ (guard.stats().memory)
    assert.ok(heapFloor > heapUsed * 0.3 && heapFloor < heapUsed * 2, `${heapFloor}, now ${heapUsed}`)
  })

  test('one is made where a heap grows for ten minutes without any, and none where that is forbidden', async (t) => {
    let made = 0
    const clock = new TestClock({ collect: () => made++ })
    t.after(clock.restore)
    const madeIn = async (/** @type {number} */ ms, /** @type {'auto' | 'never'} */ forceGc) => {
      const watch = new MemoryWatch(native, { sampleMs: 1000, timeScale: 1, forceGc }, assert.fail)
      made = 0
      for (const endMs = clock.ms + ms; clock.ms < endMs; clock.ms += 1000) watch.tick({ majors: 0, minors: 0 })
      return made
    }
    assert.equal(await madeIn(595_000, 'auto'), 0)
    assert.ok((await madeIn(610_000, 'auto')) > 0)
    assert.equal(await madeIn(7_200_000, 'never'), 0)
  })
})

describe('what is found', () => {
  /** Two days, a floor every reading. @param {any} series @param {(hours: number) => number} heap */
  const feed = (series, heap) => {
    const stood = []
    for (let i = 0; i < 1000; i++) {
      const seconds = i * 172
      const bytes = heap(seconds / 3600) + ((i * 7919) % 101) * 1e4
      const rss = 2e8
      series.push(new Float64Array([seconds, bytes, 2e6, 1e6, rss, 1e7, 1e6, 1e9, 1, 9, bytes, 2e6, bytes, 0, 0, 0]))
      if (i % 25 !== 0) continue
      series.judge(seconds)
      stood.push(series.stands())
    }
    return stood
  }

  test('growth must have been found often and long before it stands; then it has words, a rate, and a fingerprint', () => {
    const series = new native.MemorySeries(1)
    const stood = feed(series, (hours) => 5e7 + hours * 1e6)
    const first = stood.indexOf('heapUsed')
    assert.ok(first > 3 && first < 30, `stood at ${first} of ${stood.length}`)
    assert.ok(stood.slice(first).every((field) => field === 'heapUsed'))
    const found = worded(
      JSON.parse(String(series.finding(172_000, 7200, '', '[]', '[{ "type": "growsToo", "message": "a list" }]')))
    )
    assert.equal(found.kind, 'heap')
    assert.match(
      found.message,
      /^heapUsed after major GCs rises by (?:1\.0 MB|9\d\d\.\d KB) per hour.*the limit is reached in 2\.0 h$/
    )
    assert.ok(
      found.evidence.includes('also growing: a list') &&
        found.evidence.some((/** @type {string} */ line) => /old space/.test(line))
    )
    assert.match(found.fingerprint, /^[0-9a-f]{16}$/)
  })

  test('a cache that fills never stands, and neither does a level', () => {
    for (const heap of [(/** @type {number} */ hours) => 5e7 + 5e7 * (1 - Math.exp(-hours / 8)), () => 5e7]) {
      const series = new native.MemorySeries(2)
      assert.deepEqual(new Set(feed(series, heap)), new Set([null]))
      assert.equal(series.finding(1, 1, '', '[]', '[]'), null)
    }
  })

  test('one thread hears what the others found, until they take it back', () => {
    const [one, other] = [new native.MemorySeries(901), new native.MemorySeries(902)]
    one.share('{"a":1}')
    assert.deepEqual(other.shared(), ['{"a":1}'])
    assert.deepEqual(one.shared(), [])
    one.share('')
    assert.deepEqual(other.shared(), [])
  })

  test('a row of the wrong length is refused', () => {
    assert.throws(() => new native.MemorySeries(3).push(new Float64Array(3)), /row: 3 numbers, expected 16/)
  })
})

describe('where what stays was allocated', () => {
  const frame = (/** @type {string} */ functionName, url = '/srv/app.js') => ({
    functionName,
    url,
    lineNumber: 4,
    columnNumber: 2
  })
  const node = (/** @type {number} */ id, /** @type {any} */ callFrame, /** @type {any[]} */ children = []) => ({
    id,
    callFrame,
    children
  })
  const samples = (/** @type {number} */ nodeId, /** @type {number} */ count, from = 1) =>
    Array.from({ length: count }, (_, i) => ({ nodeId, size: 1000, ordinal: from + i }))

  test('only what was allocated before the middle counts, and Node is not the culprit', () => {
    const head = node(0, frame('', ''), [
      node(1, frame('keep'), [node(2, frame('set', 'node:internal/map'))]),
      node(3, frame('request'))
    ])
    const { sites, bytes } = sitesOf({ head, samples: [...samples(2, 8), ...samples(3, 50, 100)] }, 99)
    assert.equal(bytes, 8000)
    assert.deepEqual(
      sites.map(({ frames, count }) => [frames[0].function, frames[0].line, count]),
      [['keep', 5, 8000]]
    )
  })

  test('of two samples nothing is said', () => {
    const head = node(0, frame('', ''), [node(1, frame('keep'))])
    assert.deepEqual(sitesOf({ head, samples: samples(1, 2) }, 99).sites, [])
  })
})

/** @param {object} evidence */
const lineOf = (evidence) => native.evidenceLine(JSON.stringify(evidence))

describe('the steps that explain it', () => {
  /** What it knows of the heap, one line each. @param {any} ladder */
  const said = (ladder) => ladder.known.get('heapUsed').evidence.map(lineOf).join('\n')
  const options = /** @type {const} */ ({ hasProfile: false, profileMs: 1000, copies: 'never', forceGc: 'never' })

  test('nothing is asked before something stands, and native memory has no profile', () => {
    const ladder = new Ladder({ ...options, hasProfile: true }, () => [{ type: 'growsToo', message: 'a list' }])
    ladder.tick(undefined, 0, 0)
    assert.equal(ladder.step, undefined)
    ladder.tick('malloc', 1e6, 0)
    assert.deepEqual(ladder.known.get('malloc')?.evidence, [{ type: 'growsToo', message: 'a list' }])
    assert.equal(ladder.known.has('heapUsed'), false)
  })

  test('a profile runs once, ends after a collection, and is not taken again while growth comes and goes', async () => {
    const ladder = new Ladder({ ...options, hasProfile: true }, () => [])
    let majors = 0
    await until(() => {
      collectNow()
      ladder.tick('heapUsed', 1e9, majors++)
      return ladder.known.has('heapUsed')
    })
    assert.match(said(ladder), /^heap profile of \d+ s/)
    ladder.forget('heapUsed')
    ladder.tick('heapUsed', 1e9, majors)
    assert.equal(ladder.step, undefined)
  })

  test('a capture is asked for only if enabled; one that cannot be had is a line of evidence', async () => {
    const ladder = new Ladder({ ...options, copies: 'heap' }, () => [])
    ladder.tick('heapUsed', 1e6, 0)
    await until(() => ladder.known.has('heapUsed'))
    assert.match(said(ladder), /no heap graph|captured heap/)
  })

  test('two censuses around it say what became more, and how fast', {
    skip: native.forkUnsupported() ?? false
  }, async () => {
    class Ticket {}
    class Office {
      tickets = new Map()
    }
    const office = new Office()
    const ladder = new Ladder({ ...options, copies: 'census' }, () => [])
    ladder.tick('heapUsed', 1e9, 0)
    await until(() => {
      // In the first census or not: the second has more of them.
      for (let i = 0; i < 400; i++) office.tickets.set(office.tickets.size, new Ticket())
      return ladder.known.has('heapUsed')
    })
    const notes = said(ladder)
    assert.match(notes, /^census: entries of Map Office\.tickets grew from [\d,]+ to [\d,]+ in \d+ s$/m)
    assert.match(notes, /^census: objects of Ticket grew from/m)
    assert.doesNotMatch(notes, /captured/)
  })

  test('of a captured heap the named things that keep most are told, each with what it holds', () => {
    /** @type {[depth: number, name: string, of: string, count: number, mb: number, file?: string][]} */
    const rows = [
      [0, '', '(heap)', 1, 100],
      [1, '', 'scope of sessions, limit', 1, 50],
      [2, 'sessions', 'Map', 1, 49],
      [3, 'first', 'Session', 1, 20],
      [3, '', 'Session', 900, 29],
      [1, 'code', '(compiled code)', 9, 30],
      [1, 'queue', 'Queue', 2, 12, '/srv/queue.js'],
      [1, 'small', 'Set', 1, 4]
    ]
    const owners = rows.map(([depth, name, of, count, mb, file]) => ({
      ...{ depth, class: of, count, retainedBytes: mb * 1e6 },
      ...(name ? { name } : {}),
      ...(file ? { file, line: 7 } : {})
    }))
    assert.deepEqual(holders(owners).map(lineOf), [
      'captured heap: sessions (Map, scope of sessions, limit) retains 49.0 MB, 29.0 MB of it by 900 of Session',
      'captured heap: queue (2 of Queue) at /srv/queue.js:7 retains 12.0 MB'
    ])
    assert.deepEqual(holders([]), [])
  })

  test('a profile under way ends with the guard', () => {
    const ladder = new Ladder({ ...options, hasProfile: true }, () => [])
    ladder.tick('heapUsed', 1e6, 0)
    assert.ok(ladder.step?.profile)
    ladder.drop()
    assert.equal(ladder.step, undefined)
  })
})

describe('what is accepted', () => {
  const bus = () => {
    const emitter = new EventEmitter().setMaxListeners(0)
    return () => emitter.on('news', () => {})
  }

  test('a rule of the guard leaves a finding out, counts it, and a clean verdict is one', async () => {
    const step = bus()
    const guard = start({ allow: [allow.listeners('news')], minGrowthMs: 100 })
    await until(() => {
      step()
      return guard.check().allowed > 0
    })
    const report = guard.check()
    assert.notEqual(report.verdict, 'leaking')
    assert.deepEqual(report.findings, [])
  })

  test('a baseline does the same; a broken one is an error', async (t) => {
    const step = bus()
    const { finding } = await leakUntilFound(start({ minGrowthMs: 100 }), step)
    start().stop()
    const known = [{ fingerprint: finding.fingerprint }]
    const folder = tempFolder(t, { 'known.json': JSON.stringify({ version: 1, known }), 'broken.json': '{' })
    const guard = start({ baseline: path.join(folder, 'known.json'), minGrowthMs: 100 })
    await until(() => {
      step()
      return guard.check().allowed > 0
    })
    guard.stop()
    assert.throws(() => start({ baseline: path.join(folder, 'broken.json') }), { code: 'ERR_LEAKGUARD_BASELINE' })
    assert.throws(() => start(/** @type {any} */ ({ allow: ['news'] })), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  })
})

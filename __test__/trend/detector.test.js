// @ts-check
// What the detector of trends says of series made here: shapes of our own (simulate.js), and of real ones (recorded/).
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { analyzeTrend } = require('../..')
const { readSamples } = require('../../lib/cli/series.js')
const { kinds, random, simulate } = require('./simulate.js')

const HOUR = 3600
const MB = 1e6

/**
 * Two days of a plain service: a sample every two minutes, a major collection every 24.
 * @param {(u: number, t: number) => { heap?: number, external?: number, native?: number, load?: number }} of in MB
 * @param {{ malloc?: (u: number) => { used: number, free: number }, gc?: boolean, count?: number }} [options]
 */
function service(of, { malloc, gc: hasGc = true, count = 1440 } = {}) {
  const next = random(count)
  const jitter = () => 1 + 0.01 * (next() - 0.5)
  return Array.from({ length: count }, (_, i) => {
    const [u, t] = [i / count, i * 120]
    const { heap = 0, external = 0, native = 0, load = 1 } = of(u, t)
    const floor = (80 + heap) * MB * jitter()
    const floorExt = (20 + external) * MB * jitter()
    const garbage = (i % 12) * 3 * MB * load
    const rss = (floor + garbage + floorExt + (70 + native) * MB) * jitter()
    const isMajor = i % 12 === 0
    const gc = { major: isMajor ? 1 : 0, minor: Math.round(30 * load * jitter()), ...(isMajor && { floor, floorExt }) }
    return {
      t,
      heapUsed: floor + garbage,
      external: floorExt,
      arrayBuffers: floorExt * 0.8,
      rss,
      ...(hasGc && { gc }),
      ...(malloc && {
        malloc: { used: malloc(u).used * MB * jitter() + floorExt, free: malloc(u).free * MB * jitter() }
      })
    }
  })
}

/** @param {number} t @param {number} height */
const daily = (t, height) => 1 + height * Math.sin((t / 24 / HOUR) * 2 * Math.PI)

describe('clean', () => {
  /** @type {Record<string, any[]>} */
  const series = {
    flat: service(() => ({})),
    'a sawtooth without readings of collections': service(() => ({}), { gc: false }),
    'warm-up to a plateau': service((u) => ({ heap: 60 * (1 - Math.exp(-u / 0.12)) })),
    'a daily wave': service((_u, t) => ({ heap: 30 * daily(t, 0.6), load: daily(t, 0.6) })),
    'a load step': service((u) => ({ heap: u > 0.4 ? 40 : 0, load: u > 0.4 ? 2 : 1 })),
    'a ramp after a deploy': service((u) => ({ heap: 40 * Math.min(1, u / 0.1), load: 0.1 + Math.min(1, u / 0.1) })),
    'a jump': service((u) => ({ heap: u > 0.55 ? 35 : 0 })),
    'a bounded cache': service((u) => ({ heap: Math.min(50, 160 * u) })),
    'Buffers to a plateau': service((u) => ({ external: 30 * (1 - Math.exp(-u / 0.1)) }))
  }
  for (const [name, samples] of Object.entries(series)) {
    test(`${name}`, () => {
      const { verdict, message } = analyzeTrend(samples)
      assert.equal(verdict, 'clean', message)
    })
  }

  test('fragmentation, with what helps against it', () => {
    const samples = service((u) => ({ native: 60 * u }), { malloc: (u) => ({ used: 50, free: 10 + 60 * u }) })
    const { verdict, message } = analyzeTrend(samples)
    assert.equal(verdict, 'clean', message)
    assert.match(message, /malloc_trim\(0\).*jemalloc/)
  })
})

describe('leaking', () => {
  /** @type {Record<string, { samples: any[], metric: string, perHour: number, says: RegExp }>} */
  const series = {
    'objects, beside a daily wave': {
      samples: service((u, t) => ({ heap: 48 * u + 20 * daily(t, 0.5), load: daily(t, 0.5) })),
      metric: 'heapUsed',
      perHour: MB,
      says: /heapUsed after major GCs rises by .* per hour/
    },
    'objects, after warm-up': {
      samples: service((u) => ({ heap: 48 * u + 40 * (1 - Math.exp(-u / 0.04)) })),
      metric: 'heapUsed',
      perHour: MB,
      says: /leakguard diff/
    },
    'objects, no collections known': {
      samples: service((u) => ({ heap: 96 * u }), { gc: false }),
      metric: 'heapUsed',
      perHour: 2 * MB,
      says: /heapUsed/
    },
    Buffers: {
      samples: service((u) => ({ external: 48 * u })),
      metric: 'external',
      perHour: MB,
      says: /streams and sockets that are not closed/
    },
    'native memory, by rss': {
      samples: service((u) => ({ native: 96 * u })),
      metric: 'rss',
      perHour: 2 * MB,
      says: /jemalloc/
    },
    'native memory, by malloc': {
      samples: service((u) => ({ native: 96 * u }), { malloc: (u) => ({ used: 50 + 96 * u, free: 20 }) }),
      metric: 'malloc',
      perHour: 2 * MB,
      says: /Native code does not free/
    }
  }
  for (const [name, { samples, metric, perHour, says }] of Object.entries(series)) {
    test(`${name}`, () => {
      const trend = analyzeTrend(samples)
      assert.equal(trend.verdict, 'leaking', trend.message)
      assert.equal(trend.metric, metric)
      assert.ok(Math.abs((trend.perHour ?? 0) / perHour - 1) < 0.3, `${trend.perHour} instead of ${perHour}`)
      assert.match(String(trend), says)
      assert.match(String(trend.confidence), /certain|likely/)
    })
  }

  test('between collections, where these are few', () => {
    const few = (/** @type {(u: number) => number} */ heap) => service((u) => ({ heap: heap(u) }), { count: 60 })
    const report = analyzeTrend(few((u) => 48 * u))
    const { verdict, metric, confidence, message } = report
    assert.deepEqual([verdict, metric, confidence], ['leaking', 'heapUsed', 'likely'], message)
    assert.match(String(report), /15 stretches of time/)
    assert.equal(analyzeTrend(few(() => 0)).verdict, 'undecided')
    assert.equal(analyzeTrend(few((u) => 48 * Math.min(u, 0.4))).verdict, 'undecided')
  })

  test('from an onset, until a limit', () => {
    const samples = service((u) => ({ heap: 120 * Math.max(0, u - 0.4) })).map((s) => ({ ...s, limit: 400 * MB }))
    const { onsetIndex = -1, perHour = 0, reachesLimitAt = 0, verdict } = analyzeTrend(samples)
    assert.equal(verdict, 'leaking')
    assert.ok(Math.abs(onsetIndex - 576) < 120, `${onsetIndex}`)
    const { t, rss } = samples[1439]
    assert.ok(Math.abs(reachesLimitAt - t - ((400 * MB - rss) / perHour) * HOUR) < 1)
  })

  test('whatever the unit of size is', () => {
    for (const scale of [1e-3, 1e3]) {
      const scaled = service((u) => ({ heap: 48 * u })).map(({ t, heapUsed, gc }) => ({
        t,
        heapUsed: heapUsed * scale,
        gc: { major: gc?.major, minor: gc?.minor, ...(gc && 'floor' in gc && { floor: gc.floor * scale }) }
      }))
      assert.equal(analyzeTrend(scaled).verdict, 'leaking')
    }
  })
})

describe('undecided', () => {
  test('few collections, and says how many are needed', () => {
    const { verdict, message } = analyzeTrend(service((u) => ({ heap: 48 * u }), { count: 20 }))
    assert.equal(verdict, 'undecided')
    assert.match(message, /only 2 major GCs in .*, at least 8 are needed/)
  })

  test('nothing, or next to nothing', () => {
    for (const samples of [[], [{ t: 0 }], [{ t: 0, heapUsed: 1 }, { t: 1 }], [{ t: 5 }, { t: 5 }, { t: 5 }]]) {
      assert.equal(analyzeTrend(samples).verdict, 'undecided')
    }
  })
})

describe('what series go through', () => {
  const leaking = service((u) => ({ heap: 48 * u }))
  const later = (/** @type {any[]} */ samples, /** @type {number} */ by) => samples.map((s) => ({ ...s, t: s.t + by }))

  test('a restart: the new life is judged by itself', () => {
    const end = 1440 * 120
    const before = leaking.map((s) => ({
      ...s,
      heapUsed: s.heapUsed * 3,
      rss: s.rss * 3,
      gc: { ...s.gc, floor: undefined }
    }))
    const series = [
      ...before,
      ...later(
        service(() => ({})),
        end
      )
    ]
    const report = analyzeTrend(series)
    assert.equal(report.verdict, 'clean', report.message)
    assert.match(String(report), /since the restart/)
    const short = analyzeTrend([...leaking.map((s) => ({ ...s, rss: s.rss * 3 })), ...later(fresh(40), end)])
    assert.equal(short.verdict, 'leaking', short.message)
    assert.match(String(short), /before the last restart/)
  })

  test('the end of a job: everything falls at once, to where it had been', () => {
    const jobs = service((u) => ({ heap: u > 0.3 && u < 0.34 ? 250 : 0 }))
    const freed = jobs.map((s) => ({ ...s, rss: s.heapUsed + 60 * MB }))
    const report = analyzeTrend(freed)
    assert.equal(report.verdict, 'clean', report.message)
    assert.doesNotMatch(String(report), /restart/)
  })

  test('what began when is known: then nothing is guessed', () => {
    const end = 1440 * 120
    const began = (/** @type {any[]} */ samples, /** @type {number | null} */ started) =>
      samples.map((s) => ({ ...s, started }))
    const flat = service(() => ({}))
    // The second life begins where the first one was.
    const report = analyzeTrend([...began(leaking, 1e9), ...began(later(flat, end), 1e9 + end)])
    assert.equal(report.verdict, 'clean', report.message)
    assert.match(String(report), /since the restart/)
    // A fall to a third within one life, and one reading that does not say.
    const fell = began([...flat.slice(0, 700).map((s) => ({ ...s, rss: s.rss * 3 })), ...flat.slice(700)], 1e9)
    fell[3].started = null
    assert.doesNotMatch(String(analyzeTrend(fell)), /restart/)
    assert.throws(() => analyzeTrend([{ t: 1, started: Number.NaN }]), {
      message: 'analyzeTrend: samples[0].started must be a finite number from 0, or missing, not NaN'
    })
  })

  test('a gap of a day', () => {
    const halves = (/** @type {any[]} */ s) => [...s.slice(0, 700), ...later(s.slice(700), 24 * HOUR)]
    assert.equal(analyzeTrend(halves(leaking)).verdict, 'leaking')
    assert.equal(analyzeTrend(halves(service(() => ({})))).verdict, 'clean')
  })

  test('months of samples', () => {
    const many = service((u) => ({ heap: 48 * u }), { count: 100_000 })
    const began = performance.now()
    assert.equal(analyzeTrend(many).verdict, 'leaking')
    assert.ok(performance.now() - began < 5000)
  })

  test('fields that are missing now and then', () => {
    const next = random(3)
    const holes = leaking.map((s) => ({
      t: s.t,
      ...(next() < 0.7 && { heapUsed: s.heapUsed }),
      ...(next() < 0.5 && { rss: s.rss }),
      external: null,
      gc: next() < 0.9 ? s.gc : null
    }))
    assert.equal(analyzeTrend(holes).verdict, 'leaking')
  })

  /** A service that has just begun. @param {number} count */
  function fresh(count) {
    return service(() => ({}), { count }).map((s) => ({
      ...s,
      heapUsed: 30 * MB,
      rss: 80 * MB,
      gc: { major: 0, minor: 1 }
    }))
  }
})

// Every kind of shape, at seeds that no limit was chosen by.
describe('simulated services', () => {
  const seeds = [5000, 5001, 5002]
  const accused = kinds.clean.flatMap((kind) =>
    seeds
      .filter((seed) => analyzeTrend(simulate('clean', kind, seed).samples).verdict === 'leaking')
      .map((s) => `${kind} ${s}`)
  )
  const leaks = kinds.leak.flatMap((kind) => seeds.map((seed) => simulate('leak', kind, seed)))
  const found = leaks.filter(({ samples }) => analyzeTrend(samples).verdict === 'leaking')
  const share = (/** @type {(total: number) => boolean} */ fits) =>
    found.filter(({ total }) => fits(total)).length / leaks.filter(({ total }) => fits(total)).length

  test('are not accused when healthy', () => assert.deepEqual(accused, []))
  test('are found out in seven of ten cases, large ones in nine', () => {
    assert.ok(share(() => true) >= 0.7, `${share(() => true)}`)
    assert.ok(share((total) => total > 0.6) >= 0.9, `${share((total) => total > 0.6)}`)
  })

  test('a leak is named where it is', () => {
    const wrong = found.filter(({ samples, where }) => {
      const metrics = { heap: ['heapUsed'], external: ['external'], native: ['rss'] }[where ?? ''] ?? []
      return !metrics.includes(analyzeTrend(samples).metric ?? '')
    })
    assert.ok(wrong.length <= 1, wrong.map(({ kind }) => kind).join())
  })

  test('with figures of malloc, native leaks are told from fragments', () => {
    for (const seed of seeds) {
      const leak = analyzeTrend(simulate('leak', 'native', seed, { malloc: true, total: 1.5 }).samples)
      assert.ok(leak.verdict !== 'clean', leak.message)
      assert.notEqual(analyzeTrend(simulate('clean', 'fragments', seed, { malloc: true }).samples).verdict, 'leaking')
    }
  })
})

// Real garbage and a real collector, if only for minutes: what docs/how-it-works.md says of them.
describe('recorded services', () => {
  const folder = path.join(__dirname, 'recorded')
  const said = Object.fromEntries(
    fs.readdirSync(folder).map((file) => [file, analyzeTrend(readSamples(path.join(folder, file)))])
  )

  test('healthy ones are clean', () => {
    assert.equal(said['healthy.csv'].verdict, 'clean')
    assert.equal(said['warming-cache.csv'].verdict, 'clean')
  })

  test('Buffers are found, a Map is not told from its load in so short a time', () => {
    assert.equal(said['leaking-buffers.csv'].verdict, 'leaking')
    assert.equal(said['leaking-buffers.csv'].metric, 'external')
    assert.equal(said['leaking-map-faster.csv'].verdict, 'undecided')
    assert.equal(said['leaking-map.csv'].verdict, 'clean')
  })

  // bench/watch/service.js for an hour each, side by side, recorded by the guard: docs/production.md has the table.
  for (const [name, metric] of Object.entries({
    heap: 'heapUsed',
    'heap-late': 'heapUsed',
    timer: 'heapUsed',
    buffer: 'external',
    malloc: 'malloc'
  })) {
    test(`an hour that leaks: ${name}`, () => {
      const { verdict, metric: found, message } = said[`hour-${name}.csv`]
      assert.deepEqual([verdict, found], ['leaking', metric], message)
    })
  }

  test('healthy hours are not accused', () => {
    assert.equal(said['hour-healthy.csv'].verdict, 'clean')
    assert.equal(said['hour-warming-cache.csv'].verdict, 'clean')
    assert.equal(said['hour-bursts.csv'].verdict, 'clean')
  })
})

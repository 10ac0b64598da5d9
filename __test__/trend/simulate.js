// @ts-check
// Series of services that never were, of shapes of our own: what lives, what garbage V8 leaves until a major
// collection, what the allocator keeps. Seeded: the same seed gives the same series. Knows nothing of the detector.
'use strict'

const HOUR = 3600

/** Numbers from 0 to 1 (mulberry32). @param {number} seed */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * @typedef {object} Shape What a service does beyond serving; each function of time gives a share of the base.
 * @property {(u: number) => number} [load] factor of the load; u runs from 0 to 1 over the series
 * @property {(u: number, t: number) => number} [heap]
 * @property {(u: number, t: number) => number} [external]
 * @property {(u: number, t: number) => number} [native]
 * @property {(u: number, t: number) => number} [fragments] what the allocator keeps without use
 * @property {(load: number, dt: number, next: () => number) => number} [leak] added in an interval, shares of the base
 * @property {'heap' | 'external' | 'native'} [where] the leak goes
 * @property {number} [from] u at which it begins
 * @property {number} [total] what it adds in all
 */

/** @typedef {{ label: 'leak' | 'clean', kind: string, total: number, onset: number, where?: string, samples: any[] }} Series */

const settle = (/** @type {number} */ x) => 1 - Math.exp(-x)
const between = (/** @type {() => number} */ next, /** @type {number} */ low, /** @type {number} */ high) =>
  low * (high / low) ** next()

/** @type {Record<string, (next: () => number) => Shape>} */
const clean = {
  flat: () => ({}),
  'full cache': (next) => {
    const [size, tau] = [between(next, 0.1, 1), between(next, 0.01, 0.2)]
    return { heap: (u) => size * settle(u / tau) }
  },
  'slow cache': (next) => {
    const [size, tau] = [between(next, 0.1, 1), between(next, 0.15, 0.45)]
    return { heap: (u) => size * settle(u / tau) }
  },
  'cache that forgets': (next) => {
    // Entries live for a time: full when the first ones go, and as large as the load of that time from then on.
    const [size, keep] = [between(next, 0.1, 0.6), (1 + 11 * next()) * HOUR]
    return { heap: (_u, t) => size * Math.min(1, t / keep) }
  },
  'hyperbolic cache': (next) => {
    const [size, tau] = [between(next, 0.1, 0.6), between(next, 0.01, 0.1)]
    return { heap: (u) => (size * u) / (u + tau) }
  },
  'zipf cache': (next) => {
    const [size, tau] = [between(next, 0.03, 0.12), between(next, 0.002, 0.05)]
    return { heap: (u) => size * Math.log1p(u / tau) }
  },
  'fill to a bound': (next) => {
    const [size, end] = [between(next, 0.1, 0.8), between(next, 0.05, 0.4)]
    return { heap: (u) => size * Math.min(1, u / end) }
  },
  jump: (next) => {
    const [size, at] = [between(next, 0.05, 0.6), 0.1 + 0.8 * next()]
    return { heap: (u) => (u > at ? size : 0) }
  },
  'two jumps': (next) => {
    const [a, b] = [between(next, 0.05, 0.3), between(next, 0.05, 0.3)]
    const [first, second] = [0.1 + 0.3 * next(), 0.5 + 0.3 * next()]
    return { heap: (u) => (u > first ? a : 0) + (u > second ? b : 0) }
  },
  'load step': (next) => {
    const [by, at] = [between(next, 0.4, 2), 0.15 + 0.7 * next()]
    return { load: (u) => (u > at ? 1 + by : 1) }
  },
  'load grows': (next) => {
    const by = between(next, 0.2, 1)
    return { load: (u) => 1 + by * u }
  },
  deploy: (next) => {
    const tau = between(next, 0.02, 0.15)
    return { load: (u) => 0.05 + settle(u / tau) }
  },
  'nightly job': (next) => {
    const [size, every, long] = [between(next, 0.05, 0.3), (4 + 20 * next()) * HOUR, (0.5 + 2 * next()) * HOUR]
    return { heap: (_u, t) => (t % every > every - long ? size : 0) }
  },
  'buffers in waves': (next) => {
    const [size, phase] = [between(next, 0.1, 0.5), next() * 6]
    return { external: (_u, t) => size * (1 + Math.sin((t / 24 / HOUR) * 2 * Math.PI + phase)) }
  },
  'buffer pool': (next) => {
    const [size, tau] = [between(next, 0.1, 0.6), between(next, 0.01, 0.15)]
    return { external: (u) => size * settle(u / tau) }
  },
  fragments: (next) => {
    const [size, tau] = [between(next, 0.1, 0.6), between(next, 0.02, 0.2)]
    return { fragments: (u) => size * settle(u / tau) }
  },
  'fragments, slowly': (next) => {
    const [size, tau] = [between(next, 0.02, 0.08), between(next, 0.002, 0.05)]
    return { fragments: (u) => size * Math.log1p(u / tau) }
  },
  'native cache': (next) => {
    const [size, tau] = [between(next, 0.1, 0.6), between(next, 0.02, 0.15)]
    return { native: (u) => size * settle(u / tau) }
  },
  'native jump': (next) => {
    const [size, at] = [between(next, 0.05, 0.5), 0.1 + 0.8 * next()]
    return { native: (u) => (u > at ? size : 0) }
  }
}

const total = (/** @type {() => number} */ next) => between(next, 0.05, 2)
/** @type {Record<string, (next: () => number) => Shape>} */
const leaking = {
  'with time': (next) => ({ total: total(next), leak: (_load, dt) => dt }),
  'with load': (next) => ({ total: total(next), leak: (load, dt) => load * dt }),
  'in bursts': (next) => ({ total: total(next), leak: (load, dt, n) => (n() < dt / HOUR ? load : 0) }),
  'in chunks': (next) => {
    let at = 0
    const every = (1 + 5 * next()) * HOUR
    return {
      total: total(next),
      leak: (_load, dt) => {
        at += dt
        if (at < every) return 0
        at = 0
        return 1
      }
    }
  },
  late: (next) => ({ total: total(next), from: 0.2 + 0.4 * next(), leak: (_load, dt) => dt }),
  'ever faster': (next) => {
    let age = 0
    return {
      total: total(next),
      leak: (_load, dt) => {
        age += dt
        return dt * age
      }
    }
  },
  'beside a cache': (next) => ({ ...clean['full cache'](next), total: total(next), leak: (load, dt) => load * dt }),
  'after a jump': (next) => ({ ...clean.jump(next), total: total(next), leak: (load, dt) => load * dt }),
  'in buffers': (next) => ({ total: total(next), where: 'external', leak: (load, dt) => load * dt }),
  'in buffers, late': (next) => ({
    total: total(next),
    where: 'external',
    from: 0.2 + 0.4 * next(),
    leak: (_load, dt) => dt
  }),
  native: (next) => ({ total: between(next, 0.2, 2), where: 'native', leak: (load, dt) => load * dt }),
  'native, late': (next) => ({
    total: between(next, 0.3, 2),
    where: 'native',
    from: 0.1 + 0.3 * next(),
    leak: (_load, dt) => dt
  })
}

const kinds = { clean: Object.keys(clean), leak: Object.keys(leaking) }

/**
 * @param {'clean' | 'leak'} label
 * @param {string} kind
 * @param {number} seed
 * @param {{ malloc?: boolean, hours?: number, total?: number, interval?: number }} [options] `malloc`: with the
 * allocator's own figures
 * @returns {Series}
 */
function simulate(label, kind, seed, options = {}) {
  const next = random(seed * 7919 + kind.length * 104729 + kind.charCodeAt(0))
  const shape = (label === 'leak' ? leaking : clean)[kind](next)
  const hours = options.hours ?? [24, 48, 72][Math.floor(next() * 3)]
  const interval = options.interval ?? 120
  const count = Math.round((hours * HOUR) / interval)
  const base = between(next, 30e6, 400e6)
  const loads = loadCurve(next, count, interval, shape.load ?? (() => 1))
  const leaked = leakCurve(next, shape, loads, interval)
  const amount = options.total ?? shape.total ?? 0
  /** @param {string} where @param {number} i */
  const leakIn = (where, i) => ((shape.where ?? 'heap') === where ? leaked[i] * amount : 0)

  const sessions = between(next, 0.02, 0.3) * base
  const sessionTime = between(next, 0.1, 3) * HOUR
  const externalBase = between(next, 0.05, 0.5) * base
  const nativeBase = 60e6 + 0.3 * base * next()
  const allocation = between(next, 0.02, 0.6) * base
  const noise = between(next, 0.003, 0.02)
  const space = between(next, 1e5, 16e6)
  const headroom = 0.3 + 0.7 * next()
  const majors = between(next, 0.4, 6)
  let held = loads[0]
  let garbage = 0
  let buffers = 0
  let keeps = 0
  const samples = []
  for (let i = 0; i < count; i++) {
    const t = i * interval
    const u = i / count
    held += (loads[i] - held) * Math.min(1, interval / sessionTime)
    const live = base * (1 + (shape.heap?.(u, t) ?? 0) + leakIn('heap', i)) + sessions * held
    const external = externalBase + base * ((shape.external?.(u, t) ?? 0) + leakIn('external', i))
    const native = nativeBase + base * ((shape.native?.(u, t) ?? 0) + leakIn('native', i))
    garbage += (majors * headroom * base * loads[i] * interval * (0.6 + 0.8 * next())) / HOUR
    buffers += externalBase * loads[i] * 0.05 * next()
    /** @type {any} */
    const gc = {
      major: 0,
      minor: Math.round(((allocation * loads[i] * interval) / 120 / space) * 8 * (0.9 + 0.2 * next()))
    }
    if (garbage > headroom * live) {
      const late = next() < 0.06 ? 0.15 * next() : 0
      gc.major = 1
      gc.floor = Math.round(live * (1 + late + noise * gauss(next)))
      gc.floorExt = Math.round(external * (1 + late + noise * gauss(next)))
      garbage = 0
      buffers = 0
    }
    const heapUsed = live + garbage + allocation * 0.1 * next()
    const outside = external + buffers
    keeps = Math.max(heapUsed + outside, keeps + (heapUsed + outside - keeps) * Math.min(1, interval / 2 / HOUR))
    const kept = (shape.fragments?.(u, t) ?? 0) * base
    const rss = (native + kept + 0.92 * keeps) * (1 + 0.004 * gauss(next))
    samples.push({
      t,
      heapUsed: Math.round(heapUsed),
      external: Math.round(outside),
      arrayBuffers: Math.round(outside * 0.9),
      rss: Math.round(rss),
      gc,
      ...(options.malloc && {
        malloc: {
          used: Math.round(native * 0.8 + outside),
          free: Math.round(kept + 0.1 * native * (0.8 + 0.4 * next()))
        }
      })
    })
  }
  const onset = label === 'leak' ? Math.round((shape.from ?? 0) * count) : -1
  return { label, kind, total: amount, onset, where: label === 'leak' ? (shape.where ?? 'heap') : undefined, samples }
}

/** A daily wave of its own height and phase, hours that differ, minutes that differ, now and then a rush. */
function loadCurve(
  /** @type {() => number} */ next,
  /** @type {number} */ count,
  /** @type {number} */ interval,
  /** @type {(u: number) => number} */ factor
) {
  const [height, phase, restless, rush] = [0.7 * next(), next() * 2 * Math.PI, 0.03 + 0.15 * next(), next() * 0.3]
  let hour = 0
  let rushUntil = 0
  return Array.from({ length: count }, (_, i) => {
    const t = i * interval
    const keep = Math.exp(-interval / HOUR)
    hour = hour * keep + Math.sqrt(1 - keep * keep) * gauss(next)
    if (next() < (rush * interval) / 6 / HOUR) rushUntil = t + HOUR * next()
    const wave = 1 + height * Math.sin((t / 24 / HOUR) * 2 * Math.PI + phase)
    return Math.max(0.02, factor(i / count) * wave * (1 + restless * hour) * (t < rushUntil ? 1.8 : 1))
  })
}

/** What has leaked by each moment, 1 at the end. */
function leakCurve(
  /** @type {() => number} */ next,
  /** @type {Shape} */ shape,
  /** @type {number[]} */ loads,
  /** @type {number} */ interval
) {
  let sum = 0
  const curve = loads.map((load, i) => {
    if (i / loads.length >= (shape.from ?? 0)) sum += shape.leak?.(load, interval, next) ?? 0
    return sum
  })
  return curve.map((value) => value / (sum || 1))
}

/** Normal deviates. @param {() => number} next */
function gauss(next) {
  return next() + next() + next() + next() + next() + next() + next() + next() + next() + next() + next() + next() - 6
}

module.exports = { kinds, random, simulate }

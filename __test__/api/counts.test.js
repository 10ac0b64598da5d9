// @ts-check
// Live counts through every way on and off: listeners, timers, collections. Long lists are counted one by one;
// short ones and timers by samples, of which there are enough here for all.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter, errorMonitor, once } = require('node:events')
const { afterEach, beforeEach, describe, test } = require('node:test')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const { promisify } = require('node:util')
const { start, track } = require('../../index.js')
const { collectGarbage } = require('../support/gc.js')
const { runForJson } = require('../support/child.js')
const { live, until } = require('../support/leaks.js')

/** @type {import('../..').Guard} */
let guard
beforeEach(() => {
  guard = start()
})
afterEach(() => guard.stop())

const MANY = 20
/** @param {(i: number) => unknown} make */
const many = (make) => Array.from({ length: MANY }, (_, i) => make(i))

/** A guard hears of collections from its first tick on. @param {() => boolean} condition */
const untilCollected = (condition) =>
  until(async () => {
    await collectGarbage()
    return condition()
  })

class Bus extends EventEmitter {}

describe('listeners of an EventEmitter', () => {
  let number = 0
  /** @returns {any} */
  const newBus = () => new Bus().setMaxListeners(0)
  const newEvent = () => `event ${++number}`
  /** @param {string | symbol} event */
  const held = (event) => live(guard, `${String(event)}\nBus`)

  for (const way of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener']) {
    test(`come by ${way}`, () => {
      const bus = newBus()
      const event = newEvent()
      many(() => bus[way](event, () => {}))
      assert.equal(held(event), MANY)
      assert.equal(bus.listenerCount(event), MANY)
    })
  }

  for (const [way, leave] of /** @type {[string, (bus: any, event: string, listener: Function) => void][]} */ ([
    ['off', (bus, event, listener) => bus.off(event, listener)],
    ['removeListener', (bus, event, listener) => bus.removeListener(event, listener)],
    ['removeAllListeners of the event', (bus, event) => bus.removeAllListeners(event)],
    ['removeAllListeners of all events', (bus) => bus.removeAllListeners()]
  ])) {
    test(`go by ${way}`, () => {
      const bus = newBus()
      const event = newEvent()
      const listeners = many(() => () => {})
      for (const listener of listeners) bus.on(event, listener)
      assert.equal(held(event), MANY)
      for (const listener of /** @type {Function[]} */ (listeners)) leave(bus, event, listener)
      assert.equal(held(event), 0)
      assert.equal(bus.listenerCount(event), 0)
    })
  }

  test('that are there once go by the event', () => {
    const bus = newBus()
    const event = newEvent()
    let called = 0
    many(() => bus.once(event, () => called++))
    many(() => bus.prependOnceListener(event, () => called++))
    assert.equal(held(event), 2 * MANY)
    bus.emit(event)
    assert.equal(called, 2 * MANY)
    assert.equal(held(event), 0)
  })

  test('go one by one, and the most there were is remembered', () => {
    const bus = newBus()
    const event = newEvent()
    const listeners = many(() => () => {})
    for (const listener of listeners) bus.on(event, listener)
    guard.stats().counts
    for (const listener of listeners.slice(0, 15)) bus.off(event, listener)
    const [count] = guard.stats().counts.filter(({ label }) => label === `${event}\nBus`)
    assert.deepEqual({ live: count.live, highWater: count.highWater }, { live: MANY - 15, highWater: MANY })
  })

  test('of a symbol are counted too', () => {
    const bus = newBus()
    const event = Symbol('a private event')
    many(() => bus.on(event, () => {}))
    assert.equal(held(event), MANY)
  })

  test('the same function twice is two listeners', () => {
    const bus = newBus()
    const event = newEvent()
    const listener = () => {}
    many(() => bus.on(event, listener))
    assert.equal(held(event), MANY)
  })

  test('by events.once and events.on are counted while they wait', async () => {
    const bus = newBus()
    const event = newEvent()
    const waiting = many(() => once(bus, event))
    assert.equal(held(event), MANY)
    bus.emit(event)
    await Promise.all(waiting)
    assert.equal(held(event), 0)
  })

  test('errorMonitor sees an error first, and does not make it handled', () => {
    const bus = newBus()
    /** @type {string[]} */
    const order = []
    bus.on(errorMonitor, () => order.push('monitor'))
    assert.throws(() => bus.emit('error', new Error('mine')), { message: 'mine' })
    bus.on('error', () => order.push('handler'))
    bus.emit('error', new Error('mine'))
    assert.deepEqual(order, ['monitor', 'monitor', 'handler'])
  })

  test('captureRejections hands a rejection on as before', async () => {
    const bus = new EventEmitter({ captureRejections: true })
    bus.on('work', async () => {
      throw new Error('mine')
    })
    const failed = new Promise((resolve) => bus.on('error', resolve))
    bus.emit('work')
    assert.equal((await failed).message, 'mine')
  })

  test("'newListener' and 'removeListener' come as before, with the listener itself", () => {
    const bus = newBus()
    /** @type {unknown[]} */
    const heard = []
    const listener = () => {}
    bus.on('newListener', (/** @type {string} */ event, /** @type {Function} */ added) =>
      heard.push(['new', event, added])
    )
    bus.on('removeListener', (/** @type {string} */ event, /** @type {Function} */ gone) =>
      heard.push(['gone', event, gone])
    )
    heard.length = 0
    bus.once('x', listener)
    bus.emit('x')
    assert.deepEqual(heard, [
      ['new', 'x', listener],
      ['gone', 'x', listener]
    ])
  })

  test('wrong arguments fail as before, and count nothing', () => {
    const bus = newBus()
    const event = newEvent()
    assert.throws(() => bus.on(event, 'text'), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => bus.on(event), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => EventEmitter.prototype.on.call(/** @type {any} */ (undefined), event, () => {}), TypeError)
    assert.equal(held(event), 0)
  })

  test('of what is no EventEmitter but borrows its methods are counted without harm', () => {
    const borrower = { on: EventEmitter.prototype.on, calls: 0 }
    assert.equal(
      borrower.on.call(/** @type {any} */ (borrower), 'x', () => {}),
      borrower
    )
    const frozen = Object.freeze({})
    assert.throws(() => EventEmitter.prototype.on.call(/** @type {any} */ (frozen), 'x', () => {}), TypeError)
  })

  test('of process are counted under its name', () => {
    const event = newEvent()
    const before = process.getMaxListeners()
    process.setMaxListeners(0)
    const listeners = many(() => () => {})
    for (const listener of listeners) process.on(event, /** @type {any} */ (listener))
    assert.equal(live(guard, `${event}\nprocess`), MANY)
    for (const listener of listeners) process.off(event, /** @type {any} */ (listener))
    assert.equal(live(guard, `${event}\nprocess`), 0)
    process.setMaxListeners(before)
  })

  test('of a target that is collected go with it', async () => {
    const event = newEvent()
    const fill = () => {
      const bus = newBus()
      many(() => bus.on(event, () => {}))
      assert.equal(held(event), MANY)
    }
    fill()
    await untilCollected(() => held(event) === 0)
  })

  test('of many targets, few each, are counted together once they have outlived a collection', async () => {
    const event = newEvent()
    const buses = many(() => newBus().on(event, () => {}))
    await untilCollected(() => held(event) === MANY)
    for (const bus of /** @type {EventEmitter[]} */ (buses)) bus.removeAllListeners()
    assert.equal(held(event), 0)
  })

  test('a list that was short and grows long is not counted twice', async () => {
    const bus = newBus()
    const event = newEvent()
    for (let i = 0; i < 5; i++) bus.on(event, () => {})
    await collectGarbage()
    for (let i = 5; i < MANY; i++) bus.on(event, () => {})
    assert.equal(held(event), MANY)
  })
})

describe('listeners of an EventTarget', () => {
  let number = 0
  const newEvent = () => `event-${++number}`
  class Wire extends EventTarget {}
  /** @param {string} event */
  const held = (event) => live(guard, `${event}\nWire`)

  test('come and go, functions and handleEvent objects alike', () => {
    const wire = new Wire()
    const event = newEvent()
    const listeners = many((i) => (i % 2 ? () => {} : { handleEvent() {} }))
    for (const listener of listeners) wire.addEventListener(event, /** @type {any} */ (listener))
    assert.equal(held(event), MANY)
    for (const listener of listeners) wire.removeEventListener(event, /** @type {any} */ (listener))
    assert.equal(held(event), 0)
  })

  test('that are the same listener count once; the capturing one is another', () => {
    const wire = new Wire()
    const event = newEvent()
    const listeners = many(() => () => {})
    for (const listener of [...listeners, ...listeners]) wire.addEventListener(event, /** @type {any} */ (listener))
    assert.equal(held(event), MANY)
    for (const listener of listeners) wire.addEventListener(event, /** @type {any} */ (listener), { capture: true })
    assert.equal(held(event), 2 * MANY)
  })

  test('that are there once go by the event', () => {
    const wire = new Wire()
    const event = newEvent()
    many(() => wire.addEventListener(event, () => {}, { once: true }))
    assert.equal(held(event), MANY)
    wire.dispatchEvent(new Event(event))
    assert.equal(held(event), 0)
  })

  test('with a signal go when it aborts, and do not come when it has', () => {
    const wire = new Wire()
    const event = newEvent()
    const controller = new AbortController()
    many(() => wire.addEventListener(event, () => {}, { signal: controller.signal }))
    assert.equal(held(event), MANY)
    controller.abort()
    assert.equal(held(event), 0)
    many(() => wire.addEventListener(event, () => {}, { signal: controller.signal }))
    assert.equal(held(event), 0)
  })

  test('are called as before', () => {
    const wire = new Wire()
    const event = newEvent()
    /** @type {unknown[]} */
    const heard = []
    const object = {
      handleEvent(/** @type {Event} */ e) {
        heard.push(this === object, e.type)
      }
    }
    wire.addEventListener(event, object, { once: true })
    wire.addEventListener(event, /** @type {any} */ (null))
    wire.dispatchEvent(new Event(event))
    assert.deepEqual(heard, [true, event])
  })

  test('of a target that is collected go with it', async () => {
    const event = newEvent()
    const fill = () => {
      const wire = new Wire()
      many(() => wire.addEventListener(event, () => {}))
      assert.equal(held(event), MANY)
    }
    fill()
    await untilCollected(() => held(event) === 0)
  })

  test('of an AbortSignal are counted until they are removed', () => {
    const { signal } = new AbortController()
    const before = live(guard, 'abort\nAbortSignal')
    const listeners = many(() => () => {})
    for (const listener of listeners) signal.addEventListener('abort', /** @type {any} */ (listener))
    assert.equal(live(guard, 'abort\nAbortSignal') - before, MANY)
    for (const listener of listeners) signal.removeEventListener('abort', /** @type {any} */ (listener))
    assert.equal(live(guard, 'abort\nAbortSignal') - before, 0)
  })

  test('what Node itself leaves with a long-lived AbortSignal is said, and no line is accused of it', () => {
    const root = new AbortController()
    const combine = (/** @type {number} */ times) => {
      for (let i = 0; i < times; i++) AbortSignal.any([root.signal, new AbortController().signal])
      return guard.check()
    }
    const isLeft = Number.parseInt(process.versions.node, 10) < 24
    const told = (/** @type {import('../..').LeakReport} */ report) =>
      report.undecided.filter(({ reason }) => reason === 'abort-signals')
    assert.deepEqual(told(combine(5000)), [])
    const report = combine(20_000)
    assert.equal(told(report).length, isLeft ? 1 : 0, String(report))
    assert.equal(report.findings.length, 0, String(report))
  })

  test('an onabort handler keeps its value and works', () => {
    const controller = new AbortController()
    let aborted = 0
    const handler = () => {
      aborted++
    }
    controller.signal.onabort = handler
    assert.equal(controller.signal.onabort, handler)
    controller.abort()
    assert.equal(aborted, 1)
  })
})

describe('timers', () => {
  const HOUR_MS = 3_600_000

  for (const [what, add, remove] of /** @type {[string, () => any, (timer: any) => void][]} */ ([
    ['setInterval, clearInterval', () => setInterval(() => {}, HOUR_MS), clearInterval],
    ['setInterval, clearTimeout', () => setInterval(() => {}, HOUR_MS), clearTimeout],
    ['setInterval, close()', () => setInterval(() => {}, HOUR_MS), (timer) => timer.close()],
    ['setInterval, Symbol.dispose', () => setInterval(() => {}, HOUR_MS), (timer) => timer[Symbol.dispose]()],
    ['setInterval, its number', () => setInterval(() => {}, HOUR_MS), (timer) => clearInterval(+timer)],
    ['setInterval that is unref\u2019d', () => setInterval(() => {}, HOUR_MS).unref(), clearInterval],
    ['setInterval of the timers module', () => timers.setInterval(() => {}, HOUR_MS), timers.clearInterval],
    ['setTimeout, clearTimeout', () => setTimeout(() => {}, HOUR_MS), clearTimeout],
    ['setTimeout, clearInterval', () => setTimeout(() => {}, HOUR_MS), clearInterval],
    ['setTimeout, close()', () => setTimeout(() => {}, HOUR_MS), (timer) => timer.close()],
    ['setTimeout, Symbol.dispose', () => setTimeout(() => {}, HOUR_MS), (timer) => timer[Symbol.dispose]()],
    ['setTimeout, its number as text', () => setTimeout(() => {}, HOUR_MS), (timer) => clearTimeout(String(+timer))],
    ['setTimeout of the timers module', () => timers.setTimeout(() => {}, HOUR_MS), timers.clearTimeout],
    ['setTimeout with arguments', () => /** @type {any} */ (setTimeout)(() => {}, HOUR_MS, 1, 2), clearTimeout]
  ])) {
    const kind = what.startsWith('setInterval') ? 'setInterval' : 'setTimeout'
    const known = !what.includes('dispose') || typeof Symbol.dispose === 'symbol'
    test(`by ${what}`, { skip: !known && 'this Node has no Symbol.dispose' }, () => {
      const before = live(guard, kind)
      const started = many(add)
      assert.equal(live(guard, kind) - before, MANY)
      for (const timer of started) remove(timer)
      assert.equal(live(guard, kind) - before, 0)
    })
  }

  test('that were cleared and are refreshed stay cleared or live as Node says', () => {
    const before = live(guard, 'setTimeout')
    const timer = setTimeout(() => {}, HOUR_MS)
    timer.refresh()
    assert.equal(live(guard, 'setTimeout') - before, 1)
    clearTimeout(timer)
    assert.equal(live(guard, 'setTimeout') - before, 0)
  })

  test('that have fired are gone, and live again when refreshed', async () => {
    const before = live(guard, 'setTimeout')
    let fired = 0
    const timer = setTimeout(() => fired++, 1)
    await until(() => fired === 1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(live(guard, 'setTimeout') - before, 0)
    timer.refresh()
    assert.equal(live(guard, 'setTimeout') - before, 1)
    await until(() => fired === 2)
  })

  test('pass their arguments and keep their this', async () => {
    const heard = await new Promise((resolve) => {
      const timer = setTimeout(
        /** @this {unknown} */ function (...args) {
          resolve([this === timer, ...args])
        },
        1,
        'a',
        'b',
        'c'
      )
    })
    assert.deepEqual(heard, [true, 'a', 'b', 'c'])
    assert.equal(await new Promise((resolve) => setImmediate(resolve, 'd')), 'd')
  })

  test('wrong arguments fail as before', () => {
    const anyTimers = /** @type {any} */ (globalThis)
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
      assert.throws(() => anyTimers[name](), { code: 'ERR_INVALID_ARG_TYPE' }, name)
      assert.throws(() => anyTimers[name]('text'), { code: 'ERR_INVALID_ARG_TYPE' }, name)
    }
  })

  test('promisified forms stand and work', async () => {
    assert.equal(await promisify(setTimeout)(1, 'late'), 'late')
    assert.equal(await promisify(setImmediate)('soon'), 'soon')
    assert.equal(promisify(setTimeout), timersPromises.setTimeout)
    assert.equal(promisify(timers.setTimeout), timersPromises.setTimeout)
  })

  test('of timers/promises are counted while they wait, and can be aborted', async () => {
    const controller = new AbortController()
    const options = { signal: controller.signal }
    const waiting = many(() => timersPromises.setTimeout(HOUR_MS, 1, options).catch((error) => error.name))
    // The promise that is waited for is held by its timer.
    await untilCollected(() => live(guard, 'timers/promises.setTimeout') >= MANY)
    controller.abort()
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['AbortError']))
    waiting.length = 0
    await untilCollected(() => live(guard, 'timers/promises.setTimeout') === 0)
  })

  test('scheduler.wait and the async iterator work as before', async () => {
    await timersPromises.scheduler.wait(1)
    await timersPromises.scheduler.yield()
    let rounds = 0
    for await (const value of timersPromises.setInterval(1, 'tick')) {
      assert.equal(value, 'tick')
      if (++rounds === 3) break
    }
    await assert.rejects(timersPromises.setTimeout(1, undefined, { signal: AbortSignal.abort() }), {
      name: 'AbortError'
    })
  })
})

describe('tracked collections', () => {
  test('that are collected go, the most they held is remembered while they live', async () => {
    const fill = () => {
      const entries = track(
        new Map(many((i) => [i, i]).map((pair) => /** @type {[number, number]} */ (pair))),
        'short-lived'
      )
      const [count] = guard.stats().counts.filter(({ label }) => label === 'short-lived')
      assert.equal(count.live, MANY)
      entries.clear()
      const [emptied] = guard.stats().counts.filter(({ label }) => label === 'short-lived')
      assert.deepEqual([emptied?.live ?? 0, emptied?.highWater ?? MANY], [0, MANY])
    }
    fill()
    await untilCollected(() => live(guard, 'short-lived') === 0)
  })
})

describe('the guard itself', () => {
  test('is not in the counts', async () => {
    const program = `
      const { start } = require('./index.js')
      const guard = start({ callSites: 'all', minGrowthMs: 100 })
      setTimeout(() => {
        const report = guard.check()
        const seen = guard.stats().counts.filter(({ pool }) => pool !== 'group')
        console.log(JSON.stringify({ seen, verdict: report.verdict, findings: report.findings }))
      }, 2500)`
    const { seen, verdict, findings } = await runForJson(['-e', program])
    assert.deepEqual(
      seen.filter((/** @type {any} */ { label }) => label !== 'setTimeout'),
      []
    )
    assert.deepEqual({ verdict, findings }, { verdict: 'clean', findings: [] })
  })

  test('holds a bounded amount, whatever the program does', async () => {
    const program = `
      const { start, track } = require('./index.js')
      const { EventEmitter } = require('node:events')
      const guard = start({ callSites: 'all' })
      const kept = []
      const at = (n) => new Function('kept', 'track', 'Emitter',
        'return function place' + n + '(i) { const e = new Emitter(); kept.push(e); e.on("x" + i, () => {});' +
        ' for (let k = 0; k < 9; k++) e.on("y", () => {}); setInterval(() => {}, 1e6).unref(); setTimeout(() => {}, 1e6).unref();' +
        ' track(new Map(), "map " + i) }\\n//# sourceURL=/srv/place' + n + '.js')(kept, track, EventEmitter)
      const places = Array.from({ length: 500 }, (_, n) => at(n))
      const used = []
      for (let round = 0; round < 12; round++) {
        for (let i = 0; i < 500; i++) places[i](round * 500 + i)
        guard.check()
        used.push(guard.stats().usage)
      }
      console.log(JSON.stringify(used))`
    const used = await runForJson(['-e', program])
    const bytes = used.map((/** @type {any} */ { nativeBytes, jsBytes }) => nativeBytes + jsBytes)
    assert.ok(Math.max(...bytes) < 12 * 1024 * 1024, `${bytes}`)
  })
})

// @ts-check
// What keeps a guard cheap: samples within a share of the time, collections counted without a call for each, and none
// made while nobody asks. Nothing here is measured by a clock; what it comes to in a server is bench/watch.js's.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { afterEach, describe, test } = require('node:test')
const { start } = require('../..')
const { Budget, Purse } = require('../../lib/hooks/gate.js')
const { Garbage } = require('../../lib/hooks/garbage.js')
const { collectNow, exposeGc, nowMs } = require('../../lib/base/clock.js')
const { TestClock } = require('../support/clock.js')
const { until } = require('../support/leaks.js')

afterEach(() => start().stop())

describe('samples', () => {
  test('come at full pace while they are cheap, and hardly at all once they are dear', () => {
    const purse = new Purse()
    let busyMs = 0
    const spend = (/** @type {number} */ ms) => {
      purse.spentMs = ms
      busyMs += 1000
      return purse.settle(1000, busyMs)
    }
    assert.equal(spend(0.5), 1)
    const paces = Array.from({ length: 10 }, () => spend(8))
    assert.deepEqual(
      paces,
      [...paces].sort((a, b) => b - a)
    )
    assert.ok(paces[9] > 0 && paces[9] < 0.1, String(paces))
    for (let i = 0; i < 20; i++) spend(0)
    assert.equal(spend(0), 1)
  })

  test('of an idle thread are paid off in the end', () => {
    const purse = new Purse()
    purse.spentMs = 1000
    let pace = purse.settle(100, 0)
    for (let i = 0; i < 2000 && pace < 1; i++) pace = purse.settle(1000, 0)
    assert.equal(pace, 1)
  })

  test('have a reserve in the first minutes, and a small one where nobody waits for them', () => {
    const budget = new Budget(100, 1000)
    budget.save(true, true)
    assert.equal(budget.tokens, 1000)
    budget.save(false, true)
    assert.equal(budget.tokens, 100)
    budget.save(true, false)
    assert.equal(budget.tokens, 20)
    const rare = new Budget(2, 20)
    rare.save(false, false)
    assert.equal(rare.tokens, 1)
  })

  test('are allowed at the pace of the purse, from the reserve whatever the pace', () => {
    const budget = new Budget(100, 1000)
    budget.pace = 0.02
    budget.lastMs = Number.MAX_SAFE_INTEGER
    assert.ok(Array.from({ length: 1000 }, () => budget.take()).every(Boolean))
    budget.lastMs = nowMs() - 1000
    budget.refill()
    assert.ok(budget.tokens >= 2 && budget.tokens < 100, String(budget.tokens))
  })
})

describe('ticks', () => {
  test('come ten times a second for two minutes where an answer is awaited, then once, and so at once where none is', async (t) => {
    const clock = new TestClock()
    t.after(clock.restore)
    const guard = /** @type {any} */ (start())
    const ticksIn = async (/** @type {number} */ ms) => {
      const before = guard.hub.ticks
      await clock.advance(ms, () => guard.check())
      return guard.hub.ticks - before
    }
    assert.equal(await ticksIn(2000), 20)
    await clock.advance(120_000)
    assert.equal(await ticksIn(4000), 4)
    guard.stop()
    const unasked = /** @type {any} */ (start())
    unasked.hasReader = false
    await clock.advance(3000)
    assert.equal(unasked.hub.tickMs, 1000)
    unasked.stop()
  })

  test('that come late after a stall are made up for by check()', async (t) => {
    const clock = new TestClock()
    t.after(clock.restore)
    const guard = /** @type {any} */ (start())
    await clock.advance(1000)
    const { lastMs } = guard.sampler
    clock.ms += 5000
    guard.check()
    assert.ok(guard.sampler.lastMs > lastMs + 4000)
    guard.stop()
  })
})

describe('collections', () => {
  test('are counted, major ones each and minor ones by notices that are taken now and then', async () => {
    let told = 0
    const garbage = new Garbage(
      () => told++,
      (work) => work()
    )
    try {
      /** @type {unknown[]} */
      let made = []
      await until(() => {
        garbage.tick()
        made = Array.from({ length: 20_000 }, (_, i) => ({ i }))
        return garbage.minors >= 4
      })
      assert.ok(made.length > 0)
      const before = garbage.majors
      await until(() => {
        collectNow()
        garbage.tick()
        return garbage.majors >= before + 2
      })
      assert.equal(told, garbage.majors)
    } finally {
      garbage.stop()
    }
    const { majors, minors } = garbage
    for (let i = 0; i < 3; i++) {
      collectNow()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.deepEqual([garbage.majors, garbage.minors], [majors, minors])
  })

  test('are told apart: minor ones are none of the major ones, whatever they take', async () => {
    let told = 0
    const garbage = new Garbage(
      () => told++,
      (work) => work()
    )
    try {
      garbage.tick()
      const gc = exposeGc()
      for (let i = 0; i < 10; i++) {
        gc({ type: 'minor' })
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const before = told
      for (let i = 0; i < 5; i++) {
        gc()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.ok(before <= 1, `${before} after ten minor ones`)
      assert.ok(told >= before + 5, `${told} after five major ones`)
    } finally {
      garbage.stop()
    }
  })

  // V8 (up to Node 24) calls no finalizer any more once a registry was collected while it had something to tell.
  test('that come while a guard stops leave the finalizers of the program at work', async (t) => {
    const clock = new TestClock()
    t.after(clock.restore)
    let told = 0
    const own = new FinalizationRegistry(() => told++)
    for (let i = 0; i < 3; i++) {
      const guard = start()
      await clock.advance(300)
      collectNow()
      guard.stop()
      collectNow()
      collectNow()
      const garbage = new Garbage(
        () => {},
        (work) => work()
      )
      garbage.tick()
      collectNow()
      garbage.stop()
      collectNow()
      collectNow()
    }
    const before = told
    own.register({}, undefined)
    await until(() => {
      collectNow()
      return told > before
    })
  })

  test('in between are estimated from what was noticed before', () => {
    const garbage = new Garbage(
      () => {},
      (work) => work()
    )
    garbage.noticed = 40
    garbage.sinceMs = nowMs() - 2000
    garbage.heard(nowMs())
    assert.ok(garbage.restUntilMs > nowMs() + 10_000)
    garbage.sinceMs -= 5000
    garbage.start()
    garbage.rate = 0.02
    garbage.restUntilMs = Infinity
    garbage.tick()
    assert.ok(garbage.minors >= 140 && garbage.minors < 1000, String(garbage.minors))
    garbage.stop()
  })

  test('are not had made by the guard until somebody asks', async (t) => {
    const clock = new TestClock()
    t.after(clock.restore)
    const guard = /** @type {any} */ (start())
    guard.hasReader = false
    /** @type {EventEmitter[]} */
    const emitters = []
    const more = () => emitters.push(...Array.from({ length: 20 }, () => new EventEmitter().on('data', more)))
    more()
    await clock.advance(4000)
    assert.deepEqual([guard.sampler.forced, guard.hub.tickMs], [0, 1000])
    guard.check()
    // What V8's own collections have proven waits for none.
    await clock.until(() => more() > 0 && guard.sampler.forced > 0, 20_000)
    assert.equal(guard.hub.tickMs, 100)
    assert.equal(guard.isAsked(), true)
    guard.stop()
  })

  test('are had made ever more rarely while nothing comes of them, and where evidence waits', async (t) => {
    let made = 0
    const clock = new TestClock({ collect: () => made++ })
    t.after(clock.restore)
    const guard = /** @type {any} */ (start())
    /** @type {EventEmitter[]} */
    const emitters = []
    const more = () => {
      guard.check()
      if (emitters.length < 10_000)
        emitters.push(...Array.from({ length: 20 }, () => new EventEmitter().on('data', more)))
    }
    await clock.advance(10_000, more)
    assert.ok(made >= 2, `${made} in the first 10 s`)
    // Nothing comes any more: from one to the next it takes twice as long each time.
    await clock.advance(50_000, more)
    const before = made
    await clock.advance(100_000, more)
    assert.ok(made - before <= 5, `${made - before} in 100 s`)
    guard.stop()
  })

  test('are wanted where somebody listens', () => {
    const guard = /** @type {any} */ (start())
    guard.hasReader = false
    assert.equal(guard.isAsked(), false)
    guard.on('leak', () => {})
    assert.equal(guard.isAsked(), true)
  })
})

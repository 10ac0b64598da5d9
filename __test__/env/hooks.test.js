// @ts-check
// What other code sees of the hooks: nothing while they stand, nothing after they went, with and without other tools
// that wrap the same functions. Each test is a program of its own that asserts by itself.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runProgram } = require('../support/child.js')
const { peer } = require('../support/peers.js')

/** All that hooks may touch: remembers it, and tells what is not as it was. */
const PATCHED = `
const { EventEmitter } = require('node:events')
const timersPromises = require('node:timers/promises')
const places = {
  globalThis,
  Error,
  'process': process,
  'EventEmitter': EventEmitter,
  'EventEmitter.prototype': EventEmitter.prototype,
  'EventTarget.prototype': EventTarget.prototype,
  'AbortSignal': AbortSignal,
  'AbortSignal.prototype': AbortSignal.prototype,
  'timers': require('node:timers'),
  'timers/promises': timersPromises,
  'scheduler': Object.getPrototypeOf(timersPromises.scheduler),
  'fs': require('node:fs'),
  'fs.promises': require('node:fs').promises,
  'net.Server.prototype': require('node:net').Server.prototype,
  'child_process': require('node:child_process'),
  'worker_threads': require('node:worker_threads')
}
// Lazy properties of these are made by the first look, which must not be ours.
for (const place of Object.values(places)) for (const key of Reflect.ownKeys(place)) { try { place[key] } catch {} }
const look = () => Object.entries(places).map(([name, place]) => [name, Object.getOwnPropertyDescriptors(place)])
exports.remember = () => {
  const before = look()
  const warnings = process.listeners('warning')
  return () => {
    const wrong = []
    look().forEach(([name, now], i) => {
      const was = before[i][1]
      for (const key of new Set([...Reflect.ownKeys(was), ...Reflect.ownKeys(now)])) {
        const [a, b] = [was[key], now[key]]
        const same = a && b && ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'].every((f) => Object.is(a[f], b[f]))
        if (!same && key !== '_eventsCount' && key !== Symbol.for('leakguard.hub.v1')) wrong.push(name + '.' + String(key))
      }
    })
    const listeners = process.listeners('warning')
    if (listeners.length !== warnings.length || listeners.some((l, i) => l !== warnings[i])) wrong.push('listeners of warning')
    return wrong
  }
}`

/** What these tests use in this process, their programs use in theirs. */
const LEAKS = fs.readFileSync(path.join(root, '__test__', 'support', 'leaks.js'), 'utf8')

const GC = fs.readFileSync(path.join(root, '__test__', 'support', 'gc.js'), 'utf8')

const HEAD = `'use strict'
const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { start, check } = require('leakguard')
const { leakUntilFound, live, until } = require('./leaks.js')
const HOUR = 3600000
const many = (make) => Array.from({ length: 20 }, (_, i) => make(i))
`

/** @param {import('node:test').TestContext} t @param {string} text @param {string[]} [args] @param {Record<string, string>} [files] */
const run = (t, text, args = ['main.js'], files = {}) =>
  runProgram(t, { 'main.js': HEAD + text, 'patched.js': PATCHED, 'leaks.js': LEAKS, 'gc.js': GC, ...files }, args)

describe('after stop', () => {
  test('every function and every descriptor is what it was', async (t) => {
    await run(
      t,
      `const wrong = require('./patched.js').remember()
       const { setTimeout: early } = require('node:timers')
       for (let round = 0; round < 3; round++) {
         const guard = start()
         assert.ok(wrong().includes('EventEmitter.prototype.on'), 'something is hooked in between')
         new EventEmitter().on('x', () => {})
         clearTimeout(setTimeout(() => {}, HOUR))
         guard.check()
         guard.stop()
         assert.deepEqual(wrong(), [])
       }
       assert.equal(require('node:timers').setTimeout, early)`
    )
  })

  test('the bindings of ES modules are what they were, and follow in between', async (t) => {
    const text = `
      import assert from 'node:assert/strict'
      import { setTimeout, setInterval } from 'node:timers'
      import timers from 'node:timers'
      import { open, openSync } from 'node:fs'
      import { open as openPromise } from 'node:fs/promises'
      import { setTimeout as wait } from 'node:timers/promises'
      import { start } from 'leakguard'
      const now = () => [setTimeout, setInterval, open, openSync, openPromise, wait]
      const before = now()
      const guard = start()
      now().forEach((fn, i) => assert.notEqual(fn, before[i], fn.name))
      assert.equal(setTimeout, timers.setTimeout)
      assert.equal(setTimeout, globalThis.setTimeout)
      guard.stop()
      now().forEach((fn, i) => assert.equal(fn, before[i], fn.name))`
    await runProgram(t, { 'main.mjs': text }, ['main.mjs'])
  })

  test('calls made through functions taken while it ran still work', async (t) => {
    await run(
      t,
      `const guard = start()
       const { on, prependListener } = EventEmitter.prototype
       const { setTimeout, setInterval, setImmediate } = globalThis
       const { openSync } = require('node:fs')
       guard.stop()
       const bus = new EventEmitter()
       on.call(bus, 'x', () => {})
       prependListener.call(bus, 'x', () => {})
       assert.equal(bus.listenerCount('x'), 2)
       clearInterval(setInterval(() => {}, 1))
       require('node:fs').closeSync(openSync(__filename))
       setTimeout(() => setImmediate(() => process.exit(0)), 1)
       setInterval(() => {}, HOUR)`
    )
  })
})

describe('while it runs', () => {
  test('hooked functions keep name, length, own properties and what promisify makes of them', async (t) => {
    await run(
      t,
      `const { promisify } = require('node:util')
       const fs = require('node:fs')
       const net = require('node:net')
       const timers = require('node:timers')
       const timersPromises = require('node:timers/promises')
       const places = [
         [globalThis, 'setTimeout'], [globalThis, 'setInterval'], [globalThis, 'setImmediate'],
         [timers, 'setTimeout'], [timers, 'setInterval'], [timers, 'setImmediate'],
         [timersPromises, 'setTimeout'], [timersPromises, 'setInterval'],
         [EventEmitter.prototype, 'on'], [EventEmitter.prototype, 'addListener'], [EventEmitter.prototype, 'prependListener'],
         [AbortSignal, 'any'], [AbortSignal, 'timeout'],
         [fs, 'open'], [fs, 'openSync'], [fs, 'createReadStream'], [fs, 'createWriteStream'], [fs, 'watch'], [fs, 'watchFile'],
         [fs.promises, 'open'], [net.Server.prototype, 'listen'],
         ...Object.getOwnPropertySymbols(EventTarget.prototype).filter((s) => s.description === 'kNewListener').map((s) => [EventTarget.prototype, s])
       ]
       const face = (fn) => Reflect.ownKeys(fn).filter((key) => !['prototype', Symbol.for('leakguard.original'), Symbol.for('$$jest-protect-from-deletion')].includes(key)).sort((a, b) => String(a) < String(b) ? -1 : 1)
         .map((key) => [key, Object.getOwnPropertyDescriptor(fn, key)])
       const before = places.map(([object, key]) => [object[key], face(object[key]), promisify(object[key])])
       const hidden = places.map(([object, key]) => Object.keys(object).includes(key))
       const guard = start()
       let hooked = 0
       places.forEach(([object, key], i) => {
         if (object[key] !== before[i][0]) hooked++
         assert.deepEqual(face(object[key]), before[i][1], String(key))
         assert.equal(Object.keys(object).includes(key), hidden[i], String(key))
       })
       assert.ok(hooked >= 18, String(hooked))
       for (const name of ['setTimeout', 'setImmediate']) assert.equal(promisify(globalThis[name]), promisify(before.find(([fn]) => fn.name === name)[0]))
       assert.equal(EventEmitter.prototype.on, EventEmitter.prototype.addListener)
       assert.equal(globalThis.setTimeout, timers.setTimeout)
       assert.equal(globalThis.setInterval, timers.setInterval)
       assert.equal(globalThis.setImmediate, timers.setImmediate)
       guard.stop()`
    )
  })

  test('user code that subclasses, overrides and proxies emitters works and is counted', async (t) => {
    await run(
      t,
      `const guard = start()
       class Loud extends EventEmitter {
         added = 0
         on(event, listener) { this.added++; return super.on(event, listener) }
         addListener(event, listener) { return this.on(event, listener) }
       }
       const loud = new Loud().setMaxListeners(0)
       many(() => loud.on('a', () => {}))
       many(() => loud.addListener('a', () => {}))
       many(() => loud.once('a', () => {}))
       assert.equal(loud.added, 60)
       assert.equal(live(guard, 'a\\nLoud'), 60)
       function Old() { EventEmitter.call(this) }
       require('node:util').inherits(Old, EventEmitter)
       const old = new Old().setMaxListeners(0)
       many(() => old.on('b', () => {}))
       assert.equal(live(guard, 'b\\nOld'), 20)
       const seen = []
       const proxy = new Proxy(new EventEmitter().setMaxListeners(0), { get: (target, key, receiver) => { seen.push(key); return Reflect.get(target, key, receiver) } })
       many(() => proxy.on('c', () => {}))
       assert.equal(proxy.listenerCount('c'), 20)
       const hostile = new Proxy(new EventEmitter(), { getPrototypeOf() { throw new Error('mine') } })
       many(() => hostile.prependListener('d', () => {}))
       const mixed = Object.assign({}, EventEmitter.prototype)
       many(() => mixed.setMaxListeners(0).on('e', () => {}))
       const bare = Object.create(null, { on: { value: EventEmitter.prototype.on } })
       many((i) => bare.on('f' + i, () => {}))
       class Target extends EventTarget {
         added = 0
         addEventListener(...args) { this.added++; super.addEventListener(...args) }
       }
       const target = new Target()
       many(() => target.addEventListener('g', () => {}))
       assert.equal(target.added, 20)
       assert.equal(live(guard, 'g\\nTarget'), 20)
       guard.check()
       guard.stop()`,
      ['--no-warnings', 'main.js']
    )
  })

  test('the prepareStackTrace of a program, and its stackTraceLimit, stay and are not called by the guard', async (t) => {
    await run(
      t,
      `let calls = 0
       const mine = (error, frames) => { calls++; return 'mine ' + frames.length }
       Error.prepareStackTrace = mine
       Error.stackTraceLimit = 3
       const guard = start({ historyMs: 100, sites: 'exact' })
       const bus = new EventEmitter().setMaxListeners(0)
       const before = calls
       function leaky() { bus.on('x', () => {}) }
       ;(async () => {
         const { finding } = await leakUntilFound(guard, () => { for (let i = 0; i < 5; i++) leaky() })
         assert.equal(finding.culprit.function, 'leaky')
         assert.equal(finding.culprit.file, __filename)
         assert.equal(calls, before)
         assert.equal(Error.prepareStackTrace, mine)
         assert.equal(Error.stackTraceLimit, 3)
         assert.match(new Error('x').stack, /^mine /)
         guard.stop()
       })()`
    )
  })

  for (const [what, flags, setUp, hasSites] of /** @type {[string, string[], string, boolean][]} */ ([
    ['a stackTraceLimit of 0', [], 'Error.stackTraceLimit = 0', true],
    ['--stack-trace-limit=0', ['--stack-trace-limit=0'], '', true],
    ['no stackTraceLimit', [], 'delete Error.stackTraceLimit', true],
    ['--enable-source-maps', ['--enable-source-maps'], '', true],
    [
      'a prepareStackTrace that is an accessor',
      [],
      `let kept; Object.defineProperty(Error, 'prepareStackTrace', { configurable: true, get: () => kept, set: (v) => { kept = v } })`,
      true
    ],
    [
      'a prepareStackTrace that cannot be set',
      [],
      `Object.defineProperty(Error, 'prepareStackTrace', { value: () => 'fixed' })`,
      false
    ],
    [
      'a prepareStackTrace whose setter does nothing',
      [],
      `Object.defineProperty(Error, 'prepareStackTrace', { get: () => () => 'a\\tb\\t1\\t1', set() {} })`,
      false
    ],
    ['a captureStackTrace that was replaced', [], 'Error.captureStackTrace = () => { throw new Error("mine") }', true],
    ['a frozen Error', [], 'Object.freeze(Error)', false],
    ['--frozen-intrinsics', ['--frozen-intrinsics', '--no-warnings'], '', false]
  ])) {
    test(`with ${what} leaks are found${hasSites ? ' with their lines' : ', if without lines'}, and Error stays as it was`, async (t) => {
      await run(
        t,
        `${setUp}
         const look = () => Object.getOwnPropertyDescriptors(Error)
         const was = look()
         const guard = start({ historyMs: 100 })
         const bus = new EventEmitter().setMaxListeners(0)
         function leaky() { bus.on('x', () => {}) }
         ;(async () => {
           const { finding } = await leakUntilFound(guard, () => { for (let i = 0; i < 5; i++) leaky() })
           assert.equal(finding.kind, 'listener')
           if (${hasSites}) assert.equal(finding.culprit.function, 'leaky')
           else assert.ok([undefined, __filename].includes(finding.culprit.file), finding.culprit.file)
           guard.stop()
           assert.deepEqual(look(), was)
         })()`,
        [...flags, 'main.js']
      )
    })
  }
})

/** Tools that wrap what we wrap, each `(object, name) => undo`, counting calls in `calls.count`. */
const TOOLS = {
  'a wrapper in the manner of shimmer': `exports.wrap = (object, name) => {
    const original = object[name]
    const wrapped = function () { exports.calls++; return original.apply(this, arguments) }
    for (const [key, value] of [['__original', original], ['__wrapped', true]]) Object.defineProperty(wrapped, key, { value, configurable: true, writable: true })
    const define = (value) => Object.defineProperty(object, name, { configurable: true, enumerable: Object.prototype.propertyIsEnumerable.call(object, name), writable: true, value })
    define(wrapped)
    return () => { if (object[name] === wrapped) define(original) }
  }
  exports.calls = 0`,
  'a wrapper in the manner of dd-trace, which copies all properties': `exports.wrap = (object, name) => {
    const original = object[name]
    const wrapped = function (...args) { exports.calls++; return original.apply(this, args) }
    for (const key of Reflect.ownKeys(original)) {
      const descriptor = Object.getOwnPropertyDescriptor(original, key)
      const own = Object.getOwnPropertyDescriptor(wrapped, key)
      if (!own || own.configurable) Object.defineProperty(wrapped, key, descriptor)
    }
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    Object.defineProperty(object, name, { ...descriptor, value: wrapped })
    return () => { if (object[name] === wrapped) Object.defineProperty(object, name, descriptor) }
  }
  exports.calls = 0`
}

/** What the tools wrap, and that each of them is counted once. */
const USES = `
const tool = require('dd-trace')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')
const { live, until } = require('../leaks.js')
const { collectGarbage } = require('../gc.js')
const HOUR = 3600000
const many = (make) => Array.from({ length: 20 }, (_, i) => make(i))
const places = [
  [EventEmitter.prototype, 'on'], [EventEmitter.prototype, 'addListener'], [EventEmitter.prototype, 'prependListener'],
  [globalThis, 'setTimeout'], [globalThis, 'setInterval'], [globalThis, 'setImmediate'],
  [timers, 'setTimeout'], [timers, 'setInterval'], [timersPromises, 'setTimeout'],
  [fs, 'open'], [fs, 'openSync'], [fs.promises, 'open'], [AbortSignal, 'any'],
  [require('node:net').Server.prototype, 'listen']
]
exports.places = places
exports.wrapAll = () => {
  const undo = places.map(([object, name]) => tool.wrap(object, name))
  return () => undo.reverse().forEach((take) => take())
}
/** How often each way of starting is counted: 1 is right. */
exports.countedTimes = async (guard) => {
  const held = []
  const times = {}
  const measure = async (name, label, add, remove) => {
    const before = live(guard, label)
    const made = await Promise.all(many(add))
    times[name] = (live(guard, label) - before) / made.length
    for (const one of made) remove(one)
  }
  for (const name of ['on', 'addListener', 'prependListener']) {
    const before = live(guard, 'leakguard-test\\nEventEmitter')
    const made = many(() => new EventEmitter()[name]('leakguard-test', () => {}))
    // What is held shortly is counted once it has outlived a collection that the guard has heard of.
    for (let i = 0; i < 30 && !(times[name] > 0); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await collectGarbage()
      times[name] = (live(guard, 'leakguard-test\\nEventEmitter') - before) / made.length
    }
    for (const one of made) one.removeAllListeners()
  }
  await measure('setInterval', 'setInterval', () => setInterval(() => {}, HOUR), clearInterval)
  await measure('setTimeout', 'setTimeout', () => setTimeout(() => {}, HOUR), clearTimeout)
  await measure('timers.setInterval', 'setInterval', () => timers.setInterval(() => {}, HOUR), clearInterval)
  await measure('timers.setTimeout', 'setTimeout', () => timers.setTimeout(() => {}, HOUR), clearTimeout)
  if (fs.existsSync('/proc/self/fd')) {
    const descriptors = () => guard.counts().filter(({ pool, label }) => pool === 'descriptor' && label === 'fd:file').reduce((sum, { live }) => sum + live, 0)
    const measureFiles = async (name, add, remove) => {
      const made = await Promise.all(many(add))
      // Descriptors cost a system call each, so they are looked at the less often the longer that took.
      for (let i = 0; i < 300 && !(times[name] > 0); i++) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        times[name] = descriptors() / made.length
      }
      for (const one of made) await remove(one)
      await until(() => descriptors() === 0)
    }
    await measureFiles('fs.openSync', () => fs.openSync(__filename), fs.closeSync)
    await measureFiles('fs.open', () => new Promise((resolve) => fs.open(__filename, (_, fd) => resolve(fd))), fs.closeSync)
    await measureFiles('fs.promises.open', () => fs.promises.open(__filename), (handle) => handle.close())
  }
  return times
}`

const EACH_ONCE = `
const once = async (guard, say) => {
  for (const [name, times] of Object.entries(await countedTimes(guard))) assert.equal(times, 1, say + ': ' + name + ' is counted ' + times + ' times')
}`

for (const [name, tool] of Object.entries(TOOLS)) {
  const files = { 'node_modules/dd-trace/index.js': tool, 'lib/uses.js': USES }
  const head = `const { wrapAll, countedTimes, places } = require('./lib/uses.js')
    const tool = require('dd-trace')
    const functions = () => places.map(([object, key]) => object[key])
    ${EACH_ONCE}
    const wrong = require('./patched.js').remember()
    const bus = new EventEmitter().setMaxListeners(0)
    function leaky() { bus.on('x', () => {}) }
    const step = () => { for (let i = 0; i < 5; i++) leaky() }
    const culprit = async (guard) => {
      const { finding } = await leakUntilFound(guard, step, ({ kind }) => kind === 'listener')
      assert.equal(finding.culprit.function, 'leaky')
      assert.equal(finding.culprit.file, __filename)
      bus.removeAllListeners()
    }
    process.on('exit', () => assert.ok(tool.calls > 0))`

  describe(name, () => {
    test('may come before: all is counted once, and it stands as it was after stop', async (t) => {
      await run(
        t,
        `${head}
         ;(async () => {
           const undo = wrapAll()
           const before = functions()
           for (let round = 0; round < 2; round++) {
             const guard = start({ historyMs: 100 })
             await once(guard, 'round ' + round)
             await culprit(guard)
             guard.stop()
             functions().forEach((fn, i) => assert.equal(fn, before[i]))
           }
           undo()
           assert.deepEqual(wrong(), [])
         })()`,
        ['main.js'],
        files
      )
    })

    test('may come after: it goes on when we stop, and what starts again is counted once', async (t) => {
      await run(
        t,
        `${head}
         ;(async () => {
           let guard = start({ historyMs: 100 })
           const undo = wrapAll()
           await once(guard, 'wrapped')
           await culprit(guard)
           const theirs = functions()
           guard.stop()
           functions().forEach((fn, i) => assert.equal(fn, theirs[i]))
           const before = tool.calls
           new EventEmitter().on('x', () => {})
           clearTimeout(setTimeout(() => {}, HOUR))
           assert.ok(tool.calls >= before + 2)
           for (let round = 0; round < 2; round++) {
             guard = start({ historyMs: 100 })
             await once(guard, 'round ' + round)
             await culprit(guard)
             guard.stop()
           }
           // It goes while nobody runs: start and stop find nothing of it.
           undo()
           guard = start({ historyMs: 100 })
           await once(guard, 'alone again')
           await culprit(guard)
           guard.stop()
           assert.deepEqual(wrong(), [])
         })()`,
        ['main.js'],
        files
      )
    })

    test('may go while we run', async (t) => {
      await run(
        t,
        `${head}
         ;(async () => {
           const undo = wrapAll()
           let guard = start({ historyMs: 100 })
           guard.stop()
           undo()
           guard = start({ historyMs: 100 })
           const undoAgain = wrapAll()
           guard.stop()
           guard = start({ historyMs: 100 })
           undoAgain()
           await once(guard, 'after it went')
           await culprit(guard)
           guard.stop()
           assert.deepEqual(wrong(), [])
         })()`,
        ['main.js'],
        files
      )
    })
  })
}

/** Fake clocks: how each is put up and taken down, and how its time is moved. */
const CLOCKS = {
  '@sinonjs/fake-timers': `const FakeTimers = require(${JSON.stringify(path.join(root, 'node_modules', '@sinonjs', 'fake-timers'))})
    let clock
    const put = () => { clock = FakeTimers.install() }
    const move = (ms) => clock.tick(ms)
    const take = () => clock.uninstall()`,
  'mock.timers of node:test': `const { mock } = require('node:test')
    const put = () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] })
    const move = (ms) => mock.timers.tick(ms)
    const take = () => mock.timers.reset()`
}

for (const [name, clock] of Object.entries(CLOCKS)) {
  const head = `${clock}
    const wrong = require('./patched.js').remember()
    const timers = require('node:timers')
    const wait = require('node:timers/promises').setTimeout
    const faces = () => [setTimeout, setInterval, setImmediate]
    const fakesWork = () => {
      let fired = 0
      const made = many(() => setInterval(() => fired++, 10))
      setTimeout(() => fired++, 5)
      setTimeout(() => fired++, 10000)
      move(10)
      assert.equal(fired, 21)
      return made
    }
    const realAreCounted = async (guard) => {
      let made
      await until(() => {
        made?.forEach(clearInterval)
        const before = live(guard, 'setInterval')
        made = many(() => setInterval(() => {}, HOUR))
        return live(guard, 'setInterval') - before === 20
      })
      made.forEach(clearInterval)
    }`

  describe(name, () => {
    test('put up before start is left alone; after it has gone real timers are counted', async (t) => {
      await run(
        t,
        `${head}
         put()
         const fakes = faces()
         const guard = start({ historyMs: 100 })
         faces().forEach((fn, i) => assert.equal(fn, fakes[i]))
         const made = fakesWork()
         assert.equal(live(guard, 'setInterval'), 0)
         made.forEach((timer) => clearInterval(timer))
         take()
         ;(async () => {
           await realAreCounted(guard)
           guard.stop()
           assert.deepEqual(wrong(), [])
         })()`
      )
    })

    test('put up after start is left alone, and gives ours back', async (t) => {
      await run(
        t,
        `${head}
         const guard = start({ historyMs: 100 })
         const ours = faces()
         put()
         const fakes = faces()
         const made = fakesWork()
         assert.equal(live(guard, 'setInterval'), 0)
         made.forEach((timer) => clearInterval(timer))
         faces().forEach((fn, i) => assert.equal(fn, fakes[i]))
         take()
         faces().forEach((fn, i) => assert.equal(fn, ours[i]))
         ;(async () => {
           await realAreCounted(guard)
           guard.stop()
           assert.deepEqual(wrong(), [])
         })()`
      )
    })

    test('up while the guard stops and starts: it keeps working, and all is right in the end', async (t) => {
      await run(
        t,
        `${head}
         let guard = start({ historyMs: 100 })
         put()
         const fakes = faces()
         guard.stop()
         guard = start({ historyMs: 100 })
         faces().forEach((fn, i) => assert.equal(fn, fakes[i]))
         fakesWork().forEach((timer) => clearInterval(timer))
         take()
         ;(async () => {
           await realAreCounted(guard)
           guard.stop()
           assert.deepEqual(wrong(), [])
         })()`
      )
    })
  })
}

const WRAP = `exports.wrap = (original) => function (...args) { exports.calls++; return original.apply(this, args) }
  exports.calls = 0`

describe('with packages as npm has them', () => {
  test('shimmer, before and after ours', async (t) => {
    const found = peer('shimmer', '1.2.1')
    if (!found.folder) return t.skip(found.reason)
    await run(
      t,
      `const shimmer = require(${JSON.stringify(path.join(found.folder, 'shimmer'))})
       const tool = require('dd-trace')
       const { wrap } = tool
       const bus = new EventEmitter().setMaxListeners(0)
       function leaky() { bus.on('x', () => {}) }
       const culprit = async (guard) => {
         const { finding } = await leakUntilFound(guard, () => { for (let i = 0; i < 5; i++) leaky() }, ({ kind }) => kind === 'listener')
         assert.equal(finding.culprit.function, 'leaky')
         bus.removeAllListeners()
       }
       const originals = [EventEmitter.prototype.on, globalThis.setTimeout]
       ;(async () => {
         shimmer.wrap(EventEmitter.prototype, 'on', wrap)
         shimmer.wrap(globalThis, 'setTimeout', wrap)
         let guard = start({ historyMs: 100 })
         await culprit(guard)
         guard.stop()
         assert.ok(EventEmitter.prototype.on.__wrapped)
         shimmer.unwrap(EventEmitter.prototype, 'on')
         shimmer.unwrap(globalThis, 'setTimeout')
         assert.deepEqual([EventEmitter.prototype.on, globalThis.setTimeout], originals)
         guard = start({ historyMs: 100 })
         shimmer.massWrap([EventEmitter.prototype], ['on', 'addListener'], wrap)
         await culprit(guard)
         guard.stop()
         const before = tool.calls
         bus.on('x', () => {})
         assert.equal(tool.calls, before + 1)
         shimmer.massUnwrap([EventEmitter.prototype], ['on', 'addListener'])
         start().stop()
         assert.deepEqual([EventEmitter.prototype.on, globalThis.setTimeout], originals)
       })()`,
      ['main.js'],
      { 'node_modules/dd-trace/index.js': WRAP }
    )
  })

  test("OpenTelemetry's context manager, which binds single emitters", async (t) => {
    const found = peer('@opentelemetry/context-async-hooks', '1.30.1')
    const api = peer('@opentelemetry/api', '1.9.0')
    if (!found.folder || !api.folder) return t.skip(found.reason ?? api.reason)
    await run(
      t,
      `const { AsyncLocalStorageContextManager } = require(${JSON.stringify(path.join(found.folder, '@opentelemetry', 'context-async-hooks'))})
       const { ROOT_CONTEXT, createContextKey } = require(${JSON.stringify(path.join(api.folder, '@opentelemetry', 'api'))})
       const manager = new AsyncLocalStorageContextManager().enable()
       const key = createContextKey('k')
       const context = ROOT_CONTEXT.setValue(key, 'mine')
       const bindings = []
       const bind = () => { const bus = manager.bind(context, new EventEmitter().setMaxListeners(0)); bindings.push(bus); return bus }
       // What was bound before start has taken the methods as they were then: it works, unseen.
       const early = bind()
       const guard = start({ historyMs: 100 })
       const late = bind()
       ;(async () => {
         let heard
         const hear = () => { heard = manager.active().getValue(key) }
         function leaky() { late.on('x', hear) }
         const { finding } = await leakUntilFound(guard, () => { for (let i = 0; i < 5; i++) leaky() }, ({ kind }) => kind === 'listener')
         assert.equal(finding.culprit.function, 'leaky')
         assert.equal(finding.culprit.file, __filename)
         for (const bus of [early, late]) {
           heard = undefined
           bus.once('y', hear)
           bus.emit('y')
           assert.equal(heard, 'mine')
           bus.on('y', hear).removeListener('y', hear)
           assert.equal(bus.listenerCount('y'), 0)
         }
         guard.stop()
         late.on('z', hear)
         assert.equal(late.listenerCount('z'), 1)
       })()`
    )
  })

  test('source-map-support keeps its prepareStackTrace and its mapped stacks', async (t) => {
    const found = peer('source-map-support', '0.5.21')
    if (!found.folder) return t.skip(found.reason)
    await run(
      t,
      `require(${JSON.stringify(path.join(found.folder, 'source-map-support'))}).install()
       const theirs = Error.prepareStackTrace
       const guard = start({ historyMs: 100, sites: 'exact' })
       const bus = new EventEmitter().setMaxListeners(0)
       function leaky() { bus.on('x', () => {}) }
       ;(async () => {
         const { finding } = await leakUntilFound(guard, () => { for (let i = 0; i < 5; i++) leaky() }, ({ kind }) => kind === 'listener')
         assert.equal(finding.culprit.function, 'leaky')
         assert.equal(Error.prepareStackTrace, theirs)
         guard.stop()
         assert.match(new Error('x').stack, /main\\.js:\\d+/)
       })()`
    )
  })
})

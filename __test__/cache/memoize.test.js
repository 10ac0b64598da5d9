// @ts-check
// memoize(): calls told apart, results bounded, objects held weakly, failures forgotten.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { memoize } = require('leakguard')
const { collectGarbage } = require('../support/gc.js')

/** Counts its calls. @param {Function} [fn] */
function counted(fn = (/** @type {any[]} */ ...args) => ({ args })) {
  const state = { calls: 0 }
  /** @this {any} @param {any[]} args */
  function call(...args) {
    state.calls++
    return fn.apply(this, args)
  }
  return { state, call }
}

test('calls are told apart by all arguments, and what is alike is one', () => {
  const { state, call } = counted()
  const made = memoize(call)
  const object = {}
  const all = [
    [],
    [undefined],
    [null],
    [1],
    ['1'],
    [1n],
    [true],
    ['true'],
    [1, 2],
    ['1,2'],
    ['1', '2'],
    ['1|s1:2'],
    [object],
    [{}],
    [object, 1],
    [1, object],
    [object, {}],
    [Number.NaN],
    [Symbol.iterator],
    [() => {}]
  ]
  const results = all.map((args) => made(...args))
  assert.equal(new Set(results).size, all.length)
  assert.equal(state.calls, all.length)
  all.forEach((args, i) => void assert.equal(made(...args), results[i]))
  assert.equal(state.calls, all.length)
})

test('name, length and this are those of the function', () => {
  const made = memoize(
    /** @this {any} @param {number} x */ function area(x) {
      return x * this.y
    }
  )
  assert.deepEqual([made.name, made.length], ['area', 1])
  assert.equal(made.call({ y: 3 }, 2), 6)
})

test('undefined is a result too, what throws is none', () => {
  let fails = true
  const { state, call } = counted((/** @type {number} */ x) => {
    if (x === 2 && fails) throw new Error('no')
    return undefined
  })
  const made = memoize(call)
  made(1)
  made(1)
  assert.equal(state.calls, 1)
  assert.throws(() => made(2), /no/)
  fails = false
  made(2)
  assert.equal(state.calls, 3)
})

test('one call for each key is under way, and a rejection is forgotten', async () => {
  let fails = true
  const { state, call } = counted(async (/** @type {any} */ x) => {
    await null
    if (fails) throw new Error('down')
    return x
  })
  const made = memoize(call)
  for (const key of ['a', {}]) {
    fails = true
    const before = state.calls
    const both = await Promise.allSettled([made(key), made(key)])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected']
    )
    assert.equal(state.calls, before + 1)
    fails = false
    assert.equal(await made(key), key)
    assert.equal(await made(key), key)
    assert.equal(state.calls, before + 2)
  }
})

test('it is bounded, for primitives and for objects', () => {
  const { state, call } = counted()
  const made = memoize(call, { max: 3 })
  const objects = [{}, {}, {}, {}]
  for (const args of [[1, 2, 3, 4], objects]) {
    const before = state.calls
    for (const arg of args) made(arg)
    made(args[1])
    assert.equal(state.calls, before + 4)
    made(args[0])
    assert.equal(state.calls, before + 5)
    made(args[1])
    assert.equal(state.calls, before + 5)
    made(args[2])
    assert.equal(state.calls, before + 6)
  }
})

test('an object is not kept by results of calls with it, even where they refer to it', async () => {
  const made = memoize((/** @type {object} */ object, /** @type {number} */ n) => ({ object, n }))
  /** @type {WeakRef<object>[]} */
  const refs = []
  const call = (/** @type {number} */ i) => {
    const object = { i }
    made(object, 1)
    made(object, 2)
    refs.push(new WeakRef(object))
  }
  for (let i = 0; i < 50; i++) call(i)
  call(50) // the last one may stand in a register of this function's
  refs.pop()
  await collectGarbage()
  assert.equal(refs.filter((ref) => ref.deref()).length, 0)
})

test('ttl, key, delete and clear', async () => {
  const { state, call } = counted((/** @type {any} */ x) => x)
  const made = memoize(call, { ttl: 20, key: (/** @type {{ id: number }} */ { id }) => id })
  made({ id: 1 })
  made({ id: 1, other: 2 })
  assert.equal(state.calls, 1)
  await new Promise((resolve) => setTimeout(resolve, 30))
  made({ id: 1 })
  assert.equal(state.calls, 2)
  assert.deepEqual([made.delete({ id: 1 }), made.delete({ id: 1 })], [true, false])
  made({ id: 1 })
  made.clear()
  made({ id: 1 })
  assert.equal(state.calls, 4)
  assert.equal(made.cache.name, 'memoize(call)')
})

test('what is no function, and options it does not know, are refused', () => {
  assert.throws(() => memoize(/** @type {any} */ (1)), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
  assert.throws(() => memoize(() => 1, /** @type {any} */ ({ maxAge: 1 })), { code: 'ERR_LEAKGUARD_UNKNOWN_OPTION' })
  assert.throws(() => memoize(() => 1, { max: 0 }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
})

// @ts-check
// sizeCalculation: 'estimate' beside what V8 says that values keep alive.
'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { WeakLruCache } = require('leakguard')
const { runForJson } = require('../support/child.js')

test('an estimate is within a third of what values keep alive', async () => {
  const program = `
    const { WeakLruCache } = require('leakguard')
    const cache = new WeakLruCache({ maxSize: 1e12, sizeCalculation: 'estimate' })
    const kinds = {
      string: (i) => Buffer.alloc(1000, 97 + (i % 20)).toString('latin1'),
      wide: (i) => Buffer.alloc(500, 4 + (i % 20)).toString('utf16le').replace(/^./, 'ж'),
      object: (i) => ({ a: i, b: 2, c: 'text ' + i, d: null }),
      row: (i) => JSON.parse(JSON.stringify({ id: i, name: 'user number ' + i, tags: ['a' + i, 'b' + i], at: { x: i / 7, y: i / 3 } })),
      doubles: (i) => Array.from({ length: 100 }, (_, k) => k + i / 3),
      objects: (i) => Array.from({ length: 50 }, (_, k) => ({ k, i })),
      map: (i) => new Map(Array.from({ length: 50 }, (_, k) => ['key ' + i + ' ' + k, k])),
      set: (i) => new Set(Array.from({ length: 60 }, (_, k) => k)),
      // Last: buffers are freed a moment after their collection.
      buffer: (i) => Buffer.alloc(8192, i)
    }
    const held = () => { for (let i = 0; i < 4; i++) gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external }
    const errors = {}
    for (const [kind, make] of Object.entries(kinds)) {
      const count = kind === 'object' || kind === 'row' ? 60_000 : 5000
      const keep = new Array(count).fill(null)
      make(0)
      const before = held()
      for (let i = 0; i < count; i++) keep[i] = make(i)
      const real = (held() - before) / count
      let sum = 0
      for (const value of keep) sum += cache.set(0, value).calculatedSize
      errors[kind] = sum / count / real - 1
    }
    console.log(JSON.stringify(errors))`
  const errors = await runForJson(['--expose-gc', '-e', program])
  for (const [kind, error] of Object.entries(errors)) assert.ok(Math.abs(error) < 0.34, `${kind}: ${error}`)
})

test('odd values have a size too', () => {
  const cache = new WeakLruCache({ maxSize: 1e9, sizeCalculation: 'estimate' })
  const circle = /** @type {any} */ ({ name: 'circle' })
  circle.self = circle
  const odd = [
    1,
    true,
    10n,
    Symbol('s'),
    () => {},
    circle,
    new Proxy({}, { ownKeys: () => assert.fail('a trap') }),
    Object.create(null),
    new Date(),
    /x/,
    new WeakMap(),
    Array(1000),
    {
      get broken() {
        throw new Error('getter')
      }
    }
  ]
  odd.forEach((value, i) => void cache.set(i, value))
  assert.equal(cache.size, odd.length)
  assert.ok(cache.calculatedSize < 20_000)
})

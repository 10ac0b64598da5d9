// @ts-check
// The lines that add to what holds a leak: of Maps, Sets and arrays, in assertions and comparisons; and that nothing of the
// program is changed by looking.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { describe, test } = require('node:test')
const { LeakReport, findLeaks, measureLeaks } = require('../..')
const { Additions } = require('../../lib/hooks/additions.js')

class Visit {
  constructor() {
    this.parts = [1]
  }
}
/** @type {Map<number, Visit>} */
const byNumber = new Map()
/** @type {Set<Visit>} */
const all = new Set()
/** @type {Visit[]} */
const list = []
let number = 0

/** @param {RegExp} text */
const lineOf = (text) =>
  fs
    .readFileSync(__filename, 'utf8')
    .split('\n')
    .findIndex((line) => text.test(line)) + 1

const LINE = 34
const addTo = {
  map: () => void byNumber.set(number++, new Visit()),
  set: () => void all.add(new Visit()),
  array: () => void list.push(new Visit())
}

describe('the line that adds', () => {
  for (const [at, [kind, op]] of Object.entries(addTo).entries()) {
    test(`to what is a ${kind} is told beside the one that declares it`, async () => {
      const { findings } = await measureLeaks(op)
      const [{ addedAt, culprit, message }] = findings
      assert.deepEqual([addedAt?.[0]?.file, addedAt?.[0]?.line], [__filename, LINE + at])
      assert.notEqual(culprit.line, LINE + at)
      assert.match(message, new RegExp(`; added at .*additions\\.test\\.js:${LINE + at}\\)?$`))
      const report = LeakReport.from(JSON.stringify(new LeakReport({ verdict: 'leaking', findings })))
      assert.deepEqual(report.findings[0].addedAt, addedAt)
    })
  }

  test('is told by a comparison of heaps', async () => {
    const { findings } = await findLeaks(addTo.map)
    assert.deepEqual(
      findings[0].addedAt?.map(({ line }) => line),
      [LINE]
    )
  })

  test('is looked for without a trace: functions are as before, and do as before', () => {
    const before = [Map.prototype.set, Set.prototype.add, Array.prototype.push, Array.prototype.unshift]
    const additions = new Additions()
    additions.start()
    const map = new Map()
    assert.equal(map.set('a', 1), map)
    assert.equal([1].push(2, 3), 3)
    assert.throws(() => Map.prototype.set.call({}, 1, 2), TypeError)
    assert.equal(Array.prototype.push.call({ length: 5 }, 1), 6)
    assert.deepEqual([Map.prototype.set.name, Array.prototype.push.length], ['set', 1])
    additions.stop()
    assert.deepEqual([Map.prototype.set, Set.prototype.add, Array.prototype.push, Array.prototype.unshift], before)
    assert.equal(additions.sitesOf('Map', 1).size, 1)
  })

  test('is told of one container only: of two alike that differ in it nothing is said', () => {
    const additions = new Additions()
    const [one, other] = [new Map(), new Map()]
    additions.start()
    one.set(1, 1)
    other.set(1, 1)
    additions.stop()
    assert.equal(additions.sitesOf('Map', 1).size, 0)
  })

  test('is none that replaces an entry, and none of a container that is full', () => {
    const [full, grown] = [new Map([[0, 0]]), new Map()]
    const additions = new Additions()
    additions.start()
    for (let i = 0; i < 50; i++) full.set(0, i)
    full.set(1, 1)
    full.delete(1)
    grown.set(1, 1)
    additions.stop()
    const [site] = additions.sitesOf('Map', 1).keys()
    assert.match(site, new RegExp(`\\t${lineOf(/grown\.set\(1, 1\)/)}\\t`))
  })

  test('is looked for in no proxy, and nothing is thrown into the program', () => {
    const additions = new Additions()
    additions.start()
    let asked = 0
    const { proxy, revoke } = Proxy.revocable(/** @type {number[]} */ ([]), {
      get: (target, key) => {
        if (key === 'length') asked++
        return Reflect.get(target, key)
      }
    })
    proxy.push(1)
    assert.equal(asked, 1, 'by push itself')
    revoke()
    additions.stop()
    const { push } = Array.prototype
    const again = new Additions()
    again.start()
    const kept = Array.prototype.push
    again.stop()
    assert.notEqual(kept, push)
    assert.equal(kept.call([], 1, 2), 2, 'what a program kept of it goes on working')
    assert.equal(again.containers.length, 0)
  })

  test('ends by itself after so many calls', () => {
    const additions = new Additions({ callsMax: 3 })
    const { push } = Array.prototype
    additions.start()
    /** @type {number[]} */
    const numbers = []
    for (let i = 0; i < 5; i++) numbers.push(i)
    assert.equal(Array.prototype.push, push)
  })
})

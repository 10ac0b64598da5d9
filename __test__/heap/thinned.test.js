// @ts-check
// Graphs of copies in which large containers were thinned out: they tell of these what whole graphs tell, and of what hangs
// on their entries nothing; the program keeps all.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { captureHeap, captureThinned, gainsOf } = require('../../lib/heap/heap.js')
const native = require('../../lib/base/native.js')

class Session {
  constructor(/** @type {number} */ id) {
    this.id = id
    this.tags = [{ of: id }]
  }
}
class Guest extends Session {}

/** @type {Map<string, Session>} */
const byName = new Map()
/** @type {Set<Session>} */
const online = new Set()
/** @type {Session[]} */
const log = []
/** @type {Record<string, Session>} */
const table = {}
/** Grows by as many, and is not large. @type {Session[]} */
const few = []
/** As many all the time, each of which holds more. @type {Map<number, Session>} */
const tenants = new Map()
/** As many all the time, ever more of one kind: so it stays whole. @type {Map<number, Session>} */
const kinds = new Map()
/** Names and values alike. @type {Map<string, string>} */
const texts = new Map()
/** As many open places all the time, the others given up. @type {(Session | undefined)[]} */
const slots = []
/** A list of as many as a Map has, as a cache by use is. @type {Map<string, { next?: object }>} */
const byUse = new Map()
/** An array with places from the start: whole until they are full. @type {(Session | undefined)[]} */
const ring = Array.from({ length: 3000 })

const ENTRIES = [1000, 2000, 3000]
let added = 0
let step = 0

function grow() {
  for (; added < ENTRIES[step]; added++) {
    byName.set(`name ${added}`, new Session(added))
    online.add(new Session(added))
    log.push(new Session(added))
    table[`id ${added}`] = new Session(added)
    texts.set(`text ${added}`, `value ${added}`)
    slots.push(new Session(added))
    if (slots.length > 80) slots[slots.length - 80] = undefined
    if (added % 10 === 0) few.push(new Session(added))
    ring[added] = new Session(added)
  }
  step++
  /** @type {{ next?: object } | undefined} */
  let next
  for (let i = 0; i < 3000; i++) {
    next = { next }
    byUse.set(`used ${i}`, next)
  }
  for (let i = 0; i < 2000; i++) {
    if (step === 1) tenants.set(i, new Session(i))
    tenants.get(i)?.tags.push({ of: step }, { of: step })
    kinds.set(i, i < 300 * step ? new Guest(i) : new Session(i))
  }
}

/** What three graphs, taken in this way, say has grown, by the variable that holds it. @param {() => Promise<any>} take */
async function grownBy(take) {
  const course = new native.HeapCourse(0)
  added = step = 0
  for (const each of [byName, online, tenants, kinds, texts, byUse]) each.clear()
  log.length = few.length = slots.length = 0
  ring.fill(undefined)
  for (const name of Object.keys(table)) delete table[name]
  /** @type {{ facts: string, entries: number }[]} */
  let gained = []
  for (const at of ENTRIES.keys()) {
    grow()
    const graph = await take()
    try {
      gained = (await gainsOf(course, graph, at * 60, 0)).gained
    } finally {
      graph.dispose()
    }
  }
  const facts = gained.map(({ facts, entries }) => ({ ...JSON.parse(facts), entries }))
  return new Map(facts.map((one) => [one.name, one]))
}

describe('a graph with large containers thinned out', { skip: native.forkUnsupported() ?? false }, () => {
  test('tells of containers what a whole one tells, and leaves the program as it is', {
    timeout: 120_000
  }, async () => {
    const whole = await grownBy(() => captureHeap({ mode: 'fork', redact: false }))
    const thinned = await grownBy(() => captureThinned())
    for (const name of ['byName', 'online', 'log', 'table']) {
      const { change, key, holder, entries } = thinned.get(name) ?? assert.fail(`nothing of ${name}`)
      assert.deepEqual(change.counts, ENTRIES, name)
      assert.equal(entries, 3000, name)
      const other = whole.get(name) ?? assert.fail(`nothing of ${name} in whole graphs`)
      assert.deepEqual([change.counts, key, holder.place], [other.change.counts, other.key, other.holder.place], name)
      const bytes = change.bytes.at(-1) / other.change.bytes.at(-1)
      assert.ok(bytes > 0.8 && bytes < 1.25, `${name}: ${bytes} of the bytes`)
    }
    assert.deepEqual(thinned.get('texts')?.change.counts, whole.get('texts')?.change.counts)
    assert.deepEqual(thinned.get('kinds')?.change.counts, whole.get('kinds')?.change.counts)
    assert.deepEqual(thinned.get('ring')?.change.counts, whole.get('ring')?.change.counts)
    assert.deepEqual(thinned.get('few')?.change.counts, [100, 200, 300], 'what is not large is not thinned out')
    assert.deepEqual([byName.size, online.size, log.length, Object.keys(table).length], [3000, 3000, 3000, 3000])
    assert.ok(log.every((session, at) => session.id === at && session.tags.length === 1))
  })

  test('says nothing of what hangs on entries, nor of what has as many all the time', {
    timeout: 120_000
  }, async () => {
    const thinned = await grownBy(() => captureThinned())
    for (const name of ['tenants', 'slots', 'byUse']) assert.equal(thinned.get(name), undefined, name)
  })
})

// @ts-check
// What a finding says that cutting its holder off would free, beside what goes when it is cut off.
'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { captureHeap, diffHeaps, measureLeaks } = require('../..')

class Order {
  /** @param {number} at */
  constructor(at) {
    this.lines = [{ at, price: at + 0.5 }]
  }
}
/** @type {Record<string, Map<number, Order> | Order[] | undefined>} */
const shop = { orders: new Map(), latest: [] }
let added = 0

/** @param {number} many @param {number} latest also in the other list */
function add(many, latest) {
  for (let i = 0; i < many; i++, added++) {
    const order = new Order(added)
    if (shop.orders instanceof Map) shop.orders.set(added, order)
    if (i < latest && Array.isArray(shop.latest)) shop.latest.push(order)
  }
}

/** Orders become more twice; what is told of it. @param {number} latest */
async function grown(latest) {
  const heaps = [await captureHeap({ mode: 'inline' })]
  for (let i = 0; i < 2; i++) {
    add(8000, latest)
    heaps.push(await captureHeap({ mode: 'inline' }))
  }
  const { findings } = await diffHeaps(heaps[0], heaps[1], heaps[2])
  for (const heap of heaps) heap.dispose()
  return findings.filter(({ culprit }) => culprit.name === 'orders')
}

/** What the heap has less of, by a graph: V8 counts what it cannot use between two objects as used. @param {() => void} cut @returns {Promise<number>} bytes */
async function freedBy(cut) {
  const sizes = []
  for (const work of [() => {}, cut]) {
    work()
    const heap = await captureHeap({ mode: 'inline' })
    sizes.push(heap.selfBytes)
    heap.dispose()
  }
  return sizes[0] - sizes[1]
}

describe('what a cut would free', () => {
  test('is what goes when it is cut off', async () => {
    const [{ frees, evidence }] = await grown(0)
    assert.deepEqual([frees?.count, frees?.share, frees?.alsoHeldBy], [16_000, 1, undefined])
    assert.match(evidence.join('\n'), /cutting Map 'orders' off frees all 16,000 Order objects \(/)
    const freed = await freedBy(() => {
      shop.orders = new Map()
    })
    const predicted = frees?.bytes ?? 0
    assert.ok(Math.abs(freed - predicted) <= freed * 0.05, `${predicted} predicted, ${freed} freed`)
  })

  test('is the same where V8 keeps properties in a store', async () => {
    // So many that they are not all part of the function itself.
    const parts = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`part${i}`, [i]]))
    const library = Object.assign(() => {}, parts, { instances: /** @type {Order[]} */ ([]) })
    const { findings } = await measureLeaks(() => library.instances.push(new Order(0)), { budgetMs: 20_000 })
    assert.deepEqual([findings[0]?.culprit.name, findings[0]?.frees?.share], ['instances', 1])
  })

  test('leaves what something else holds, which is named', async () => {
    shop.orders = new Map()
    const [{ frees, evidence }] = await grown(2000)
    assert.deepEqual([frees?.count, frees?.share, frees?.alsoHeldBy], [12_000, 0.75, ['latest']])
    assert.match(
      evidence.join('\n'),
      /frees 12,000 Order objects \(.*\), 75 % of them; the others are also held by 'latest'/
    )
    shop.orders = new Map()
    shop.latest = []
  })

  test('stands at findings of an assertion', async () => {
    const { findings } = await measureLeaks(() => add(1, 0), { budgetMs: 20_000 })
    assert.equal(findings[0]?.culprit.name, 'orders')
    assert.equal(findings[0]?.frees?.share, 1)
  })
})

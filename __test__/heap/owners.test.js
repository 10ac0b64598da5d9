'use strict'
// @ts-check
// Who holds the memory, as diffHeaps tells it with a report.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { captureHeap, diffHeaps } = require('leakguard')

class Parcel {
  /** @param {number} id */
  constructor(id) {
    this.id = id
    this.label = { id }
  }
}

/** Of the module, which one scope holds: a variable of the test would be held by its suspended function, too. */
const parcels = new Map()

test('the last heap is told by owner: the variable, its class, and those alike as one', async () => {
  /** @param {number} many */
  const add = (many) => {
    for (let i = 0; i < many; i++) parcels.set(parcels.size, new Parcel(i))
  }
  add(2000)
  const before = await captureHeap({ mode: 'inline' })
  add(2000)
  const after = await captureHeap({ mode: 'inline' })
  const { owners = [] } = (await diffHeaps(before, after)).details ?? {}
  assert.equal(owners[0].depth, 0)
  assert.ok(owners.length <= 800, `${owners.length}`)
  const at = owners.findIndex((owner) => owner.class === 'Parcel' && owner.count >= 4000)
  assert.ok(at > 0, owners.map((owner) => `${owner.name ?? ''} ${owner.class}`).join('; '))
  const map = owners.slice(0, at).findLast((owner) => owner.depth < owners[at].depth)
  assert.deepEqual([map?.name, map?.class], ['parcels', 'Map'])
  assert.ok(Number(map?.retainedBytes) >= owners[at].retainedBytes)
  assert.equal(owners[at].file, __filename)

  const later = await captureHeap({ mode: 'inline', eager: false })
  assert.equal((await diffHeaps(before, later)).details?.owners, undefined)
  for (const graph of [before, after, later]) graph.dispose()
  await assert.rejects(diffHeaps(before, after), { code: 'ERR_LEAKGUARD_DISPOSED' })
  assert.equal(parcels.size, 4000)
})

// @ts-check
// A quiet heap, captured inline and from a copy of the process: every class is counted alike.
'use strict'

const assert = require('node:assert/strict')
const vm = require('node:vm')
const { captureHeap } = require('leakguard')

const classText = (/** @type {number} */ n) =>
  `(class Made${n} { constructor() { this.map = new Map([[1, {}]]); this.list = [1, 2] } })`
const made = Array.from({ length: 40 }, (_, n) => vm.runInThisContext(classText(n)))
Object.assign(globalThis, {
  kept: made.flatMap((Made, n) => Array.from({ length: 50 + n }, () => new Made())),
  tables: Array.from({ length: 30 }, () => new Map([[{}, new Set([Symbol()])]]))
})

/** @param {import('leakguard').HeapGraph} heap @returns {Record<string, number>} */
function counted(heap) {
  const ours = heap.classes({ limit: 1e6 }).filter(({ name }) => /^(?:Made\d+|Map|Set)$/.test(name))
  return Object.fromEntries(ours.map(({ name, count }) => [name, count]))
}

async function main() {
  // The first capture makes what later ones find.
  for (const mode of /** @type {const} */ (['inline', 'fork'])) (await captureHeap({ mode })).dispose()
  const [inline, fork] = [await captureHeap({ mode: 'inline' }), await captureHeap({ mode: 'fork' })]
  const [expected, found] = [counted(inline), counted(fork)]
  assert.ok(Object.keys(expected).length >= 42)
  for (const name of ['Map', 'Set']) {
    assert.ok(Math.abs(expected[name] - found[name]) <= 10, `${name}: ${expected[name]} and ${found[name]}`)
    delete expected[name]
    delete found[name]
  }
  assert.deepEqual(found, expected)
}

main()

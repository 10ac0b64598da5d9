// @ts-check
// Rings of io_uring, which Node may use, are out of reach of a copy: files are read through them before and after.
// Writes into the folder it is run in.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { captureHeap, countHeap, writeHeap } = require('leakguard')

const rings = () =>
  fs
    .readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('io_uring'))

async function main() {
  await fs.promises.readFile(__filename)
  const before = rings().length
  const graph = await captureHeap({ mode: 'fork' })
  graph.dispose()
  await countHeap({ mode: 'fork' })
  await writeHeap('a.heapsnapshot', { mode: 'fork' })
  for (let i = 0; i < 20; i++) assert.ok((await fs.promises.readFile(__filename, 'utf8')).includes('io_uring'))
  assert.equal(rings().length, before)
  console.log('rings', before)
}

main()

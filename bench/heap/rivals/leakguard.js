// @ts-check
// leakguard: load + dominators + retained sizes + classes + 100 paths, or a growth diff of three.
'use strict'

const { loadHeap, diffHeaps } = require('../../..')
const { measure } = require('./measure.js')

const files = process.argv.slice(2)

measure(async () => {
  const heaps = []
  const eager = files.length !== 3
  for (const file of files) heaps.push(await loadHeap(file, { eager }))
  if (heaps.length === 3) {
    const report = await diffHeaps(heaps[0], heaps[1], heaps[2])
    return report.findings[0]?.message
  }
  const [heap] = heaps
  const classes = heap.classes({ limit: 1000 })
  let steps = 0
  for (let id = 1, found = 0; found < 100; id += 2) {
    try {
      steps += heap.retainerPath(id).length
      found++
    } catch {}
  }
  return { nodes: heap.nodeCount, classes: classes.length, steps }
})

// @ts-check
// memlab: the same, by its own functions; of three snapshots its leak finder.
'use strict'

const { createRequire } = require('node:module')
const os = require('node:os')
const fs = require('node:fs')
const path = require('node:path')
const { measure } = require('./measure.js')

const rival = createRequire(path.join(process.env.RIVALS ?? '', 'package.json'))
const files = process.argv.slice(2)

measure(async () => {
  const { utils, config } = rival('@memlab/core')
  config.muteConsole = true
  if (files.length === 3) {
    const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'memlab-'))
    const leaks = await rival('@memlab/api').findLeaksBySnapshotFilePaths(...files, { workDir })
    return `${leaks.length} leaks`
  }
  const heap = await utils.getSnapshotFromFile(files[0], { buildNodeIdIndex: true, verbose: false })
  const core = path.dirname(rival.resolve('@memlab/core'))
  const { default: TraceFinder } = rival(path.join(core, 'paths', 'TraceFinder.js'))
  const finder = new TraceFinder()
  finder.calculateAllNodesRetainedSizes(heap)
  const classes = new Map()
  const some = /** @type {any[]} */ ([])
  heap.nodes.forEach((/** @type {any} */ node) => {
    classes.set(node.name, (classes.get(node.name) ?? 0) + node.retainedSize)
    if (node.type === 'object' && some.length < 100) some.push(node)
  })
  finder.annotateShortestPaths(heap)
  return {
    nodes: heap.nodes.length,
    classes: classes.size,
    paths: some.map((n) => finder.getPathToGCRoots(heap, n)).length
  }
})

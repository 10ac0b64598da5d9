// @ts-check
// @vscode/v8-heap-parser (wasm): load, class groups with retained sizes, retainers of 100 nodes; it has no diff.
'use strict'

const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { measure } = require('./measure.js')

const parser = createRequire(path.join(process.env.RIVALS ?? '', 'package.json'))('@vscode/v8-heap-parser')

measure(() => {
  const graph = parser.decode_bytes(fs.readFileSync(process.argv[2]))
  const groups = graph.get_class_groups(0, 1e6, false)
  const nodes = graph.class_children(0, 0, 100, 0)
  for (const node of nodes) graph.get_all_retainers(node.index, 3)
  return { classes: groups.length, nodes: nodes.length }
})

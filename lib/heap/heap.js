// @ts-check
// The face of this room: heap graphs and censuses of this process or of a file, asked and compared. Never by itself.
'use strict'

const { capture, captureHeap, captureThinned, countHeap } = require('./capture.js')
const { diffHeaps, gainsOf, growthOf } = require('./diff.js')
const { HeapGraph } = require('./graph.js')
const { holdsIn, keptIn } = require('./kept.js')
const { loadHeap } = require('./load.js')
const { writeHeap } = require('./write.js')

module.exports = {
  HeapGraph,
  capture,
  captureHeap,
  captureThinned,
  countHeap,
  diffHeaps,
  gainsOf,
  growthOf,
  holdsIn,
  keptIn,
  loadHeap,
  writeHeap
}

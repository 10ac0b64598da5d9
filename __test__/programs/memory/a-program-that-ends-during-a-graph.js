// @ts-check
// A program with a heap that a copy takes seconds for, and that has nothing more to do. Prints at its end what became of
// the graph.
'use strict'

const { MemoryHolders } = require('../../../lib/memory/holders.js')

const rows = Array.from({ length: 2_000_000 }, (_, i) => ({ i, text: `row ${i}` }))
const holders = new MemoryHolders('heap', () => 0)
holders.want('heap')
process.on('exit', () => console.log(JSON.stringify({ rows: rows.length, graphs: holders.graphs, lost: holders.lost })))

// Chrome DevTools' own worker, bundled by the bench: the same; of three snapshots its class comparison, twice.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import measuring from './measure.js'

const { HeapSnapshot, Loader } = await import(pathToFileURL(path.join(process.env.RIVALS, 'devtools.mjs')).href)
const files = process.argv.slice(2)

async function load(file) {
  const loader = new Loader.HeapSnapshotLoader({ sendEvent() {} })
  for await (const chunk of fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 10e6 })) loader.write(chunk)
  loader.close()
  await loader.parsingComplete
  const channel = new MessageChannel()
  new HeapSnapshot.SecondaryInitManager(channel.port2)
  const snapshot = await loader.buildSnapshot(channel.port1)
  channel.port1.close()
  channel.port2.close()
  return snapshot
}

measuring.measure(async () => {
  const heaps = []
  for (const file of files) heaps.push(await load(file))
  if (heaps.length === 3) {
    const compare = (a, b) => b.calculateSnapshotDiff('a', a.aggregatesForDiff(b.interfaceDefinitions()))
    compare(heaps[0], heaps[1])
    const rows = Object.values(compare(heaps[1], heaps[2])).sort((p, q) => q.sizeDelta - p.sizeDelta)
    return rows.slice(0, 3).map((row) => `${row.name} +${row.countDelta}`)
  }
  const [heap] = heaps
  const classes = heap.aggregatesWithFilter({})
  let paths = 0
  const node = heap.createNode(0)
  for (let i = 0; i < heap.nodes.length && paths < 100; i += heap.nodeFieldCount) {
    node.nodeIndex = i
    if (node.type() !== 'object') continue
    heap.getRetainingPaths?.(i)
    paths++
  }
  return { nodes: heap.nodeCount, classes: Object.keys(classes).length, paths }
})

// Compares the heap graph with Chrome DevTools' own analyser, node by node and class by class.
//
//   node tests/devtools/compare.mjs [FILE.heapsnapshot ...] [--node PATH ...]
//
// Without files, each --node (the running one by default) writes a snapshot of a small program. DevTools comes from npm
// (chrome-devtools-frontend, bundled with esbuild) into a temporary folder, LEAKGUARD_DEVTOOLS_DIR keeps it for the next
// run. Where npm has nothing, the comparison is skipped, and says so. Exit code 1 where something differs that the
// table of known differences does not explain.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const VERSIONS = { 'chrome-devtools-frontend': '1.0.1705227', esbuild: '0.28.2' }
const root = path.resolve(import.meta.dirname, '../..')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-devtools-'))
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }))

const { values, positionals } = parseArgs({
  options: { node: { type: 'string', multiple: true } },
  allowPositionals: true
})
const devtools = await loadDevtools().catch((error) => error)
if (devtools instanceof Error) {
  console.log(`skipped: DevTools cannot be had (${devtools.message.split('\n')[0]})`)
  process.exit(0)
}
const files = positionals.length ? positionals : (values.node ?? [process.execPath]).map(writeSnapshot)
let unexplained = 0
for (const file of files) unexplained += await compare(file)
process.exitCode = unexplained ? 1 : 0

/** Downloads and bundles DevTools' heap snapshot worker. */
async function loadDevtools() {
  const folder = process.env.LEAKGUARD_DEVTOOLS_DIR ?? path.join(scratch, 'devtools')
  const bundle = path.join(folder, 'devtools.mjs')
  if (!fs.existsSync(bundle)) {
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}')
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`)
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder, stdio: 'pipe' })
    const from = 'chrome-devtools-frontend/front_end'
    fs.writeFileSync(
      path.join(folder, 'entry.ts'),
      `export * as HeapSnapshot from './node_modules/${from}/entrypoints/heap_snapshot_worker/HeapSnapshot.ts'
       export * as Loader from './node_modules/${from}/entrypoints/heap_snapshot_worker/HeapSnapshotLoader.ts'`
    )
    const { build } = await import(path.join(folder, 'node_modules/esbuild/lib/main.js'))
    const polyfills =
      'Promise.withResolvers??=function(){let resolve,reject;const promise=new Promise((a,b)=>{resolve=a;reject=b});' +
      'return{promise,resolve,reject}};globalThis.self??=globalThis;'
    const stub = ['LOCALES=["en-US"]', 'BUNDLED_LOCALES=["en-US"]', 'DEFAULT_LOCALE="en-US"']
      .concat('REMOTE_FETCH_PATTERN=""', 'LOCAL_FETCH_PATTERN=""')
      .map((binding) => `export const ${binding};`)
    await build({
      absWorkingDir: folder,
      entryPoints: ['entry.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile: bundle,
      logLevel: 'error',
      banner: { js: polyfills },
      plugins: [
        {
          name: 'locales',
          setup(plugin) {
            plugin.onResolve({ filter: /locales\.js$/ }, () => ({ path: 'locales', namespace: 'stub' }))
            plugin.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: stub.join('\n') }))
          }
        }
      ]
    })
  }
  return import(bundle)
}

/** A program with a little of everything that the rules tell apart. */
function writeSnapshot(node, at) {
  const file = path.join(scratch, `${at}.heapsnapshot`)
  execFileSync(node, [path.join(import.meta.dirname, 'program.cjs'), file], { stdio: 'inherit' })
  return file
}

async function compare(file) {
  const theirs = await analyse(file)
  const ours = dump(file)
  const count = theirs.nodeCount
  const node = theirs.createNode(0)
  const at = (ordinal) => {
    node.nodeIndex = ordinal * theirs.nodeFieldCount
    return node
  }
  const size = (ordinal) => at(ordinal).selfSize()
  const columns = {
    'shallow size': [size, ours.shallow],
    'retained size': [(ordinal) => theirs.retainedSizes[ordinal], ours.retained],
    'immediate dominator': [(ordinal) => theirs.dominatorsTree[ordinal], ours.dominator],
    distance: [(ordinal) => theirs.nodeDistances[ordinal], ours.distance]
  }
  const version = JSON.stringify({ nodes: count, edges: theirs.containmentEdges.length / 3 })
  console.log(`\n${path.basename(file)} ${version}`)
  let wrong = 0
  for (const [name, [theirValue, ourValues]] of Object.entries(columns)) {
    const different = []
    for (let ordinal = 0; ordinal < count; ordinal++)
      if (theirValue(ordinal) !== ourValues[ordinal]) different.push(ordinal)
    wrong += different.length
    console.log(`  ${name}: ${count - different.length} nodes equal, ${different.length} differ`)
    for (const ordinal of different.slice(0, 5))
      console.log(
        `    ${at(ordinal).type()} ${at(ordinal).rawName().slice(0, 60)} @${at(ordinal).id()}: ` +
          `DevTools ${theirValue(ordinal)}, we ${ourValues[ordinal]}`
      )
  }
  return wrong + compareClasses(theirs, ours.classes)
}

/** Classes of both, brought to one form: functions together, shapes of plain objects together, prototypes apart. */
function compareClasses(theirs, classes) {
  const prototypes = findPrototypes(theirs)
  const node = theirs.createNode(0)
  const table = new Map()
  const row = (key) => {
    if (!table.has(key)) table.set(key, { theirs: [0, 0, 0], ours: [0, 0, 0], prototypes: 0 })
    return table.get(key)
  }
  for (const [key, aggregate] of Object.entries(theirs.aggregatesWithFilter({}))) {
    const isShape = aggregate.name.startsWith('{')
    // DevTools renames what the embedder calls detached; we keep the class.
    const name = key.replace(/^,Detached (?!<)/, ',')
    const entry = row(isShape ? ',Object' : name)
    entry.renamed ||= name !== key
    const apart = aggregate.idxs.filter((index) => prototypes.has(index))
    const bytes = apart.reduce((sum, index) => ((node.nodeIndex = index), sum + node.selfSize()), 0)
    add(entry.theirs, [aggregate.count - apart.length, aggregate.self - bytes, aggregate.maxRet])
    entry.prototypes += apart.length
    row('prototypes').theirs[0] += apart.length
    row('prototypes').theirs[1] += bytes
    entry.split ||= isShape || key === ',Object' || key === ',Function' || key === 'prototypes'
  }
  for (const { kind, name, location, count, shallow, retained } of classes) {
    const place = kind === 'Object' && location ? `${location.join(',')},${name}` : `,${name}`
    const shape = kind === 'Object' && name.startsWith('{') ? ',Object' : place
    const key = name === '(prototype)' ? 'prototypes' : kind === 'Closure' ? ',Function' : shape
    add(row(key).ours, [count, shallow, retained])
  }
  row('prototypes').split = true
  let wrong = 0
  const notes = { equal: 0, split: 0, renamed: 0, prototypes: 0 }
  for (const [key, entry] of table) {
    const [sameCount, sameShallow, sameRetained] = entry.theirs.map((value, at) => value === entry.ours[at])
    if (!sameCount || !sameShallow || !(sameRetained || entry.split || entry.prototypes || entry.renamed)) {
      wrong++
      if (wrong <= 8) console.log(`    class ${key}: DevTools ${entry.theirs}, we ${entry.ours}`)
    } else if (sameRetained) notes.equal++
    else if (entry.split) notes.split++
    else if (entry.renamed) notes.renamed++
    else notes.prototypes++
  }
  console.log(
    `  classes: ${notes.equal} equal; equal in count and shallow size, and other in retained size: ${notes.split} ` +
      `that we split further, ${notes.renamed} that DevTools splits by detached, ${notes.prototypes} without their prototype object; ${wrong} differ`
  )
  return wrong
}

function add(sum, values) {
  values.forEach((value, at) => (sum[at] += value))
}

function findPrototypes(theirs) {
  const found = new Set()
  const node = theirs.createNode(0)
  for (let ordinal = 0; ordinal < theirs.nodeCount; ordinal++) {
    node.nodeIndex = ordinal * theirs.nodeFieldCount
    if (node.type() !== 'closure') continue
    for (let edges = node.edges(); edges.hasNext(); edges.next()) {
      const edge = edges.item()
      if (edge.type() === 'property' && edge.name() === 'prototype' && edge.node().type() === 'object')
        found.add(edge.nodeIndex())
    }
  }
  return found
}

async function analyse(file) {
  const warn = console.warn
  console.warn = () => {}
  const loader = new devtools.Loader.HeapSnapshotLoader({ sendEvent() {} })
  for await (const chunk of fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 1e7 })) loader.write(chunk)
  loader.close()
  await loader.parsingComplete
  const { port1, port2 } = new MessageChannel()
  new devtools.HeapSnapshot.SecondaryInitManager(port2)
  const snapshot = await loader.buildSnapshot(port1)
  port1.close()
  port2.close()
  console.warn = warn
  return snapshot
}

function dump(file) {
  const output = path.join(scratch, 'dump.json')
  const env = { ...process.env, LEAKGUARD_SNAPSHOT: path.resolve(file), LEAKGUARD_DUMP: output }
  const test = ['test', '--quiet', '--release', '--no-default-features', '--test', 'graph_dump', '--', '--ignored']
  execFileSync('cargo', test, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  return JSON.parse(fs.readFileSync(output, 'utf8'))
}

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

/**
 * Classes of both. Ours differ on purpose in three ways, and are compared as if they did not: functions and shapes of
 * plain objects are classes of their own here (brought together again, their retained sizes left out), a prototype
 * object is no object of its class, and DevTools renames what the embedder calls detached. For the last two the
 * expected retained size is added up anew from DevTools' own dominators.
 */
function compareClasses(theirs, classes) {
  const keys = classKeys(theirs)
  const expected = addUp(theirs, keys)
  const found = new Map()
  for (const { kind, name, location, count, shallow, retained } of classes) {
    const place = kind === 'Object' && location ? `${location.join(',')},${name}` : `,${name}`
    const plain = kind === 'Object' && name.startsWith('{') ? ',Object' : place
    const key = name === '(prototype)' ? 'prototypes' : kind === 'Closure' ? ',Function' : plain
    if (!found.has(key)) found.set(key, [0, 0, 0])
    add(found.get(key), [count, shallow, retained])
  }
  const notes = { equal: 0, split: 0, different: 0 }
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = expected.get(key) ?? [0, 0, 0]
    const have = found.get(key) ?? [0, 0, 0]
    const isSplit = key === ',Object' || key === ',Function'
    if (want[0] !== have[0] || want[1] !== have[1] || (want[2] !== have[2] && !isSplit)) {
      notes.different++
      if (notes.different <= 8) console.log(`    class ${key}: DevTools ${want}, we ${have}`)
    } else if (isSplit) notes.split++
    else notes.equal++
  }
  const changed = [...devtoolsRows(theirs)].filter(([key, sums]) => `${sums}` !== `${expected.get(key)}`).length
  console.log(
    `  classes: ${notes.equal} equal in count, shallow and retained size (${changed} rows of DevTools hold a prototype ` +
      `object or have another name); ${notes.split} split further here, equal in count and shallow size; ` +
      `${notes.different} differ`
  )
  return notes.different
}

/** DevTools' rows as they are. */
function* devtoolsRows(theirs) {
  for (const [key, { name, count, self, maxRet }] of Object.entries(theirs.aggregatesWithFilter({})))
    if (!name.startsWith('{') && key !== ',Object' && key !== ',Function') yield [key, [count, self, maxRet]]
}

/**
 * The key of each node's class, after our rules. Taken from the nodes: in DevTools' own table an object that is called
 * "Function" replaces the row of all functions.
 */
function classKeys(theirs) {
  const prototypes = findPrototypes(theirs)
  const node = theirs.createNode(0)
  const key = (_, ordinal) => {
    node.nodeIndex = ordinal * theirs.nodeFieldCount
    if (node.selfSize() === 0) return ''
    if (prototypes.has(node.nodeIndex)) return 'prototypes'
    if (node.className().startsWith('{')) return ',Object'
    const place = node.type() === 'object' && theirs.getLocation(node.nodeIndex)
    const name = node.className().replace(/^Detached (?!<)/, '')
    return place ? `${place.scriptId},${place.lineNumber},${place.columnNumber},${name}` : `,${name}`
  }
  return Array.from({ length: theirs.nodeCount }, key)
}

/** Count, shallow size, and retained size of the nodes that no other node of their class dominates. */
function addUp(theirs, keys) {
  const sums = new Map()
  const node = theirs.createNode(0)
  for (let ordinal = 0; ordinal < theirs.nodeCount; ordinal++) {
    const key = keys[ordinal]
    if (!key) continue
    let above = ordinal
    do above = theirs.dominatorsTree[above]
    while (above !== 0 && keys[above] !== key)
    node.nodeIndex = ordinal * theirs.nodeFieldCount
    if (!sums.has(key)) sums.set(key, [0, 0, 0])
    const isInner = above !== 0 || keys[0] === key
    add(sums.get(key), [1, node.selfSize(), isInner ? 0 : theirs.retainedSizes[ordinal]])
  }
  return sums
}

function add(sum, values) {
  for (const [at, value] of values.entries()) sum[at] += value
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
  const test = [
    'test',
    '--quiet',
    '--release',
    '--no-default-features',
    '--test',
    'all',
    'graph::dump',
    '--',
    '--ignored'
  ]
  execFileSync('cargo', test, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  return JSON.parse(fs.readFileSync(output, 'utf8'))
}

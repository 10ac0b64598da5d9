// @ts-check
// Leaks of packages beside the versions without them: does `compareLeaks` say "fixed" of each pair, and never of a version beside
// itself? And how near is what a cut is said to free to what the version without the leak keeps less of, in bytes a call?
//
// A pair is a folder: `package.json` with the aliases `leaky` and `fixed` installed, `case.json`, and `case.js`, which exports
// `setup(module, context)` and `op(what that gives)`.
//
//   npm run bench -- pairs --pairs FOLDER [--only NAME] [--nodes 20,24]
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { median } = require('./lib/stats.js')
const { nodeBinaries } = require('../scripts/nodes.js')

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    nodes: { type: 'string', default: '' },
    child: { type: 'string' },
    task: { type: 'string', default: '' }
  }
})
/** What keeps so much each second at the most is called until it has kept this, in bytes. */
const KEPT_BYTES = 4e6
const GROW_MS = 4000
const SETTLE_ROUNDS = 10

/** @param {string} folder @param {'leaky' | 'fixed'} alias @returns {Promise<() => any>} */
async function operation(folder, alias) {
  const meta = JSON.parse(fs.readFileSync(path.join(folder, 'case.json'), 'utf8'))
  const load = createRequire(path.join(folder, 'case.js'))
  const name = `${meta.sameVersion ? 'fixed' : alias}${meta.entry ? `/${meta.entry}` : (meta.subpath ?? '')}`
  const { setup, op } = load('./case.js')
  const isModule = (/** @type {any} */ { code }) => /^ERR_(?:REQUIRE_|PACKAGE_PATH_)/.test(code)
  let loaded
  try {
    loaded = load(name)
  } catch (error) {
    if (!isModule(error)) throw error
    const shim = path.join(folder, `.load-${alias}.mjs`)
    fs.writeFileSync(shim, `export * from '${name}'\nimport * as all from '${name}'\nexport default all.default\n`)
    loaded = await import(shim)
  }
  const context = await setup(loaded, { alias, variant: alias, dir: folder, require: load })
  return () => op(context)
}

/** Bytes that a call keeps, by memory at rest before and after many. @param {() => any} op */
async function kept(op) {
  require('node:v8').setFlagsFromString('--expose-gc')
  const collect = require('node:vm').runInNewContext('gc')
  const bytes = async () => {
    for (let i = 0; i < SETTLE_ROUNDS; i++) {
      await turn()
      collect()
    }
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  for (let i = 0; i < 300; i++) await op()
  const before = await bytes()
  const startMs = performance.now()
  let calls = 0
  for (; performance.now() - startMs < GROW_MS; calls++) {
    await op()
    if (calls % 100 === 99 && process.memoryUsage().heapUsed - before > KEPT_BYTES * 4) break
  }
  return ((await bytes()) - before) / calls
}

/** @type {Record<string, (folder: string) => Promise<unknown>>} */
const TASKS = {
  fixed: async (folder) => compared(await operation(folder, 'leaky'), await operation(folder, 'fixed')),
  same: async (folder) => {
    const op = await operation(folder, 'leaky')
    return compared(op, op)
  },
  'kept leaky': async (folder) => kept(await operation(folder, 'leaky')),
  'kept fixed': async (folder) => kept(await operation(folder, 'fixed')),
  frees: async (folder) => {
    const { findings } = await require('..').measureLeaks(await operation(folder, 'leaky'))
    const told = findings.filter(({ frees }) => frees && frees.count > 0)
    // Of all entries there are; a call adds so many.
    return told.map(({ frees, growth }) => ((frees?.bytes ?? 0) / (frees?.count ?? 1)) * (growth.perOperation ?? 0))
  }
}

/** @param {() => any} before @param {() => any} after */
async function compared(before, after) {
  const { examined } = await require('..').compareLeaks(before, after)
  return examined.filter(({ what }) => what === 'compared').map(({ text }) => text.split(':')[0])
}

/** @param {string} node @param {string} folder @param {string} task */
function ask(node, folder, task) {
  const args = [__filename, '--child', folder, '--task', task]
  const { stdout, stderr } = spawnSync(node, args, { encoding: 'utf8', timeout: 300_000 })
  const line = stdout.split('\n').findLast((text) => text.startsWith('ANSWER '))
  if (!line) throw new Error(`${folder}, ${task}: ${stderr.slice(-500)}`)
  return JSON.parse(line.slice('ANSWER '.length))
}

function main() {
  if (!options.pairs) throw new Error('--pairs FOLDER says where the pairs are')
  const root = path.resolve(options.pairs)
  const names = fs
    .readdirSync(root)
    .filter(
      (name) => fs.existsSync(path.join(root, name, 'node_modules', 'leaky')) || isOneVersion(path.join(root, name))
    )
    .filter((name) => name.includes(options.only))
  const majors = (options.nodes || process.versions.node.split('.')[0]).split(',').map(Number)
  for (const { version, file } of nodeBinaries().filter(({ major }) => majors.includes(major))) {
    /** @type {number[]} */
    const errors = []
    let [fixed, wrong] = [0, 0]
    for (const name of names) {
      const folder = path.join(root, name)
      const said = ask(file, folder, 'fixed')
      const same = ask(file, folder, 'same')
      const frees = ask(file, folder, 'frees')
      const isFixed = said.length > 0 && said.every((/** @type {string} */ one) => one === 'fixed')
      fixed += Number(isFixed)
      wrong += Number(same.includes('fixed'))
      const real = frees.length > 0 ? ask(file, folder, 'kept leaky') - ask(file, folder, 'kept fixed') : 0
      const predicted = Math.max(0, ...frees)
      const error = frees.length > 0 ? Math.abs(predicted - real) / real : undefined
      if (error !== undefined) errors.push(error)
      const told =
        error === undefined
          ? 'no graph'
          : `${predicted.toFixed(0)} B a call are said to go, ${real.toFixed(0)} do: ${(error * 100).toFixed(0)} %`
      console.log(
        `${version} ${name.padEnd(26)} ${said.join(', ') || '-'}; beside itself ${same.join(', ') || '-'}; ${told}`
      )
    }
    console.log(
      `${version}: ${fixed} of ${names.length} fixed, ${wrong} beside themselves; error of ${errors.length}: ${(median(errors) * 100).toFixed(1)} % median`
    )
  }
}

/** Used carelessly, and well. @param {string} folder */
function isOneVersion(folder) {
  const file = path.join(folder, 'case.json')
  return fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).sameVersion === true
}

if (options.child) {
  TASKS[options.task](options.child).then((answer) => {
    process.stdout.write(`\nANSWER ${JSON.stringify(answer)}\n`, () => process.exit())
  })
} else main()

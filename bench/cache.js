// @ts-check
// WeakLruCache beside its rivals: each library in a process of its own, in turn, medians of CPU time, as ratios of
// lru-cache (below 1 is faster).
//
//   npm run bench -- cache [--sizes 100,10000,1000000] [--rounds 9] [--only mix] [--libraries leakguard,lru-cache]
'use strict'

const { fork, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median, ratio, show } = require('./lib/stats.js')

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100,10000,1000000' },
    rounds: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    libraries: { type: 'string', default: '' },
    node: { type: 'string', default: process.execPath }
  }
})
const RIVALS = path.join(__dirname, '..', '.cache', 'cache-rivals')
const PACKAGES = {
  'lru-cache': '^11.5.0',
  'quick-lru': '^7.3.0',
  mnemonist: '^0.40.0',
  'tiny-lru': '^13.0.0',
  'weak-lru-cache': '^1.2.2'
}
const LIBRARIES = ['leakguard', 'lru-cache', 'quick-lru', 'mnemonist', 'tiny-lru', 'Map']
const WEAK = ['leakguard weak', 'weak-lru-cache']
const wantedLibraries = (/** @type {string[]} */ all) =>
  options.libraries === '' ? all : all.filter((name) => options.libraries.split(',').includes(name))

function install() {
  fs.mkdirSync(RIVALS, { recursive: true })
  fs.writeFileSync(path.join(RIVALS, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }))
  if (fs.existsSync(path.join(RIVALS, 'node_modules'))) return
  spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: RIVALS, stdio: 'inherit' })
}

/** @param {string} name */
function start(name) {
  const child = fork(path.join(__dirname, 'cache', 'driver.js'), [name, RIVALS], {
    execPath: options.node,
    execArgv: ['--expose-gc', '--max-old-space-size=4000']
  })
  let answer = (/** @type {unknown} */ _) => {}
  child.on('message', (message) => answer(message))
  child.on('exit', () => answer(null))
  return {
    name,
    ask: (/** @type {object} */ question) =>
      new Promise((resolve) => {
        answer = resolve
        child.send(question)
      }),
    end: () => child.connected && child.disconnect()
  }
}

/** @param {string} label @param {string[]} names @param {object} question @param {string} base */
async function compare(label, names, question, base) {
  const all = names.map(start)
  /** @type {Record<string, number[]>} */
  const times = {}
  for (const library of all) if ((await library.ask(question)) === 'ready') times[library.name] = []
  const able = all.filter(({ name }) => times[name])
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const library of round % 2 === 0 ? able : [...able].reverse()) {
      times[library.name].push(/** @type {number} */ (await library.ask({ op: 'again' })))
    }
  }
  for (const { end } of all) end()
  const cells = able.map(({ name }) => {
    const ns = `${name} ${median(times[name]).toFixed(0)} ns`
    return name === base || !times[base] ? ns : `${ns} (${(median(times[name]) / median(times[base])).toFixed(2)}x)`
  })
  console.log(`${label.padEnd(34)} ${cells.join(' · ')}`)
  const ours = names[0]
  if (times[base] && times[ours] && ours !== base)
    console.log(`${''.padEnd(34)}   ${ours}: ${show(ratio(times[base], times[ours]))} of ${base}`)
}

/** @param {number[]} sizes */
async function bytes(sizes) {
  for (const max of sizes) {
    const cells = []
    for (const name of wantedLibraries([...LIBRARIES, ...WEAK])) {
      const library = start(name)
      const answer = await library.ask({ op: 'bytes', max })
      library.end()
      cells.push(`${name} ${Number(answer).toFixed(0)}`)
    }
    console.log(`${`bytes an entry, ${max} entries`.padEnd(34)} ${cells.join(' · ')}`)
  }
}

async function main() {
  install()
  const { stdout } = spawnSync(options.node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  console.log(`Node ${stdout.trim()}, ${process.platform}-${process.arch}; CPU ns an operation, ratio to lru-cache`)
  const sizes = options.sizes.split(',').map(Number)
  const isWanted = (/** @type {string} */ label) =>
    options.only === '' || options.only.split(',').some((part) => label.startsWith(part))
  const base = 'lru-cache'
  for (const max of sizes) {
    for (const [label, question, names] of /** @type {[string, any, string[]][]} */ ([
      [`hit, string keys, ${max}`, { op: 'hit', kind: 'string' }, LIBRARIES],
      [`hit, object keys, ${max}`, { op: 'hit', kind: 'object' }, LIBRARIES],
      [`hit, ttl, ${max}`, { op: 'hit', kind: 'string', ttl: 3_600_000 }, ['leakguard', base, 'quick-lru', 'tiny-lru']],
      [`miss + set + evict, ${max}`, { op: 'miss', kind: 'string' }, LIBRARIES],
      [`mix, Zipf over ${5 * max}, ${max}`, { op: 'mix', kind: 'string' }, LIBRARIES],
      [`mix, object keys, ${max}`, { op: 'mix', kind: 'object' }, LIBRARIES],
      [`delete + set, ${max}`, { op: 'delete', kind: 'string' }, LIBRARIES],
      [`iterate, ${max}`, { op: 'iterate', kind: 'string' }, LIBRARIES]
    ])) {
      if (isWanted(label)) await compare(label, wantedLibraries(names), { ...question, max }, base)
    }
    if (isWanted('weak')) {
      await compare(
        `weak: mix, Zipf over ${5 * max}, ${max}`,
        wantedLibraries(WEAK),
        { op: 'turns', kind: 'string', max },
        WEAK[1]
      )
    }
  }
  if (isWanted('bytes')) await bytes(sizes)
}

main()

// @ts-check
// Heap analysis beside its rivals, on snapshots made here: load + dominators + retained sizes + classes + 100 paths of
// one, and a growth diff of three. Each in a process of its own, in turn; medians of the rounds.
//
//   npm run bench -- heap [--tenants 30,600,3000] [--rounds 3] [--only leakguard,devtools] [--keep]
// 30 tenants are about 10 MB, 600 about 100 MB, 3,000 about 500 MB, 12,000 about 2 GB.
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median } = require('./lib/stats.js')

const { values: options } = parseArgs({
  options: {
    tenants: { type: 'string', default: '30,380' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false }
  }
})
const root = path.join(__dirname, '..')
const RIVALS = path.join(root, '.cache', 'rivals')
const PACKAGES = {
  '@memlab/api': '^2.0.5',
  '@memlab/core': '^2.0.5',
  '@vscode/v8-heap-parser': '^0.1.0',
  'chrome-devtools-frontend': '^1.0.1705227',
  esbuild: '^0.28.2'
}
const driver = (/** @type {string} */ name) => path.join(__dirname, 'heap', 'rivals', name)
const node = [process.execPath, '--max-old-space-size=16000']
/** @type {Record<string, { command: string[], hasDiff: boolean }>} */
const TOOLS = {
  leakguard: { command: [...node, driver('leakguard.js')], hasDiff: true },
  devtools: { command: [...node, driver('devtools.mjs')], hasDiff: true },
  memlab: { command: [...node, driver('memlab.js')], hasDiff: true },
  vscode: { command: [...node, driver('vscode.js')], hasDiff: false },
  crate: { command: [path.join(RIVALS, 'crate', 'release', 'crate-rival')], hasDiff: false }
}

/** DevTools' worker as one file: its sources, with the tables of translations left out. */
const BUNDLE = `
import esbuild from 'esbuild'
import fs from 'node:fs'
const base = './node_modules/chrome-devtools-frontend/front_end/entrypoints/heap_snapshot_worker/'
fs.writeFileSync('entry.ts', 'export * as HeapSnapshot from "' + base + 'HeapSnapshot.ts"; export * as Loader from "' + base + 'HeapSnapshotLoader.ts"')
const none = 'export const LOCALES = ["en-US"], BUNDLED_LOCALES = ["en-US"], DEFAULT_LOCALE = "en-US", REMOTE_FETCH_PATTERN = "", LOCAL_FETCH_PATTERN = ""'
const locales = { name: 'locales', setup (build) {
  build.onResolve({ filter: /locales\\.js$/ }, () => ({ path: 'locales', namespace: 'none' }))
  build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: none }))
} }
const js = 'globalThis.self ??= globalThis; Promise.withResolvers ??= function () { let resolve, reject; const promise = new Promise((a, b) => { resolve = a; reject = b }); return { promise, resolve, reject } };'
await esbuild.build({ entryPoints: ['entry.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile: 'devtools.mjs', logLevel: 'error', banner: { js }, plugins: [locales] })
`

function install() {
  fs.mkdirSync(RIVALS, { recursive: true })
  fs.writeFileSync(path.join(RIVALS, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }))
  const run = (/** @type {string} */ command, /** @type {string[]} */ args, cwd = RIVALS) =>
    spawnSync(command, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PUPPETEER_SKIP_DOWNLOAD: '1' }
    })
  if (!fs.existsSync(path.join(RIVALS, 'node_modules')))
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'])
  if (!fs.existsSync(path.join(RIVALS, 'devtools.mjs'))) {
    fs.writeFileSync(path.join(RIVALS, 'bundle.mjs'), BUNDLE)
    run(process.execPath, ['bundle.mjs'])
  }
  const manifest = path.join(__dirname, 'heap', 'crate', 'Cargo.toml')
  run('cargo', [
    'build',
    '--release',
    '--quiet',
    '--manifest-path',
    manifest,
    '--target-dir',
    path.join(RIVALS, 'crate')
  ])
}

/** @param {string[]} command @param {string[]} files */
function measureOnce(command, files) {
  const result = spawnSync(command[0], [...command.slice(1), ...files], {
    encoding: 'utf8',
    env: { ...process.env, RIVALS },
    maxBuffer: 1 << 28
  })
  const line = (result.stdout ?? '').trim().split('\n').at(-1) ?? ''
  if (line.startsWith('{')) return JSON.parse(line)
  return { error: String(result.error ?? (result.stderr || result.signal)).slice(-200) }
}

/** @param {string} label @param {string[]} names @param {string[]} files */
function compare(label, names, files) {
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0)
  console.log(`\n${label}: ${(bytes / 1e6).toFixed(0)} MB in ${files.length} file${files.length > 1 ? 's' : ''}`)
  /** @type {Record<string, any[]>} */
  const runs = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const name of names) runs[name].push(measureOnce(TOOLS[name].command, files))
  }
  const ours = runs.leakguard?.[0]?.cpuSeconds ? median(runs.leakguard.map((r) => r.cpuSeconds)) : NaN
  for (const name of names) {
    const failed = runs[name].find((r) => r.error)
    if (failed) {
      console.log(`${name.padEnd(10)} failed: ${failed.error}`)
      continue
    }
    const [cpu, wall, peak] = ['cpuSeconds', 'wallSeconds', 'peakBytes'].map((key) =>
      median(runs[name].map((r) => r[key]))
    )
    console.log(
      `${name.padEnd(10)} CPU ${cpu.toFixed(2)} s (${(cpu / ours).toFixed(1)}x ours), wall ${wall.toFixed(2)} s, peak ${(peak / 1e6).toFixed(0)} MB (${(peak / bytes).toFixed(2)} of the files)  ${JSON.stringify(runs[name][0].answer).slice(0, 160)}`
    )
  }
}

function main() {
  install()
  const wanted = options.only?.split(',') ?? Object.keys(TOOLS)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-heap-'))
  console.log(`Node ${process.versions.node}, ${os.cpus().length} cores; medians of ${options.rounds}, in turn`)
  for (const tenants of options.tenants.split(',')) {
    const files = [1, 2, 3].map((i) => path.join(folder, `${tenants}-${i}.heapsnapshot`))
    spawnSync(node[0], ['--max-old-space-size=14000', path.join(__dirname, 'heap', 'generate.js'), tenants, ...files], {
      stdio: 'inherit'
    })
    compare('one snapshot', wanted, [files[2]])
    compare(
      'growth over three',
      wanted.filter((name) => TOOLS[name].hasDiff),
      files
    )
    if (!options.keep) for (const file of files) fs.rmSync(file)
  }
  if (!options.keep) fs.rmSync(folder, { recursive: true })
}

main()
